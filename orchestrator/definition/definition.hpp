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

#include "orchestrator/diagnostic/diagnostic.hpp"

namespace pipectl {

template <class T>
struct Located {
    T value{};
    Place place;
};

/// A scalar as TOML has them.
using Scalar = std::variant<bool, std::int64_t, double, std::string>;

/// A text with references: ${name}, ${env.NAME}, ${in.port}, ${out.port}; $${ is a literal ${.
struct Template {
    struct Piece {
        enum class Kind { text, parameter, environment, input, output };
        Kind kind = Kind::text;
        std::string value;  ///< the text itself, or the name that is referred to
        Place place{};      ///< of a variable of the environment: only the planner knows those
    };
    std::vector<Piece> pieces;
    Place place;
};

struct Parameter {
    Located<std::string> name;
    std::string help;
    bool required = false;
    bool secret = false;                      ///< never shown in plans, reports and messages
    std::optional<Located<std::string>> env;  ///< the variable that gives it unless --set does
    std::optional<Scalar> default_value;      ///< its type is the parameter's type
    std::string spelling;  ///< of the default in the file, where that is no string: 1.10, 0o755
};

/// A channel by name, with options by name; whether they exist is the planner's question.
struct Via {
    struct Option {
        Located<std::string> name;
        Scalar value;
        Place value_place;
    };
    Located<std::string> channel;
    std::vector<Option> options;
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
    Place place;
};

/// One producer port that feeds an input: "stage", "stage.port" or a table.
struct Feed {
    Located<std::string> stage;
    std::string port = "stdout";
    std::optional<Via> via;
    std::optional<Buffer> buffer;
};

/// An endpoint outside the run: { fifo = ".." }, { listen = ".." }, { mq = ".." }, ...
struct Endpoint {
    std::string kind;
    Template address;
    bool from_anybody = false;  ///< from-user = "any": not this user and root alone
};

struct FileOutput {
    Template path;
    bool append = false;
    /// Nothing: not given for stdout, where it means true, but what was appended before a signal
    /// stays. For stderr, which is a log, it is false unless something else is given.
    std::optional<bool> atomic;
    bool durable = false;       ///< fsync(2) of file and folder before the run succeeds
    bool refuse_empty = false;  ///< `empty = "refuse"`
};

struct Null {};
struct Inherit {};
struct JoinStdout {};
struct TextInput {
    Template text;
};
struct FileInput {
    Template path;
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
    Place place;
};

struct InputPort {
    Located<std::string> name;
    std::vector<Feed> feeds;
};

struct SignalSettings {
    std::vector<int> ignore;
    std::vector<int> reset;     ///< `default = [..]`
    std::optional<int> cancel;  ///< absent: SIGTERM
};

struct Stage {
    enum class Command { run, shell, use };

    Located<std::string> name;  ///< always set and unique when there were no errors
    Place place;                ///< of the [[stage]] header
    Command command = Command::run;
    std::vector<Template> run;  ///< argv; `use`: the native stage's name and its args
    Template shell;
    Place command_place;

    std::vector<Feed> from;
    Place from_place;  ///< known when `from` was given
    InputSpec in;
    Place in_place;
    std::vector<InputPort> inputs;
    std::vector<Located<std::string>> outputs;
    OutputSpec out;
    Place out_place;
    OutputSpec err;
    Place err_place;

    std::optional<Via> via;
    std::optional<Buffer> buffer;
    std::optional<FanOut> fan_out;
    std::optional<Located<FanInKind>> fan_in;

    std::vector<std::pair<std::string, Template>> env;
    std::optional<Template> cwd;
    std::optional<unsigned> umask;
    std::optional<Located<int>> nice;
    std::optional<Located<std::string>> user;

    std::vector<int> ok = {0};
    bool any_ok = false;
    std::optional<std::chrono::milliseconds> timeout;
    SignalSettings signals;
    bool cut_by_signal_only = false;  ///< `cut = "signal"`
    bool end_closed = false;          ///< `end = "closed"`
    bool unread_stop = false;         ///< `unread = "stop"`
    bool detach = false;
    bool native = false;  ///< linked to the channel library: needs no bridges
};

struct Definition {
    std::string name;
    std::string description;
    std::optional<Via> via;
    std::optional<std::chrono::milliseconds> timeout;
    std::chrono::milliseconds grace{5000};
    bool strict = true;
    bool pipefail = false;  ///< with `strict` false: the last stage that failed counts, as in bash
    std::optional<Template> cwd;  ///< "." is the definition's own folder
    std::vector<Parameter> parameters;
    std::vector<std::pair<std::string, Template>> env;
    std::vector<Stage> stages;
};

}  // namespace pipectl
