#pragma once

// The key of a stage's stream: equal keys, equal streams.
//
// It is made before anything runs, of all that the stage is given: the words of its command, the
// bytes of its program and of those that its words name, its environment, folder, umask and user,
// the files and folders that its words and variables name, the bytes of its stdin, and the keys of
// the stages that it reads. So the whole way down to it counts, and no byte of it has to flow.

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "orchestrator/cache/witness.hpp"
#include "orchestrator/definition/definition.hpp"
#include "orchestrator/plan/plan.hpp"
#include "orchestrator/plan/wiring.hpp"
#include "orchestrator/preflight/preflight.hpp"

namespace pipectl {

/// One of the things that a key is made of.
struct KeyPart {
    std::string name;  ///< for people: "'in'", "the command of 'sort'"
    std::uint64_t digest = 0;
};

/// The names of parts that are not in both.
std::set<std::string> different_parts(const std::vector<KeyPart>& before,
                                      const std::vector<KeyPart>& now);

struct StreamKey {
    std::string text;     ///< 32 hexadecimal digits; empty when there is none
    std::string why_not;  ///< why there is none
    /// Why the stage may write something else when it is run again; of no other run's key.
    std::string unsure;
    std::vector<KeyPart> parts;  ///< also of those above
    std::vector<int> depends;    ///< on files: indices of the witnesses
    std::vector<int> above;      ///< the stages that it reads, directly or not: indices
};

/// Variables of the session, which say where somebody sits and change no output. All others count.
bool is_of_session(const std::string& variable);

class StreamKeys {
  public:
    /// Who is to have the stream: any later run, or one that goes on with this one, to which a
    /// stage need not write the same each time.
    enum class For { any_run, this_run };

    /// All must outlive it. The plan and its preflight are those of the definition as it is.
    StreamKeys(const Definition& definition, const Wiring& wiring, const Plan& plan,
               const Preflight& preflight, const std::map<std::string, std::string>& environment,
               Witnesses& witnesses, For whom = For::any_run);

    /// `doubts`: by stage, why it is not to be trusted with an equal stream; else empty.
    std::vector<StreamKey> find(const std::vector<std::string>& doubts);

  private:
    StreamKey key_of(std::size_t index, const std::vector<StreamKey>& known);
    std::string add_own(std::size_t index, class Fingerprint& print, StreamKey& key);
    std::string add_inputs(std::size_t index, const std::vector<StreamKey>& known,
                           class Fingerprint& print, StreamKey& key);
    std::string add_stdin(std::size_t index, class Fingerprint& print, StreamKey& key);
    void add_named(const std::vector<std::string>& names, const Process& process,
                   class Fingerprint& print, StreamKey& key);
    void add_file(const std::string& path, bool folders, class Fingerprint& print, StreamKey& key);
    std::string path_of(const Process& process) const;
    std::string doubt(StreamKey& key, std::string why) const;

    const Definition& definition_;
    const Wiring& wiring_;
    const Plan& plan_;
    const Preflight& preflight_;
    const std::map<std::string, std::string>& environment_;
    Witnesses& witnesses_;
    For whom_;
};

}  // namespace pipectl
