#pragma once

// Messages of programs that know nothing of pipectl: mq_send(3), msgsnd(2), sendto(2) at the other
// side.
//
// A place is where such messages wait. None of its calls waits; whoever calls them does (poll(2)
// where there is a descriptor, a short sleep where not), so that a reader who leaves, or a signal,
// is noticed at once. Nothing is taken before it can be delivered, and what was taken and could not
// be delivered after all goes back where the kernel lets it.

#include <poll.h>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "stages/endpoint/endpoint.hpp"
#include "stages/job/job.hpp"

namespace pipectl::helper {

struct ForeignMessage {
    std::vector<char> bytes;
    long type = 0;          ///< System V
    unsigned priority = 0;  ///< POSIX
};

/// How long a message may be, and who says so.
struct ForeignLimit {
    std::size_t bytes = 0;
    std::string source;
};

class ForeignPlace {
  public:
    explicit ForeignPlace(const Endpoint& endpoint);
    virtual ~ForeignPlace() = default;
    ForeignPlace(const ForeignPlace&) = delete;
    ForeignPlace& operator=(const ForeignPlace&) = delete;

    /// "'mq:/jobs'", for messages.
    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] virtual ForeignLimit limit() const = 0;

    /// The next message; nothing when none is there. Throws SystemError.
    virtual std::optional<ForeignMessage> take() = 0;
    /// False when there is no room. Throws SystemError, ForeignReaderGone.
    virtual bool put(std::span<const char> message) = 0;
    /// Leaves a message that could not be delivered where it was, behind the others. False where
    /// that cannot be.
    virtual bool put_back(const ForeignMessage& /*message*/) { return false; }
    /// What waits there, without taking it, in the order in which it would be taken.
    virtual std::vector<ForeignMessage> look();

    /// For poll(2); -1: its calls have to be tried again.
    [[nodiscard]] virtual int fd() const { return -1; }
    /// Nothing can be there before somebody waits for it.
    [[nodiscard]] virtual bool is_new() const { return false; }
    /// No more is sent, or taken: says what was lost, if anything. Throws SystemError,
    /// ForeignReaderGone.
    virtual void finish() {}

  private:
    std::string name_;
};

/// Whoever received at the other side has left.
struct ForeignReaderGone {};

/// "pipectl: TEXT" on standard error, on one line.
void tell_user(const std::string& text);

// Each throws SystemError, and UsageError for what its kind does not have.
std::unique_ptr<ForeignPlace> open_foreign_posix(const EndpointRequest& request,
                                                 const job::Foreign& foreign, Side side);
std::unique_ptr<ForeignPlace> open_foreign_system_v(const EndpointRequest& request,
                                                    const job::Foreign& foreign, Side side);
std::unique_ptr<ForeignPlace> open_foreign_datagrams(const EndpointRequest& request,
                                                     const job::Foreign& foreign, Side side);
/// Whichever the endpoint's kind has.
std::unique_ptr<ForeignPlace> open_foreign(const EndpointRequest& request,
                                           const job::Foreign& foreign, Side side);

/// Signals that end the process are kept off while a message is between two places: they come in
/// wait() alone.
class ForeignWait {
  public:
    /// An ending signal has come; the place has to be left in order before the process dies of it.
    struct Stopped {
        int signal;
    };

    ForeignWait();
    ~ForeignWait();
    ForeignWait(const ForeignWait&) = delete;
    ForeignWait& operator=(const ForeignWait&) = delete;

    /// As poll(2). Throws Stopped, SystemError.
    void wait(std::span<pollfd> entries, int timeout_ms) const;

    /// Dies of that signal.
    [[noreturn]] static void end_by(int signal);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

/// What follows next on standard input as one message.
class ForeignInput {
  public:
    ForeignInput(bool with_length, const ForeignPlace& place);

    /// Nothing at the end. Valid until the next call. Throws SystemError for a message that is
    /// longer than the place takes, before it is all in memory.
    std::optional<std::span<const char>> next(const ForeignWait& waiting);

  private:
    bool read_more(const ForeignWait& waiting);
    std::optional<std::span<const char>> next_line(const ForeignWait& waiting);
    std::optional<std::span<const char>> next_record(const ForeignWait& waiting);
    [[noreturn]] void refuse_length(const std::string& length) const;

    bool with_length_;
    const ForeignPlace& place_;
    ForeignLimit limit_;
    std::vector<char> buffer_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    std::size_t number_ = 0;  ///< of the message, from 1
    bool ended_ = false;
};

/// From the place to standard output, and from standard input to the place; each returns the exit
/// status.
int receive_foreign(const EndpointRequest& request, const job::Foreign& foreign);
int send_foreign(const EndpointRequest& request, const job::Foreign& foreign);

}  // namespace pipectl::helper
