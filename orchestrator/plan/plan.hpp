#pragma once

// The definition resolved: processes, their descriptor tables, links and files.
//
// After planning there are only processes and links. Copiers, mergers, dealers, spill buffers,
// bridges are ordinary processes that the planner inserted; whoever runs the plan knows no special
// case, and `pipectl plan` shows all that will be started. A plan is data: making one asks the
// system nothing and starts nothing.

#include <sys/types.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "orchestrator/diagnostic/diagnostic.hpp"
#include "orchestrator/files/output_request.hpp"
#include "orchestrator/plan/host.hpp"
#include "stages/base/secrets.hpp"
#include "stages/channel/kind.hpp"
#include "stages/job/job.hpp"

namespace pipectl {

enum class Role { stage, helper };

/// argv[0] of helpers and of the stages that ship with pipectl, unless they speak a kind of channel
/// that has a program of its own (channel::Kind::program).
inline constexpr const char* kHelperProgram = "pipectl-helper";

/// One entry of a process's descriptor table: what stands at descriptor `number` in the child.
struct Descriptor {
    enum class What {
        link_writer,   ///< `index`: of Plan::links
        link_reader,   ///< `index`: of Plan::links
        link_finish,   ///< `index`: of Plan::links; see channel::EdgeEnds::finish
        inherited,     ///< `index`: 0, 1 or 2 of pipectl itself
        null,          ///< /dev/null
        text,          ///< `index`: of Plan::texts, readable from its start
        input_file,    ///< `index`: of Plan::inputs
        output_file,   ///< `index`: of Plan::outputs
        spool_writer,  ///< `index`: of Plan::spools
        spool_reader,  ///< `index`: of Plan::spools, from its start and seekable
        recording,     ///< the file that edges are recorded in
        tap,           ///< `index`: of Plan::edges; memory in which it is seen
        stream_file,   ///< `index`: of Plan::streams, which a helper keeps
        report,        ///< the runner's pipe for a helper's word that an output has got everything
        same_as,       ///< `index`: another descriptor number of this table, already in place
    };
    int number = 0;
    What what = What::null;
    int index = 0;
    bool operator==(const Descriptor&) const = default;
};

/// Units of a semaphore that a process has to have before it runs.
struct UnitsNeeded {
    int semaphore = 0;  ///< index of Plan::semaphores
    int count = 1;
    bool operator==(const UnitsNeeded&) const = default;
};

/// A file that is locked for as long as its holder lives; flock(2).
struct LockWanted {
    std::string path;
    bool shared = false;
    std::optional<std::chrono::milliseconds> wait;  ///< absent: not at all
    Place place;
    bool operator==(const LockWanted&) const = default;
};

/// A semaphore that processes of the plan need units of.
struct SemaphorePlan {
    std::string name;
    int count = 1;
    bool of_user = false;             ///< shared by all runs of this user
    std::optional<std::int64_t> key;  ///< of the user's; absent: made of the name
    bool operator==(const SemaphorePlan&) const = default;
};

/// Another process of the plan that has to end first.
struct Predecessor {
    int process = 0;     ///< index of Plan::processes
    bool ended = false;  ///< however it ends; else only when it ends well
    bool operator==(const Predecessor&) const = default;
};

/// Memory that stages map, by a path or an id that is known when the run has begun.
struct SharedRegion {
    enum class Kind { shm, sysv_shm, mmap };
    std::string name;
    Kind kind = Kind::shm;
    std::uint64_t size = 0;  ///< bytes that stages have of it
    int init = -1;           ///< index of Plan::inputs; -1: zeros
    Place place;
    bool operator==(const SharedRegion&) const = default;
};

/// "shm", "sysv-shm", "mmap"
constexpr const char* name_of(SharedRegion::Kind kind) {
    return kind == SharedRegion::Kind::shm        ? "shm"
           : kind == SharedRegion::Kind::sysv_shm ? "sysv-shm"
                                                  : "mmap";
}

/// Where a text of a process wants what is known when it starts: the path, or the id, of a shared
/// region, or the number of a replica.
struct RegionWord {
    int word = -1;         ///< index of `argv`; -1: in `variable`
    std::string variable;  ///< name in `env`
    std::size_t at = 0;    ///< the byte that it goes before
    int region = 0;        ///< index of Plan::shared; `kReplicaNumber`
    bool operator==(const RegionWord&) const = default;
};

inline constexpr int kReplicaNumber = -1;

/// Several processes of one program that share the lines of its input.
struct Replicas {
    int count = 0;                       ///< 0: one for each processor
    bool in_order = true;                ///< their output; else lines as they come
    std::uint64_t block = 0;             ///< bytes
    std::vector<std::string> variables;  ///< names in the environment that get its number
    std::vector<int> ok = {0};  ///< what each of them ends well with; the helper then ends with 0
    bool any_ok = false;
    bool operator==(const Replicas&) const = default;
};

/// A signal that a process gets when something has happened to another one.
struct NoticeOf {
    bool first_byte = false;  ///< its output has begun; false: it has ended
    int process = 0;          ///< index of Plan::processes
    int signal = 0;
    bool operator==(const NoticeOf&) const = default;
};

/// What a process may use, and each one that it starts; absent: no less than pipectl. setrlimit(2)
struct ProcessLimits {
    std::optional<std::chrono::seconds> cpu;
    std::optional<std::uint64_t> memory;     ///< bytes of address space
    std::optional<std::uint64_t> file_size;  ///< bytes
    std::optional<std::uint64_t> files;
    std::optional<std::uint64_t> processes;  ///< of the user that it runs as
    bool operator==(const ProcessLimits&) const = default;
};

/// What becomes of a process that has ended.
struct RestartPolicy {
    bool always = false;     ///< also when it has ended well, and its input has not ended
    std::optional<int> max;  ///< absent: without bound
    std::chrono::milliseconds delay{1000};
    bool operator==(const RestartPolicy&) const = default;
};

struct Process {
    std::string name;  ///< unique in the plan; a helper's says what it does: "copy:read.stdout"
    Role role = Role::stage;
    int host = 0;                 ///< index of Plan::hosts; 0 where there are none
    std::optional<job::Job> job;  ///< a helper's; nothing else has one
    std::string reason;           ///< helper: why it is there, for people; else empty
    Place place;  ///< in the definition, of the stage or of the edge that needs the helper

    /// argv[0] is looked up in the process's own PATH when it has no slash. For a helper it is
    /// "pipectl-helper" or a kind's own, which the runner finds beside its own program, and then
    /// `job` in words.
    std::vector<std::string> argv;
    std::vector<std::string> shown_argv;  ///< the same with secret values replaced by "***"
    Place command_place;

    std::vector<std::pair<std::string, std::string>> env;  ///< added to pipectl's own
    std::vector<RegionWord> region_words;                  ///< in descending order of `at`
    std::vector<std::string> secret_env;  ///< names in `env` whose values are not to be shown
    std::optional<std::string> cwd;       ///< absent: pipectl's own
    std::optional<mode_t> umask;
    int nice = 0;
    std::string user;  ///< empty: unchanged
    std::vector<int> ok = {0};
    bool any_ok = false;
    std::optional<std::chrono::milliseconds> timeout;
    std::optional<std::chrono::milliseconds> idle_timeout;
    ProcessLimits limits;
    std::optional<RestartPolicy> restart;  ///< absent: it is started once
    std::vector<Predecessor> after;        ///< it is started when all of these have ended
    std::vector<UnitsNeeded> needs;
    std::optional<LockWanted> lock;
    std::vector<int> ignored_signals;
    std::vector<int> default_signals;
    std::vector<int> blocked_signals;
    std::vector<NoticeOf> notices;     ///< `notify`
    std::optional<int> cancel_signal;  ///< its own; absent: SIGTERM, or what came to pipectl
    bool cut_by_signal_only = false;   ///< `cut = "signal"`: a status never means a broken pipe
    bool end_closed = false;           ///< `end = "closed"`: closing its output is an end of data
    bool unread_stop = false;  ///< `unread = "stop"`: it is ended when nobody reads it any more
    bool detach = false;
    bool keeps = false;     ///< its stream is kept for later runs
    bool cached = false;    ///< a player of the stream that an earlier run kept
    bool delivers = false;  ///< hands what the run has written over: what it does cannot be undone
    bool shipped = false;   ///< a stage of `use`: argv[0] is one of ours, found as a helper's
    bool native = false;    ///< takes the ends of bridged channels by itself
    std::optional<Replicas> replicas;  ///< a helper starts these and is the process
    bool terminal = false;  ///< a helper starts it with a pseudo-terminal and is the process

    std::vector<Descriptor> descriptors;  ///< ascending by number; 0, 1 and 2 are always there

    /// Its job, if it is of that kind; null of anything else.
    template <class Kind>
    [[nodiscard]] const Kind* does() const {
        return job ? std::get_if<Kind>(&*job) : nullptr;
    }

    /// Its stderr goes where its stdout does.
    [[nodiscard]] bool joins_stderr() const {
        return std::ranges::any_of(descriptors, [](const Descriptor& each) {
            return each.what == Descriptor::What::same_as && each.number == 2 && each.index == 1;
        });
    }

    /// It has to get something, and may have to wait for it, before it becomes its program.
    [[nodiscard]] bool holds() const { return lock || !needs.empty(); }

    /// The signal that ends it when no other was asked for.
    [[nodiscard]] int cancel() const { return cancel_signal.value_or(SIGTERM); }
    bool operator==(const Process&) const = default;
};

/// A channel between two processes of the plan.
struct Link {
    std::string name;  ///< unique: "read.stdout -> count.stdin"
    const channel::Kind* kind = nullptr;
    channel::Settings settings;
    int writer = -1;      ///< index of Plan::processes
    int reader = -1;      ///< index of Plan::processes
    int return_way = -1;  ///< index of Plan::links: goes back over the same object (`talks-to`)
    Place place;
    bool operator==(const Link&) const = default;
};

/// What a stage writes to its stdout, kept by a helper.
struct KeptStream {
    int stage = 0;   ///< index of Plan::processes
    int helper = 0;  ///< the same
    bool operator==(const KeptStream&) const = default;
};

/// An edge as the definition has it, for records and pictures; helpers are not in it.
struct Edge {
    std::string from;   ///< "stage.port"
    std::string to;     ///< "stage.port"
    std::string via;    ///< the channel's name
    int link = -1;      ///< index of Plan::links: the link at the reader's end
    int partner = -1;   ///< index of Plan::edges: of a two-way edge the other direction
    bool back = false;  ///< of a two-way edge the direction of the answers
    bool gate = false;  ///< its reader starts when its writer has ended well
    bool kept = false;  ///< what goes over it is to be left when the run is over (`keep = true`)
    bool operator==(const Edge&) const = default;
};

struct InputFile {
    std::string path;  ///< absolute or relative to pipectl's own folder
    Place place;
    bool operator==(const InputFile&) const = default;
};

struct OutputFile : OutputRequest {
    Place place;
    bool operator==(const OutputFile&) const = default;
};

struct Plan {
    std::string name;
    std::string description;
    std::string source;  ///< the definition's path as the user gave it
    bool strict = true;
    bool pipefail = false;  ///< by the shell's rules: the last stage that failed counts
    std::chrono::milliseconds grace{5000};
    std::optional<std::chrono::milliseconds> timeout;
    int retries = 0;  ///< attempts after the first one
    std::chrono::milliseconds retry_delay{1000};
    std::chrono::milliseconds lease{10'000};  ///< silence after which a host is lost, both ways
    std::chrono::milliseconds start_timeout{60'000};  ///< until every host is there and wired

    /// The machines of the run, [0] this one; empty when no stage names a host.
    std::vector<Host> hosts;
    std::vector<Process> processes;  ///< stages in the order of the definition, then helpers
    std::vector<Link> links;
    std::vector<Edge> edges;
    std::vector<Edge> outside;  ///< recorded, from pipectl's "stdin" and to its "stdout"
    std::vector<InputFile> inputs;
    std::vector<OutputFile> outputs;
    std::vector<SharedRegion> shared;
    std::vector<std::string> texts;
    std::vector<SemaphorePlan> semaphores;
    std::optional<LockWanted> lock;  ///< of the whole run
    std::vector<KeptStream> streams;
    int spools = 0;  ///< nameless files that one process fills and a later one reads
    /// Names and values, in the order of the definition; the value of a secret is "***".
    std::vector<std::pair<std::string, std::string>> params;

    /// Values of secret parameters: whoever keeps or shows a text of the run, of a stage or of the
    /// system, masks them. What the plan itself says in the definition's words has none.
    Secrets secrets;

    int last_stage = -1;  ///< whose status counts when `strict` is false
    bool operator==(const Plan&) const = default;
};

}  // namespace pipectl
