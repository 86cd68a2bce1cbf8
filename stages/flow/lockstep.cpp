#include "stages/flow/lockstep.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "stages/base/error.hpp"
#include "stages/flow/jobs.hpp"
#include "stages/flow/moved.hpp"
#include "stages/flow/readers.hpp"

namespace pipectl::helper {

namespace {

constexpr std::size_t kAll = std::size_t{1} << 24;  // more than a pipe holds
constexpr std::size_t kPassedBlock = std::size_t{64} << 10;
constexpr int kOwnPipeSize = 1 << 20;

PipeEnds own_pipe() {
    PipeEnds ends = make_pipe();
    ::fcntl(ends.writer.get(), F_SETPIPE_SZ, kOwnPipeSize);  // less will do
    return ends;
}

bool is_pipe(int fd) {
    struct stat status {};
    return ::fstat(fd, &status) == 0 && S_ISFIFO(status.st_mode);
}

std::size_t readable(int pipe) {
    int bytes = 0;
    return ::ioctl(pipe, FIONREAD, &bytes) == 0 ? bytes : 0;
}

bool has_no_writer(int pipe) {
    pollfd waiting{pipe, 0, 0};
    return ::poll(&waiting, 1, 0) > 0 && (waiting.revents & POLLHUP) != 0;
}

/// No writer is left, and nothing of what they wrote.
bool has_ended(int pipe) {
    return has_no_writer(pipe) && readable(pipe) == 0;
}

}  // namespace

Lockstep::Branch::Branch(int fd) : out(fd) {
    if (!direct()) own = own_pipe();
}

int Lockstep::Branch::target() const {
    return direct() ? out.fd() : own.writer.get();
}

bool Lockstep::Branch::deliver() {
    if (begin == end) {
        if (held == 0) return false;
        // a socket is told "not now" only by send(2): its description may be somebody else's too
        if (spliceable && out.kind() == Output::Kind::file) {
            const ssize_t moved =
                ::splice(own.reader.get(), nullptr, out.fd(), nullptr, held, SPLICE_F_MOVE);
            if (moved > 0) {
                held -= moved;
                out.count(moved);
                return true;
            }
            spliceable = moved < 0 && errno != EINVAL;  // EINVAL: opened with O_APPEND, a device
            if (spliceable) out.failed(errno);
            return !spliceable || out.gone();
        }
        buffer.resize(kPassedBlock);
        const ssize_t got = ::read(own.reader.get(), buffer.data(), std::min(held, kPassedBlock));
        if (got <= 0) return false;
        begin = 0;
        end = got;
        held -= end;
    }
    const std::size_t written = out.write(buffer.data() + begin, end - begin);
    begin += written;
    return written > 0 || out.gone();
}

Lockstep::Lockstep(const std::vector<int>& outputs)
    : nowhere_(::open("/dev/null", O_WRONLY | O_CLOEXEC)) {
    branches_.reserve(outputs.size());
    for (const int fd : outputs) {
        branches_.emplace_back(fd);
    }
}

void Lockstep::copy(int in) {
    in_ = in;
    ended_ = false;
    source_ = is_pipe(in) ? PipeEnds{} : own_pipe();
    while (!branches_.empty() && (!ended_ || !delivered())) {
        bool moved = fill();
        moved = advance() || moved;
        for (Branch& branch : branches_) {
            moved = branch.deliver() || moved;
            branch.out.look(0);
        }
        drop_gone();
        finish_complete();
        if (moved) source_full_ = false;
        if (!moved && !branches_.empty() && !(ended_ && delivered())) wait();
    }
}

/// Puts input that is not a pipe's into our own pipe.
bool Lockstep::fill() {
    // poll(2) first: a TCP socket ignores SPLICE_F_NONBLOCK
    if (!source_.reader || ended_ || source_full_ || !is_ready(in_, POLLIN)) return false;
    ssize_t got = ::splice(in_, nullptr, source_.writer.get(), nullptr, kAll, SPLICE_F_NONBLOCK);
    if (got < 0 && errno == EINVAL) {  // a terminal, a device
        source_full_ = readable(head()) > 0;
        if (source_full_) return false;
        char block[4096];
        got = ::read(in_, block, sizeof block);
        if (got > 0) write_all(source_.writer.get(), {block, static_cast<std::size_t>(got)});
    }
    if (got < 0 && errno != EAGAIN && errno != EINTR) {
        throw SystemError(cannot_read(in_), errno);
    }
    if (got > 0) count_moved(in_, got);
    source_full_ = got < 0;
    ended_ = got == 0;
    return got >= 0;
}

/// Gives each branch that is at the head what comes next, and moves the head on.
bool Lockstep::advance() {
    bool moved = false;
    for (Branch& branch : branches_) {
        if (branch.ahead == 0 && !branch.out.gone()) moved = give(branch) || moved;
    }
    return moved;
}

bool Lockstep::give(Branch& branch) {
    std::size_t behind = kAll;  // what all the others have beyond the head
    for (const Branch& other : branches_) {
        if (&other != &branch && !other.out.gone()) behind = std::min(behind, other.ahead);
    }
    const bool last = behind > 0;
    const ssize_t got = last ? ::splice(head(), nullptr, branch.target(), nullptr, behind,
                                        SPLICE_F_MOVE | SPLICE_F_NONBLOCK)
                             : ::tee(head(), branch.target(), kAll, SPLICE_F_NONBLOCK);
    if (got < 0) {
        branch.out.failed(errno);
        return branch.out.gone();
    }
    const std::size_t bytes = got;
    if (bytes == 0) {
        ended_ = has_ended(head());  // or a stranger filled the output's pipe at this moment
        return false;
    }
    if (branch.direct()) {
        branch.out.count(bytes);
    } else {
        branch.held += bytes;
    }
    if (last) {
        head_moved(bytes);
        for (Branch& other : branches_) {
            if (&other != &branch) other.ahead -= std::min(other.ahead, bytes);
        }
    } else {
        branch.ahead = bytes;
    }
    return true;
}

/// Bytes have left the pipe that is read. Of an input that is none, fill() counts them.
void Lockstep::head_moved(std::size_t bytes) const {
    if (!source_.reader) count_moved(in_, bytes);
}

void Lockstep::drop_gone() {
    std::erase_if(branches_, [](const Branch& branch) { return branch.out.gone(); });
    if (branches_.empty()) {
        if (!finished_) end_without_readers();
        return;
    }
    // when the one that was behind has left, the others may all be ahead of the head
    std::size_t least = kAll;
    for (const Branch& branch : branches_) {
        least = std::min(least, branch.ahead);
    }
    if (least == 0) return;
    const ssize_t dropped = ::splice(head(), nullptr, nowhere_.get(), nullptr, least, 0);
    if (dropped <= 0) throw SystemError(cannot_read(in_), dropped == 0 ? EIO : errno);
    head_moved(dropped);
    for (Branch& branch : branches_) {
        branch.ahead -= dropped;
    }
}

/// A branch that has everything sees the end, though a slower one is still behind it: its reader
/// may be what that one waits for.
void Lockstep::finish_complete() {
    if (branches_.size() < 2 || !(source_.reader ? ended_ : has_no_writer(in_))) return;
    const std::size_t rest = readable(head());
    const auto complete = [rest](const Branch& branch) {
        return branch.ahead == rest && !branch.holds_data();
    };
    for (Branch& branch : branches_) {
        if (!complete(branch)) continue;
        branch.out.finish();
        finished_ = true;
    }
    std::erase_if(branches_, complete);
}

bool Lockstep::delivered() const {
    return std::none_of(
               branches_.begin(), branches_.end(),
               [](const Branch& branch) { return branch.ahead > 0 || branch.holds_data(); }) &&
           readable(head()) == 0;
}

void Lockstep::wait() {
    const bool data = readable(head()) > 0;
    waiting_.clear();
    for (const Branch& branch : branches_) {
        // The input may have come after the last look at it: there is nothing to wait for then.
        if (data && branch.ahead == 0 && !branch.direct() && !branch.holds_data()) return;
        const bool full = branch.direct() ? data && branch.ahead == 0 : branch.holds_data();
        waiting_.add(branch.out.fd(), full ? POLLOUT : 0);
    }
    if (!ended_ && !source_full_) {
        if (!data || source_.reader) {
            waiting_.add(in_, POLLIN);
        } else if (!has_no_writer(in_)) {
            // slower branches have all they can take; faster ones wait for the end
            waiting_.add(in_, 0);
        }
    }
    waiting_.wait();
    for (std::size_t i = 0; i < branches_.size(); ++i) {
        branches_[i].out.look(waiting_.events(i));
    }
    drop_gone();
}

}  // namespace pipectl::helper
