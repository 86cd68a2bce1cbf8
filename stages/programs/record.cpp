// record: standard input to standard output, and every byte of it into a recording.
//
// From pipe to pipe the bytes are doubled by tee(2) before they are read, so that only the
// recording takes copies. A reader that waits for us waits for the disk too: nothing is left out.
// What was recorded may be more than the reader took: by as much as a pipe holds.

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <string_view>
#include <vector>

#include "stages/base/error.hpp"
#include "stages/base/signals.hpp"
#include "stages/flow/jobs.hpp"
#include "stages/flow/moved.hpp"
#include "stages/flow/output.hpp"
#include "stages/flow/readers.hpp"
#include "stages/recording/writer.hpp"

namespace pipectl::helper {

namespace {

constexpr int kRecorded = 0;
constexpr int kPassedOn = 1;
constexpr std::size_t kRecordBlock = std::size_t{256} << 10;

volatile std::sig_atomic_t ended_by;

void on_ending_signal(int signal) {
    ended_by = signal;
}

bool is_pipe(int fd) {
    struct stat info {};
    return ::fstat(fd, &info) == 0 && S_ISFIFO(info.st_mode);
}

class Recorder {
  public:
    explicit Recorder(const job::Record& what)
        : edge_(static_cast<std::uint32_t>(what.edge)),
          recording_(what.file),
          out_(kPassedOn),
          doubles_(is_pipe(kRecorded) && out_.kind() == Output::Kind::pipe),
          block_(kRecordBlock) {
        // they come in ppoll(2) alone: a block is never cut short by one
        const sigset_t ending = signal_set(kEndingSignals);
        ::sigprocmask(SIG_BLOCK, &ending, &waiting_mask_);
        for (const int signal : kEndingSignals) {
            struct sigaction action {};
            ::sigaction(signal, nullptr, &action);
            if (action.sa_handler == SIG_IGN) continue;
            action = {};
            action.sa_handler = on_ending_signal;
            ::sigaction(signal, &action, nullptr);
            ::sigdelset(&waiting_mask_, signal);
        }
    }

    void run() {
        while (ended_by == 0 && !out_.gone() && pass_some()) {
        }
        if (out_.gone()) {
            end(recording::Sort::left);
            end_without_readers();
        }
        if (ended_by != 0) {
            end(recording::Sort::cancelled);
            die_of(ended_by);
        }
        end(recording::Sort::ended);
    }

  private:
    /// False at the end of data.
    bool pass_some() {
        wait(kRecorded, POLLIN);
        if (ended_by != 0 || out_.gone()) return true;
        return doubles_ ? double_some() : copy_some();
    }

    bool double_some() {
        const ssize_t doubled = ::tee(kRecorded, out_.fd(), kRecordBlock, SPLICE_F_NONBLOCK);
        if (doubled == 0) return false;
        if (doubled < 0) {
            const int error = errno;
            if (error == EINVAL) {
                doubles_ = false;
                return true;
            }
            out_.failed(error);
            // there is something to read, so it is the reader who is waited for
            if (!out_.gone()) wait(-1, 0);
            return true;
        }
        out_.count(doubled);
        for (std::size_t left = doubled; left > 0;) {
            left -= record(read_some(left));
        }
        return true;
    }

    bool copy_some() {
        const std::size_t got = record(read_some(kRecordBlock));
        std::size_t done = 0;
        while (done < got && !out_.gone() && ended_by == 0) {
            const std::size_t written = out_.write(block_.data() + done, got - done);
            done += written;
            if (written == 0 && !out_.gone()) wait(-1, 0);
        }
        return got > 0;
    }

    std::size_t read_some(std::size_t most) {
        for (;;) {
            const ssize_t got = ::read(kRecorded, block_.data(), most);
            if (got >= 0) {
                count_moved(kRecorded, got);
                return got;
            }
            if (errno == ECONNRESET) return 0;
            if (errno != EINTR && errno != EAGAIN) throw SystemError(cannot_read(kRecorded), errno);
        }
    }

    std::size_t record(std::size_t size) {
        if (size > 0) {
            recording_.append({recording::Sort::data, edge_, passed_, size},
                              std::string_view(block_.data(), size));
        }
        passed_ += size;
        return size;
    }

    void end(recording::Sort how) { recording_.append({how, edge_, passed_, 0}, {}); }

    /// For something to read (-1: for room), for the reader's leaving, or for a signal.
    void wait(int in, short events) {
        pollfd waited[2] = {{in, events, 0},
                            {out_.fd(), static_cast<short>(in < 0 ? POLLOUT : 0), 0}};
        if (::ppoll(waited, 2, nullptr, &waiting_mask_) < 0) {
            if (errno != EINTR) throw SystemError("cannot wait for the data", errno);
            return;
        }
        out_.look(waited[1].revents);
    }

    [[noreturn]] static void die_of(int signal) {
        std::signal(signal, SIG_DFL);
        ::raise(signal);
        const sigset_t set = signal_set({signal});
        ::sigprocmask(SIG_UNBLOCK, &set, nullptr);
        ::_exit(128 + signal);
    }

    std::uint32_t edge_;
    recording::Writer recording_;
    Output out_;
    bool doubles_;
    std::vector<char> block_;
    std::uint64_t passed_ = 0;
    sigset_t waiting_mask_{};
};

}  // namespace

int run(const job::Record& what) {
    watch_readers();
    Recorder(what).run();
    return 0;
}

}  // namespace pipectl::helper
