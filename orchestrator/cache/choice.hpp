#pragma once

// What of a definition does not have to be run: the step between a definition and its plan.
//
// A stage whose stream an earlier run kept becomes a player of it, stages that only such players
// would have read go, and of others that have `cache` the stream will be kept. What comes out is a
// definition like any other, so that nothing is left to decide while it runs.

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "orchestrator/cache/folder.hpp"
#include "orchestrator/cache/keys.hpp"
#include "orchestrator/cache/witness.hpp"
#include "orchestrator/definition/definition.hpp"
#include "orchestrator/event/event.hpp"
#include "orchestrator/plan/plan.hpp"
#include "orchestrator/preflight/preflight.hpp"

namespace pipectl {

/// A stream that a run leaves when it fails, for `pipectl resume`.
struct LeftStream {
    std::string stage;
    std::string entry;           ///< its name in the folder
    std::vector<KeyPart> parts;  ///< what it depends on
};

struct CacheWish {
    bool all = false;      ///< `--cached`: all stages that can be
    std::string leave_as;  ///< what is left has names made of this; empty: nothing is left
    std::string state;     ///< below it is the folder for what is left
    /// What the run that is resumed has left; null: none is.
    const std::vector<LeftStream>* left = nullptr;
    /// By stage: what its command may change, by what is known of it, so that without a word of the
    /// definition's it is run each time; empty: nothing.
    std::vector<std::string> risks;
};

/// A stream that is to be kept.
struct StreamWish {
    std::string stage;
    std::string key;
    std::string about;  ///< pipeline and stage, for people
    std::vector<std::uint64_t> parts;
    std::string why_run;  ///< what has changed since the last one was kept
    bool asked = true;    ///< by the definition; else by `--cached`
    std::vector<int> depends;
    std::set<std::string> above;  ///< stages that must have ended well, too
    Fd file;                      ///< without a name yet
    bool leave = false;           ///< for `resume` alone, and until the run has succeeded
};

struct CacheChoice {
    Definition definition;
    std::set<std::string> played;
    std::vector<Fd> entries;  ///< what is played, held open so that nobody takes it away
    std::vector<StreamWish> wishes;
    std::vector<CacheUsed> notes;
    std::uint64_t limit = 0;
    CacheFolder folder;
    Witnesses witnesses;
    CacheFolder left_folder;
    Witnesses left_witnesses{Witnesses::Look::stamps};
    std::vector<LeftStream> left;  ///< what this run leaves, or has from the one that it resumes
    /// Of a run that is resumed: what is not as it was, so that it cannot be. With any of these
    /// the definition is not to be run.
    std::set<std::string> differences;

    /// Names of `wishes`.
    [[nodiscard]] std::set<std::string> kept() const;
    [[nodiscard]] const CacheFolder& folder_of(const StreamWish& wish) const {
        return wish.leave ? left_folder : folder;
    }
    [[nodiscard]] const Witnesses& witnesses_of(const StreamWish& wish) const {
        return wish.leave ? left_witnesses : witnesses;
    }
};

/// The plan and its preflight, which has found nothing wrong, are those of the definition. Throws
/// std::runtime_error when PIPECTL_CACHE_SIZE is no size.
CacheChoice choose_cached(const Definition& definition, const Plan& plan,
                          const Preflight& preflight,
                          const std::map<std::string, std::string>& environment,
                          const CacheWish& wish);

/// Whether any stage has `cache`.
bool wants_cache(const Definition& definition);

/// Whether a failed run of the plan leaves a stream: one that has to be complete before its reader
/// starts, or that is to be kept (`keep = true`).
bool leaves_streams(const Plan& plan);

}  // namespace pipectl
