#pragma once

// The growing plan: adds helpers and links to it, keeps names unique and descriptor tables in step.
//
// Which descriptors a helper's job has is decided here and nowhere else.

#include <cstddef>
#include <string>
#include <unordered_map>
#include <vector>

#include "orchestrator/plan/channels.hpp"
#include "orchestrator/plan/plan.hpp"

namespace pipectl {

/// The reason of a helper names as many stages; more are counted.
inline constexpr std::size_t kNamesInReason = 5;

/// Where a link can be attached.
struct End {
    int process = -1;
    int number = 0;    ///< the descriptor
    std::string name;  ///< for people: "read.stdout", "copy:read.stdout"
};

class Network {
  public:
    /// The plan holds the stages, and nothing else yet. It must outlive the network.
    explicit Network(Plan& plan);

    /// Adds a helper, on the host of `owner`: the stage on whose behalf it is there. Returns the
    /// process's index.
    int add_helper(job::Job job, const std::string& name, int owner, Place place,
                   std::string reason);

    /// The helper's next own descriptor, from 3 upward, which its job names.
    End next_end(int process);

    /// Its own descriptors so far are none: what stood there gets others.
    void forget_ends(int process) { helper(process).ends = 0; }

    /// One of the three that every process has.
    [[nodiscard]] End standard_end(int process, int number) const;

    /// Adds a link and what it puts into both descriptor tables. Returns its index.
    int add_link(const End& writer, const End& reader, Channel channel, Place place);

    /// Lets the helper see, at its next own descriptor, that the link's writer has ended.
    void add_finish(int process, int link);

    /// Gives the helper, at its next own descriptor, what an edge is recorded or seen in.
    void add_descriptor(int process, Descriptor::What what, int edge);

    /// The stage itself, or the one on whose behalf a helper is there.
    [[nodiscard]] int owner_of(int process) const;
    [[nodiscard]] bool is_stage(int process) const { return process < stages_; }
    [[nodiscard]] Process& process(int index) const;

    /// Command lines of helpers, null and inherited descriptors, ascending order. Call it once.
    void finish();

  private:
    struct Helper {
        int owner;
        int ends = 0;
    };
    Helper& helper(int process);
    /// Tells a native stage, in PIPECTL_TICKETS, which of its descriptors are channels' ends.
    void name_tickets(Process& process) const;
    /// Which program of ours does what the process is there for: it has to speak its channels.
    [[nodiscard]] std::string program_for(const Process& process) const;
    std::string unique_name(const std::string& wanted);

    Plan& plan_;
    int stages_;
    std::vector<Helper> helpers_;                 ///< [process - stages_]
    std::unordered_map<std::string, int> names_;  ///< how often a name was wanted
};

}  // namespace pipectl
