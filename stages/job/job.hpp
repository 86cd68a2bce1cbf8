#pragma once

// What a helper does, as data: the planner makes it, `pipectl plan`, export and the meter read it,
// and the helper program gets it on its command line.
//
// Each job moves bytes between descriptors until its inputs end or nobody reads any more. What is
// not named here is at its standard descriptors.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace pipectl::job {

/// A job with several outputs tells whoever runs it, at descriptor `tell`, which of them has got
/// everything before the others have; see protocol.hpp. -1: nobody wants to know.
struct Outputs {
    int tell = -1;
    std::vector<int> numbers;

    bool operator==(const Outputs&) const = default;
};

/// Every byte to every output. Without room they go in lockstep.
struct Copy {
    static constexpr std::string_view kName = "copy";
    std::optional<std::uint64_t> memory;  ///< bytes for each output; more of them go to disk
    std::optional<std::uint64_t> disk;    ///< bytes, at most; only beside `memory`
    std::optional<std::uint64_t> room;    ///< bytes of memory, then the writer waits; stands alone
    Outputs outputs;

    bool operator==(const Copy&) const = default;
};

/// Every byte to the first output, and to the second, which is a file that a later run may be given
/// instead: stages/objects/kept_stream.hpp. When the first one's reader has left it keeps nothing.
struct Keep {
    static constexpr std::string_view kName = "keep";
    std::optional<std::uint64_t> most;  ///< bytes; a longer stream is passed on and not kept
    Outputs outputs;

    bool operator==(const Keep&) const = default;
};

/// Whole lines, to the outputs in turn.
struct Deal {
    static constexpr std::string_view kName = "deal";
    Outputs outputs;

    bool operator==(const Deal&) const = default;
};

/// Lines with the same key to the same output.
struct Hash {
    static constexpr std::string_view kName = "hash";
    std::uint64_t field = 0;  ///< from 1; 0: the whole line is the key
    Outputs outputs;

    bool operator==(const Hash&) const = default;
};

/// Each line to the output whose type stands in the line's field.
struct Route {
    static constexpr std::string_view kName = "route";
    std::uint64_t field = 1;         ///< from 1
    std::vector<std::string> types;  ///< one for each output
    Outputs outputs;

    bool operator==(const Route&) const = default;
};

/// One input after the other.
struct Concat {
    static constexpr std::string_view kName = "concat";
    std::vector<int> inputs;

    bool operator==(const Concat&) const = default;
};

/// The lines of all inputs as they come, none of them torn.
struct Lines {
    static constexpr std::string_view kName = "lines";
    std::vector<int> inputs;

    bool operator==(const Lines&) const = default;
};

/// A file that grows, until descriptor `end` says that its writer has ended.
struct Follow {
    static constexpr std::string_view kName = "follow";
    int end = -1;

    bool operator==(const Follow&) const = default;
};

/// A bridge into a channel, and one out of it.
struct Send {
    static constexpr std::string_view kName = "send";
    bool lines = false;  ///< each line is a record
    int channel = -1;

    bool operator==(const Send&) const = default;
};

struct Receive {
    static constexpr std::string_view kName = "receive";
    int channel = -1;

    bool operator==(const Receive&) const = default;
};

/// Standard input to standard output, and into a recording; see stages/recording.
struct Record {
    static constexpr std::string_view kName = "record";
    std::uint64_t edge = 0;  ///< its number there
    int file = -1;

    bool operator==(const Record&) const = default;
};

/// Standard input to standard output, and into memory for who looks; see stages/tapping.
struct Tap {
    static constexpr std::string_view kName = "tap";
    int ring = -1;

    bool operator==(const Tap&) const = default;
};

/// How two meet at an endpoint; see stages/endpoint/endpoint.hpp.
struct Meeting {
    bool listen = false;
    bool connect = false;
    bool from_anybody = false;  ///< otherwise this user and root alone are spoken to
    std::string endpoint;       ///< KIND:ADDRESS

    bool operator==(const Meeting&) const = default;
};

/// With `raw`, whoever is at the other side knows nothing of pipectl: each message is its own, and
/// the rest says which are meant; see stages/endpoint/foreign.hpp.
struct Foreign {
    bool raw = false;
    bool with_length = false;               ///< framing: each behind its length; else a line each
    std::optional<std::int64_t> type;       ///< System V: N, or -N: the lowest up to N
    std::optional<std::uint64_t> priority;  ///< of what is sent to a POSIX queue
    std::optional<std::uint64_t> count;     ///< so many messages
    bool no_wait = false;
    bool follow = false;  ///< never ends by itself
    bool peek = false;    ///< takes nothing

    bool operator==(const Foreign&) const = default;
};

/// From an endpoint to standard output, and from standard input to one.
struct Get {
    static constexpr std::string_view kName = "get";
    Meeting at;
    Foreign foreign;

    bool operator==(const Get&) const = default;
};

struct Put {
    static constexpr std::string_view kName = "put";
    Meeting at;
    Foreign foreign;
    bool lines = false;

    bool operator==(const Put&) const = default;
};

using Job = std::variant<Copy, Keep, Deal, Hash, Route, Concat, Lines, Follow, Send, Receive,
                         Record, Tap, Get, Put>;

/// Thrown for words that are no job.
struct UsageError {
    std::string message;
};

/// The first of its words: "copy".
std::string_view name_of(const Job& job);
/// Its command line: {"copy", "--memory", "4096", "3", "4"}.
std::vector<std::string> words_of(const Job& job);
/// The job of a command line. Nothing when no job has that name. Throws UsageError. Descriptors are
/// numbers here: nobody looks whether they are open.
std::optional<Job> job_of(std::string_view name, const std::vector<std::string_view>& words);

/// The numbers of the job's own descriptors, in the order of its command line.
std::vector<int> descriptors_of(const Job& job);
void set_descriptors(Job& job, const std::vector<int>& numbers);
/// Where a job with outputs tells; null of any other.
Outputs* outputs_of(Job& job);

/// Each line goes to one of several outputs.
bool shares_lines(const Job& job);
/// Who is at the other side is no process of the run.
const Meeting* meeting_of(const Job& job);

/// A number on a command line. Throws UsageError: "'x' is not a field number".
std::uint64_t number_of(std::string_view text, std::string_view what);

}  // namespace pipectl::job
