#pragma once

// What a definition file asks for, with the place of everything that can be wrong about it.
//
// Plain structs, filled by parse.cpp from TOML and read by the planner. Nothing here is resolved:
// names are not looked up, references in texts are split but not replaced, channels are named but
// not known (the table of kinds belongs to the layer above).

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "orchestrator/definition/slurm_needs.hpp"
#include "orchestrator/diagnostic/diagnostic.hpp"

namespace pipectl {

/// Where a part stands in the file. It is no part of what the definition says: two definitions
/// that say the same are equal wherever their parts stand, so any two of these are.
struct SourcePlace : Place {
    SourcePlace() = default;
    SourcePlace(Place where) : Place(where) {}  // a Place is one, so that it can be given for one
    bool operator==(const SourcePlace& /*other*/) const { return true; }
};

template <class T>
struct Located {
    T value{};
    SourcePlace place;
    bool operator==(const Located&) const = default;
};

/// A scalar as TOML has them.
using Scalar = std::variant<bool, std::int64_t, double, std::string>;

/// A text with references: ${name}, ${name...}, ${env.NAME}, ${in.port}, ${out.port},
/// ${shared.name}, in a stage with `replicas` ${replica}; $${ is a literal ${.
struct Template {
    struct Piece {
        enum class Kind {
            text,
            parameter,
            environment,
            input,
            output,
            shared,
            replica,
            words,  ///< ${name...}: the values of a list, each a word of its own
        };
        Kind kind = Kind::text;
        std::string value;    ///< the text itself, or the name that is referred to
        SourcePlace place{};  ///< where only the planner can know what is wrong with it
        bool operator==(const Piece&) const = default;
    };
    std::vector<Piece> pieces;
    SourcePlace place;
    bool operator==(const Template&) const = default;
};

/// What a parameter's value has to be.
enum class ParameterType { string, integer, number, boolean, path, list };

struct Parameter {
    Located<std::string> name;
    std::string help;
    std::optional<ParameterType> type;  ///< absent: the default's, else a string
    std::vector<Scalar> choices;        ///< it is one of these; empty: anything
    std::optional<Scalar> min;          ///< a number
    std::optional<Scalar> max;
    bool required = false;
    bool secret = false;                      ///< never shown in plans, reports and messages
    std::optional<Located<std::string>> env;  ///< the variable that gives it unless --set does
    std::optional<Scalar> default_value;
    std::string spelling;  ///< of the default in the file, where that is no string: 1.10, 0o755
    std::optional<std::vector<std::string>> default_list;
    std::optional<Located<std::string>> default_glob;  ///< the files that a pattern matches
    /// Of a definition that is a part of another one: what the other one gives it.
    std::optional<Template> bound{};
    bool operator==(const Parameter&) const = default;
};

/// A channel by name, with options by name; whether they exist is the planner's question.
struct Via {
    struct Option {
        Located<std::string> name;
        Scalar value;
        SourcePlace value_place;
        bool operator==(const Option&) const = default;
    };
    Located<std::string> channel;
    std::vector<Option> options;
    bool operator==(const Via&) const = default;
};

/// Room on an edge beyond the channel's own.
struct Buffer {
    enum class Kind {
        none,     ///< "none" or 0: no room, even where the planner would put a spill buffer
        bounded,  ///< a size: that many bytes in memory
        spill,    ///< "spill": memory up to `memory`, then disk up to `disk`
    };
    Kind kind = Kind::none;
    std::uint64_t room = 0;               ///< bounded: bytes
    std::optional<std::uint64_t> memory;  ///< spill: bytes; absent: the default
    std::optional<std::uint64_t> disk;    ///< spill: bytes; absent: as much as the folder has
    SourcePlace place;
    bool operator==(const Buffer&) const = default;
};

/// One producer port that feeds an input: "stage", "stage.port" or a table.
struct Feed {
    Located<std::string> stage;
    std::string port = "stdout";
    std::optional<Via> via;
    std::optional<Buffer> buffer;
    bool complete =
        false;  ///< `when = "complete"`: a gate; the reader starts when it has ended well
    bool as_file = false;  ///< `as = "file"`: the same, and the data is a file
    bool operator==(const Feed&) const = default;
};

/// A stage that another one starts after.
struct After {
    Located<std::string> stage;
    bool ended = false;  ///< `when = "ended"`: however it ended
    bool operator==(const After&) const = default;
};

/// An entry of [semaphores].
struct Semaphore {
    Located<std::string> name;
    std::int64_t count = 1;
    bool of_user = false;             ///< `scope = "user"`: shared by all runs of this user
    std::optional<std::int64_t> key;  ///< of the user's; absent: made of the name
    bool operator==(const Semaphore&) const = default;
};

/// Units that a stage needs to start.
struct Need {
    Located<std::string> name;
    std::int64_t count = 1;
    bool operator==(const Need&) const = default;
};

/// A file that is locked, flock(2).
struct Lock {
    Template file;
    bool shared = false;
    std::optional<std::chrono::milliseconds> wait;  ///< absent: not at all
    bool operator==(const Lock&) const = default;
};

/// `raw = true` beside an endpoint: messages of programs that know nothing of pipectl.
struct RawMessages {
    bool with_length = false;  ///< framing = "length"
    std::optional<std::int64_t> type{};
    std::optional<std::uint64_t> priority{};
    std::optional<std::uint64_t> count{};
    bool follow = false;
    bool peek = false;
    bool operator==(const RawMessages&) const = default;
};

/// An endpoint outside the run: { fifo = ".." }, { listen = ".." }, { mq = ".." }, ...
struct Endpoint {
    std::string kind;
    Template address;
    bool from_anybody = false;  ///< from-user = "any": not this user and root alone
    std::optional<RawMessages> raw{};
    bool operator==(const Endpoint&) const = default;
};

struct FileOutput {
    Template path;
    bool append = false;
    /// Nothing: not given for stdout, where it means true, but what was appended before a signal
    /// stays. For stderr, which is a log, it is false unless something else is given.
    std::optional<bool> atomic;
    bool durable = false;       ///< fsync(2) of file and folder before the run succeeds
    bool refuse_empty = false;  ///< `empty = "refuse"`
    bool operator==(const FileOutput&) const = default;
};

struct Null {
    bool operator==(const Null&) const = default;
};
struct Inherit {
    bool operator==(const Inherit&) const = default;
};
struct JoinStdout {
    bool operator==(const JoinStdout&) const = default;
};
struct TextInput {
    Template text;
    bool operator==(const TextInput&) const = default;
};
struct FileInput {
    Template path;
    bool operator==(const FileInput&) const = default;
};

/// monostate: not given, the wiring decides.
using InputSpec = std::variant<std::monostate, FileInput, TextInput, Null, Inherit, Endpoint>;
using OutputSpec = std::variant<std::monostate, FileOutput, Null, Inherit, JoinStdout, Endpoint>;

/// How several inputs become one.
enum class FanInKind { concat, lines };

/// How several readers of a port share it.
struct FanOut {
    enum class Kind {
        copy,
        deal,
        hash,
        type,  ///< the field is the `type` of the reader's channel
    };
    Kind kind = Kind::copy;
    int field = 0;  ///< hash: the field, from 1; 0: the whole line. type: from 1; 0: the first
    SourcePlace place;
    bool operator==(const FanOut&) const = default;
};

struct InputPort {
    Located<std::string> name;
    std::vector<Feed> feeds;
    bool outside = false;  ///< `port = true`: fed where the definition is used as a part
    bool operator==(const InputPort&) const = default;
};

struct SignalSettings {
    std::vector<int> ignore;
    std::vector<int> reset;  ///< `default = [..]`
    std::vector<int> block;
    std::optional<int> cancel;  ///< absent: SIGTERM
    bool operator==(const SignalSettings&) const = default;
};

/// A signal that a stage gets when something has happened to another one.
struct Notice {
    bool first_byte = false;  ///< when its output has begun; false: when it has ended
    Located<std::string> stage;
    int signal = 0;
    bool operator==(const Notice&) const = default;
};

/// `replicas = "cpus"`
inline constexpr int kForEachProcessor = 0;
inline constexpr std::uint64_t kDefaultBlock = std::uint64_t{1} << 20;

/// What a stage may use at most; absent: what pipectl itself may.
struct Limits {
    std::optional<std::chrono::milliseconds> cpu;
    std::optional<std::uint64_t> memory;     ///< bytes
    std::optional<std::uint64_t> file_size;  ///< bytes
    std::optional<std::int64_t> files;
    std::optional<std::int64_t> processes;
    SourcePlace place;
    bool operator==(const Limits&) const = default;
};

/// Whether a stage is started again when it has ended.
struct Restart {
    enum class When { never, on_failure, always };
    When when = When::never;
    std::optional<std::int64_t> max;  ///< absent: 5 after failures, without bound for `always`
    std::chrono::milliseconds delay{1000};
    SourcePlace place;
    bool operator==(const Restart&) const = default;
};

/// Another definition in the place of a stage: `use = "clean.toml"`.
struct PartUse {
    Located<std::string> file;
    std::vector<std::pair<Located<std::string>, Template>> set;
    bool operator==(const PartUse&) const = default;
};

struct Stage {
    enum class Command { run, shell, use };

    Located<std::string> name;  ///< always set and unique when there were no errors
    SourcePlace place;          ///< of the [[stage]] header
    Command command = Command::run;
    std::vector<Template> run;  ///< argv; `use`: the native stage's name and its args
    Template shell;
    std::optional<PartUse> part;  ///< `use` of a definition, until it is expanded
    SourcePlace command_place;

    std::vector<Feed> from;
    SourcePlace from_place;  ///< known when `from` was given
    /// `talks-to`: the stage at the other end of a two-way edge; of a feed its stage and channel.
    std::optional<Feed> talks_to;
    InputSpec in;
    SourcePlace in_place;
    std::vector<InputPort> inputs;
    std::vector<Located<std::string>> outputs;
    OutputSpec out;
    SourcePlace out_place;
    OutputSpec err;
    SourcePlace err_place;

    std::optional<Via> via;
    std::optional<Buffer> buffer;
    std::optional<FanOut> fan_out;
    std::optional<Located<FanInKind>> fan_in;
    std::vector<After> after;
    std::vector<Need> needs;
    std::optional<Lock> lock;

    std::vector<std::pair<std::string, Template>> env;
    std::optional<Template> cwd;
    std::optional<unsigned> umask;
    std::optional<Located<int>> nice;
    std::optional<Located<std::string>> user;
    std::optional<Located<std::string>> host;  ///< of [hosts], "w.2" of a group; absent: this one

    std::vector<int> ok = {0};
    bool any_ok = false;
    std::optional<std::chrono::milliseconds> timeout;
    std::optional<std::chrono::milliseconds> idle_timeout;
    std::optional<Limits> limits;
    Restart restart;
    SignalSettings signals;
    std::vector<Notice> notify;
    bool cut_by_signal_only = false;  ///< `cut = "signal"`
    bool end_closed = false;          ///< `end = "closed"`
    bool unread_stop = false;         ///< `unread = "stop"`
    bool terminal = false;            ///< `tty`: its stdout is a pseudo-terminal
    SourcePlace terminal_place;
    bool cache = false;
    SourcePlace cache_place;
    bool detach = false;
    bool native = false;  ///< linked to the channel library: needs no bridges

    std::optional<Located<int>> replicas;  ///< so many processes; `kForEachProcessor`
    bool any_order = false;                ///< `order = "any"`: their output as it comes
    std::uint64_t block = kDefaultBlock;   ///< bytes of lines that one of them gets at once
    bool operator==(const Stage&) const = default;
};

/// Memory that any number of stages map: `[shared.NAME]`.
struct SharedMemory {
    enum class Kind { shm, sysv_shm, mmap };
    Located<std::string> name;
    Kind kind = Kind::shm;
    std::uint64_t size = 0;        ///< bytes
    std::optional<Template> init;  ///< path of a file that it begins with
    bool operator==(const SharedMemory&) const = default;
};

/// A machine, or a group of machines of one kind, of [hosts].
struct HostSpec {
    struct Ssh {
        std::vector<Located<std::string>> to;  ///< several: a group
        std::optional<Template> config;        ///< path of the file for `ssh -F`
        std::vector<std::string> options;
        bool operator==(const Ssh&) const = default;
    };
    struct Local {
        std::int64_t count = 1;
        bool operator==(const Local&) const = default;
    };
    struct Command {
        std::vector<std::string> argv;
        bool operator==(const Command&) const = default;
    };
    struct Ports {
        std::uint16_t first = 0;
        std::uint16_t last = 0;
        bool operator==(const Ports&) const = default;
    };
    Located<std::string> name;
    std::variant<std::monostate, Ssh, SlurmNeeds, Local, Command> engine;  ///< monostate: an error
    std::optional<Template> pipectl;                                       ///< its path there
    bool push = false;                   ///< a copy of ours is taken there when it has another
    std::optional<Template> dir;         ///< where stages start
    std::vector<std::string> env_pass;   ///< names of variables
    std::optional<std::string> address;  ///< of data: an address, or a network
    std::optional<Ports> ports;
    bool relay = true;
    bool operator==(const HostSpec&) const = default;
};

/// A variable of [for-each], and where its values come from.
struct Each {
    enum class Source { list, glob, lines, parameter };
    Located<std::string> name;
    Source source = Source::list;
    std::vector<std::string> list;
    Template text;                     ///< glob: the pattern; lines: the path of the file
    Located<std::string> parameter{};  ///< the name of a list
    bool operator==(const Each&) const = default;
};

/// The pipeline once for each item: for each combination of the variables' values.
struct ForEach {
    enum class Halt { soon, now, never };
    SourcePlace place;
    std::optional<std::int64_t> jobs;  ///< how many at a time; absent: the processors
    Halt halt = Halt::soon;            ///< what the first failure does
    bool any_order = false;            ///< outputs as the items end, not in their order
    std::vector<Each> each;            ///< the last one varies fastest
    bool operator==(const ForEach&) const = default;
};

/// An entry of [ports]: what is outside when the definition is a part of another one.
struct PartPort {
    Located<std::string> name;
    Located<std::string> end;  ///< "stage" or "stage.port"
    bool operator==(const PartPort&) const = default;
};

/// What a stage is replaced by in a test.
struct Mock {
    Located<std::string> stage;
    std::string out;
    std::int64_t exit = 0;
    bool operator==(const Mock&) const = default;
};

/// What a test expects of one thing.
struct Expectation {
    enum class What { out, file, verdict, exit, stage_verdict };
    What what = What::out;
    std::string of;  ///< file: its path, as the definition has it; stage_verdict: the stage
    std::string value;
    SourcePlace begin{};  ///< of the value in the text
    SourcePlace end{};    ///< behind it
    bool operator==(const Expectation&) const = default;
};

/// A [[test]].
struct Test {
    struct Setting {
        Located<std::string> name;
        std::vector<std::string> values;
        bool operator==(const Setting&) const = default;
    };
    Located<std::string> name;
    SourcePlace place;  ///< of the [[test]] header
    std::vector<Setting> set;
    std::optional<std::string> input_text;
    std::optional<Located<std::string>> input_file;
    std::vector<Mock> mocks;
    std::vector<Expectation> expect;
    bool operator==(const Test&) const = default;
};

struct Definition {
    std::string name;
    std::string description;
    std::optional<Via> via;
    std::optional<std::chrono::milliseconds> timeout;
    std::chrono::milliseconds grace{5000};
    bool strict = true;
    bool pipefail = false;  ///< with `strict` false: the last stage that failed counts, as in bash
    std::optional<Template> cwd;       ///< "." is the definition's own folder
    std::optional<Template> env_file;  ///< path of a file with variables of every stage
    std::optional<Lock> lock;
    std::optional<std::chrono::milliseconds> lock_wait;
    Located<std::int64_t> retries;  ///< attempts after the first one
    std::chrono::milliseconds retry_delay{1000};
    std::chrono::milliseconds lease{10'000};          ///< silence after which a host is lost
    std::chrono::milliseconds start_timeout{60'000};  ///< until every host is there
    std::vector<Parameter> parameters;
    std::vector<Semaphore> semaphores;
    std::vector<std::pair<std::string, Template>> env;
    std::vector<SharedMemory> shared;
    std::vector<HostSpec> hosts;
    std::optional<ForEach> for_each;
    std::vector<PartPort> ports;
    std::vector<Stage> stages;
    std::vector<Test> tests;
    bool operator==(const Definition&) const = default;
};

}  // namespace pipectl
