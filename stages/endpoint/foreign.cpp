#include "stages/endpoint/foreign.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>

#include "stages/base/error.hpp"
#include "stages/channel/kind.hpp"
#include "stages/flow/jobs.hpp"
#include "stages/flow/output.hpp"
#include "stages/flow/readers.hpp"

namespace pipectl::helper {

namespace {

constexpr int kSink = 1;
/// Between two tries where poll(2) cannot look.
constexpr int kFirstPauseMs = 1;
constexpr int kLongestPauseMs = 20;
/// One who sends several datagrams at once is heard to the last of them.
constexpr int kQuietMs = 200;

/// Before anything is opened, which might get the number of a descriptor that is closed.
void check_direction(int fd, int unfit, const char* what) {
    const int flags = ::fcntl(fd, F_GETFL);
    if (flags < 0) throw SystemError(what, errno, "it is closed; no message was moved");
    if ((flags & O_ACCMODE) == unfit) throw SystemError(what, EBADF, "no message was moved");
}

/// Where nothing can be written (/dev/full) that is said of no bytes as well.
void check_output() {
    constexpr const char* kWhat = "cannot write to standard output";
    check_direction(kSink, O_RDONLY, kWhat);
    struct stat status {};
    const bool is_device = ::fstat(kSink, &status) == 0 && S_ISCHR(status.st_mode);
    if (is_device && ::write(kSink, "", 0) < 0 && !is_reader_gone(errno)) {
        throw SystemError(kWhat, errno, "no message was moved");
    }
}

int next_pause(int pause) {
    return pause == 0 ? kFirstPauseMs : std::min(2 * pause, kLongestPauseMs);
}

/// Takes messages from a place and writes them to standard output.
class Delivery {
  public:
    Delivery(ForeignPlace& place, const job::Foreign& foreign, const ForeignWait& waiting)
        : place_(place), foreign_(foreign), waiting_(waiting), out_(kSink) {}

    int run() {
        if (foreign_.peek) return show();
        std::uint64_t taken = 0;
        while (!foreign_.count || taken < *foreign_.count) {
            wait_for_room();
            std::optional<ForeignMessage> message = place_.take();
            if (message) {
                deliver(*message, false);
                ++taken;
            } else if (!wait_for_message(taken)) {
                break;
            }
        }
        return taken == 0 && foreign_.no_wait ? 1 : 0;
    }

  private:
    int show() {
        wait_for_room();
        std::vector<ForeignMessage> messages = place_.look();
        if (foreign_.count) {
            messages.resize(std::min<std::uint64_t>(messages.size(), *foreign_.count));
        }
        for (const ForeignMessage& message : messages) {
            wait_for_room();
            deliver(message, true);
        }
        return messages.empty() && foreign_.no_wait ? 1 : 0;
    }

    void look_at_reader(short events) {
        out_.look(events);
        if (out_.gone()) throw ForeignReaderGone();
    }

    void wait_for_room() {
        pollfd sink{out_.fd(), POLLOUT, 0};
        do {
            waiting_.wait({&sink, 1}, -1);
            look_at_reader(sink.revents);
        } while (sink.revents == 0);
    }

    /// False when there is nothing to wait for.
    bool wait_for_message(std::uint64_t taken) {
        if (foreign_.no_wait) return false;
        const bool goes_on = foreign_.follow || foreign_.count;
        if (!goes_on && !place_.is_new()) return false;
        const int limit = goes_on || taken == 0 ? -1 : kQuietMs;
        pollfd entries[] = {{out_.fd(), 0, 0}, {place_.fd(), POLLIN, 0}};
        if (place_.fd() >= 0) {
            waiting_.wait(entries, limit);
        } else {
            pause_ = next_pause(pause_);
            waiting_.wait(std::span(entries).first(1), pause_);
        }
        look_at_reader(entries[0].revents);
        return limit < 0 || entries[1].revents != 0;
    }

    void deliver(const ForeignMessage& message, bool stays) {
        pause_ = 0;
        warn_of_newline(message);
        frame(message);
        std::size_t written = 0;
        try {
            while (written < framed_.size()) {
                written += out_.write(framed_.data() + written, framed_.size() - written);
                if (written < framed_.size()) wait_for_room();
            }
        } catch (const ForeignReaderGone&) {
            if (!stays) leave_again(message);
            throw;
        } catch (const SystemError&) {
            if (!stays) leave_again(message);
            throw;
        } catch (const ForeignWait::Stopped&) {
            if (!stays) leave_again(message);
            throw;
        }
    }

    void leave_again(const ForeignMessage& message) const {
        const std::string what = "a message of " + std::to_string(message.bytes.size()) + " bytes";
        if (place_.put_back(message)) {
            tell_user(what + " could not be delivered: it is in " + place_.name() +
                      " again, behind the others");
        } else {
            tell_user(what + " from " + place_.name() + " could not be delivered, and is lost");
        }
    }

    void frame(const ForeignMessage& message) {
        framed_.clear();
        const auto size = static_cast<std::uint32_t>(message.bytes.size());
        if (foreign_.with_length) {
            for (int shift = 24; shift >= 0; shift -= 8) {
                framed_.push_back(static_cast<char>(size >> shift & 0xff));
            }
        }
        framed_.insert(framed_.end(), message.bytes.begin(), message.bytes.end());
        if (!foreign_.with_length) framed_.push_back('\n');
    }

    void warn_of_newline(const ForeignMessage& message) {
        if (foreign_.with_length || has_warned_) return;
        if (std::ranges::find(message.bytes, '\n') == message.bytes.end()) return;
        has_warned_ = true;
        tell_user("a message of " + place_.name() +
                  " has newlines in it: --framing length (framing = \"length\") keeps bounds");
    }

    ForeignPlace& place_;
    const job::Foreign& foreign_;
    const ForeignWait& waiting_;
    Output out_;
    std::vector<char> framed_;
    int pause_ = 0;
    bool has_warned_ = false;
};

int send_all(ForeignPlace& place, const job::Foreign& foreign) {
    const ForeignWait waiting;
    ForeignInput input(foreign.with_length, place);
    std::uint64_t sent = 0;
    while (const auto message = input.next(waiting)) {
        int pause = 0;
        while (!place.put(*message)) {
            if (foreign.no_wait) {
                tell_user(place.name() + " has no room: " + std::to_string(sent) +
                          (sent == 1 ? " message was" : " messages were") +
                          " sent, and not what follows");
                return 1;
            }
            pollfd room{place.fd(), POLLOUT, 0};
            pause = next_pause(pause);
            const bool is_told = place.fd() >= 0;
            waiting.wait({&room, is_told ? 1U : 0U}, is_told ? -1 : pause);
        }
        ++sent;
    }
    place.finish();
    return 0;
}

/// Leaves the place in order, whatever ends the work.
template <class Work>
int run_foreign(std::unique_ptr<ForeignPlace> place, Work work) {
    int signal = 0;
    try {
        return work(*place);
    } catch (const ForeignReaderGone&) {
        signal = SIGPIPE;
    } catch (const ForeignWait::Stopped& stopped) {
        signal = stopped.signal;
    }
    place.reset();
    if (signal == SIGPIPE) end_without_readers();
    ForeignWait::end_by(signal);
}

}  // namespace

ForeignPlace::ForeignPlace(const Endpoint& endpoint)
    : name_("'" + endpoint.kind + ":" + endpoint.address + "'") {}

std::vector<ForeignMessage> ForeignPlace::look() {
    return {};
}

std::unique_ptr<ForeignPlace> open_foreign(const EndpointRequest& request,
                                           const job::Foreign& foreign, Side side) {
    switch (channel::find_kind(request.endpoint.kind)->endpoint.foreign) {
        case channel::Foreign::posix_queue: return open_foreign_posix(request, foreign, side);
        case channel::Foreign::system_v_queue: return open_foreign_system_v(request, foreign, side);
        case channel::Foreign::datagrams:
        case channel::Foreign::local_datagrams:
            return open_foreign_datagrams(request, foreign, side);
        case channel::Foreign::none: break;
    }
    throw UsageError{"'" + request.endpoint.kind + "' has no messages of other programs"};
}

int receive_foreign(const EndpointRequest& request, const job::Foreign& foreign) {
    if (foreign.follow && (foreign.count || foreign.no_wait || foreign.peek)) {
        throw UsageError{"--follow never ends: --count, --no-wait and --peek exclude it"};
    }
    check_output();
    watch_readers();
    const ForeignWait waiting;  // from here on nothing is left behind
    return run_foreign(open_foreign(request, foreign, Side::receiver), [&](ForeignPlace& place) {
        struct Finish {
            ForeignPlace& place;
            ~Finish() { place.finish(); }
        };
        const Finish finish{place};  // says what was lost, also when a signal ends it
        return Delivery(place, foreign, waiting).run();
    });
}

int send_foreign(const EndpointRequest& request, const job::Foreign& foreign) {
    check_direction(0, O_WRONLY, "cannot read from standard input");
    watch_readers();
    return run_foreign(open_foreign(request, foreign, Side::sender),
                       [&](ForeignPlace& place) { return send_all(place, foreign); });
}

}  // namespace pipectl::helper
