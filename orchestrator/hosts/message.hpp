#pragma once

// What the launcher of a run and its nodes say to each other: one JSON object a line, `t` names it.
//
// Each message is a struct whose members are described once (message.cpp), for writing and reading
// alike. A line comes from another machine: what is no message, or has other members or types, is
// refused with a WireError, and nothing is taken from it.

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace pipectl::hosts {

/// Goes with every change of a message; both sides are of one build besides.
inline constexpr int kProtocol = 1;

/// A line that is no message; what() says why.
class WireError : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

namespace message {

/// A remark on the definition, as a diagnostic has it.
struct Remark {
    int line = 0, column = 0, file = 0, length = 1;
    std::string text, hint;
};

/// One end of an edge between hosts that is there.
struct EdgeEnd {
    int link = 0;
    std::string name;    ///< 32 hexadecimal digits, which name the connection
    std::string secret;  ///< 64, of which its key is made
};

struct Variable {
    std::string name, value;
};

// --- to a node

/// The first message to a node: all that it has to know.
struct Plan {
    std::string run, launcher;  ///< the run's id, and the machine that it was started on
    int host = 0;
    std::string plan;  ///< wire_text()
    std::vector<EdgeEnd> ends;
    std::vector<Variable> variables;
    std::string folder;
    bool loopback = false;  ///< all hosts are on this machine
    int words = 0;          ///< StageWords
};
/// The edge's writer is to connect there.
struct Wire {
    int link = 0;
    std::vector<std::string> addresses;
    int port = 0;
};
/// To `pipectl node --edge`: what comes is to go to that listener, under the edge's name, and back.
struct Relay {
    std::vector<std::string> addresses;
    int port = 0;
    std::string name;  ///< 32 hexadecimal digits
};
struct Start {};
/// What became of a process of another host.
struct Far {
    int process = 0, verdict = 0, code = 0, signal = 0;
};
struct Cancel {
    int why = 0, signal = 0;
    bool now = false;
};
struct Signal {
    int process = 0, signal = 0;
};
struct Stop {};
struct Continue {};
struct Prepare {};
struct Settle {
    bool commit = false;
    bool cancelled = false;  ///< by a signal: what was appended may stay
};
struct Bye {};

// --- from a node

struct Hello {
    int protocol = 0;
    std::string build, arch, machine;
    int pid = 0;
};
/// It will not run what it was asked to.
struct Refused {
    int status = 0;
    std::vector<Remark> remarks;
};
struct Ready {
    std::vector<std::string> addresses;  ///< where its listener is; none without one
    int port = 0;
};
/// Its end of the edge is connected, or (`error`) cannot be.
struct Up {
    int link = 0;
    std::string error;
};
/// A line as `--events` has it, with the node's own time.
struct Told {
    std::string line;
};
/// All its processes have ended and nothing of them is left.
struct Over {};
struct Prepared {
    bool well = false;
    std::string error;
};
struct Settled {};

// --- both ways

/// `now_s`: the sender's clock; `of_s`: the time in the beat that this one answers, or below 0.
struct Beat {
    double now_s = 0, of_s = -1;
};

}  // namespace message

using Message =
    std::variant<message::Plan, message::Wire, message::Start, message::Far, message::Cancel,
                 message::Signal, message::Stop, message::Continue, message::Prepare,
                 message::Settle, message::Bye, message::Relay, message::Hello, message::Refused,
                 message::Ready, message::Up, message::Told, message::Over, message::Prepared,
                 message::Settled, message::Beat>;

/// With its newline.
std::string line_of(const Message& message);

/// Throws WireError.
Message message_of(std::string_view line);

}  // namespace pipectl::hosts
