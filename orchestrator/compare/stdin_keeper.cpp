#include "orchestrator/compare/stdin_keeper.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>

#include "stages/base/fd.hpp"

namespace pipectl::compare {

namespace {

constexpr std::size_t kBlock = 64 << 10;
constexpr std::size_t kPage = 4096;

/// Waits until `fd` is ready for `event` or has ended. False: we are to stop.
bool wait_for(int fd, short event, int stop) {
    std::array<pollfd, 2> polled{{{fd, event, 0}, {stop, POLLIN, 0}}};
    while (::poll(polled.data(), polled.size(), -1) < 0 && errno == EINTR) {
    }
    return polled[1].revents == 0;
}

/// The first bytes of stdin without taking them: of a pipe by tee(2), of a socket by MSG_PEEK. -1
/// where that cannot be.
ssize_t peek(char* block, std::size_t size) {
    const PipeEnds copy = make_pipe();
    const ssize_t copied = ::tee(STDIN_FILENO, copy.writer.get(), size, 0);
    if (copied > 0) return ::read(copy.reader.get(), block, copied);
    if (copied == 0) return 0;
    return ::recv(STDIN_FILENO, block, size, MSG_PEEK);
}

/// Takes so many bytes, which are there.
void take(std::size_t size) {
    std::array<char, kPage> block{};
    while (size > 0) {
        const ssize_t got = ::read(STDIN_FILENO, block.data(), std::min(size, block.size()));
        if (got <= 0 && errno != EINTR) return;
        size -= std::max<ssize_t>(got, 0);
    }
}

class Keeper {
  public:
    Keeper(int file, int run, int stop) : file_(file), run_(run), stop_(stop) {
        // room for one buffer: there is room again when all of the block has been read
        ::fcntl(run_, F_SETPIPE_SZ, kPage);
        set_nonblocking(run_, true);
    }

    int keep() {
        if (!offer_first()) return code_;
        ::fcntl(run_, F_SETPIPE_SZ, kBlock);
        while (wait_for(STDIN_FILENO, POLLIN, stop_)) {
            const ssize_t got = ::read(STDIN_FILENO, block_.data(), block_.size());
            if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
            if (got < 0) return errno;
            if (got == 0 || !pass(got)) return code_;
        }
        return 0;
    }

  private:
    /// False: it is over.
    bool offer_first() {
        if (!wait_for(STDIN_FILENO, POLLIN, stop_)) return false;
        const ssize_t seen = peek(block_.data(), kPage);
        if (seen < 0) return true;
        if (seen == 0) return false;
        const std::size_t size = seen;
        if (!pass(size)) return false;
        const bool goes_on = wait_for(run_, POLLOUT, stop_);
        int left = 0;
        ::ioctl(run_, FIONREAD, &left);
        take(size - static_cast<std::size_t>(std::max(left, 0)));
        return goes_on && left == 0;
    }

    /// The block to the file and to the run. False: it is over.
    bool pass(std::size_t size) {
        std::string_view data(block_.data(), size);
        code_ = write_all(file_, data);
        while (code_ == 0 && !data.empty()) {
            if (!wait_for(run_, POLLOUT, stop_)) return false;
            const ssize_t written = ::write(run_, data.data(), data.size());
            if (written >= 0) {
                data.remove_prefix(written);
            } else if (errno != EINTR && errno != EAGAIN) {
                code_ = errno == EPIPE ? 0 : errno;
                return false;
            }
        }
        return code_ == 0;
    }

    int file_;
    int run_;
    int stop_;
    int code_ = 0;
    std::array<char, kBlock> block_{};
};

}  // namespace

int keep_stdin(int file, int run, int stop) {
    static Keeper keeper(file, run, stop);  // too large for a stack
    return keeper.keep();
}

}  // namespace pipectl::compare
