#include "stages/flow/output.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>

#include "stages/base/error.hpp"
#include "stages/flow/jobs.hpp"
#include "stages/flow/moved.hpp"
#include "stages/flow/readers.hpp"
#include "stages/flow/waiting.hpp"

namespace pipectl::helper {

namespace {

Output::Kind output_kind(int fd) {
    struct stat status {};
    if (::fstat(fd, &status) != 0) throw SystemError(cannot_write(fd), errno);
    if (S_ISFIFO(status.st_mode)) return Output::Kind::pipe;
    if (S_ISSOCK(status.st_mode)) return Output::Kind::socket;
    return ::isatty(fd) != 0 ? Output::Kind::terminal : Output::Kind::file;
}

/// The same object with an open file description of our own, non-blocking; proc_pid_fd(5).
Fd open_privately(int fd) {
    const std::string path = "/proc/self/fd/" + std::to_string(fd);
    return Fd(::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
}

}  // namespace

Output::Output(int fd) : fd_(fd), number_(fd), kind_(output_kind(fd)) {
    if (kind_ == Kind::pipe || kind_ == Kind::terminal) {
        Fd own = open_privately(fd);
        whole_writes_ = own.valid();
        if (own) fd_ = std::move(own);
    }
}

std::size_t Output::write(const char* data, std::size_t size) {
    if (gone_) return 0;
    ssize_t written = 0;
    if (kind_ == Kind::socket) {
        written = ::send(fd_.get(), data, size, MSG_DONTWAIT | MSG_NOSIGNAL);
    } else if (whole_writes_) {
        written = ::write(fd_.get(), data, size);
    } else if (is_ready(fd_.get(), POLLOUT)) {
        // POLLOUT promises room for PIPE_BUF bytes; pipe(7)
        written = ::write(fd_.get(), data, std::min<std::size_t>(size, PIPE_BUF));
    }
    if (written >= 0) {
        count(written);
        return written;
    }
    failed(errno);
    return 0;
}

void Output::count(std::size_t bytes) const {
    count_moved(number_, bytes);
}

void Output::failed(int error) {
    if (is_reader_gone(error)) {
        leave();
    } else if (error != EAGAIN && error != EINTR) {
        throw SystemError(cannot_write(number_), error);
    }
}

void Output::leave() {
    gone_ = true;
    fd_.reset();
}

void Output::finish() {
    fd_.reset();
    tell_finished(number_);
}

void Output::look(short events) {
    if (!gone_ && ((events & (POLLERR | POLLHUP)) != 0 || was_told(number_))) leave();
}

}  // namespace pipectl::helper
