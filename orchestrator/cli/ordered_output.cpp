#include "orchestrator/cli/ordered_output.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <utility>
#include <vector>

#include "stages/objects/spool.hpp"

namespace pipectl {

namespace {

/// So much goes into a pipe that poll(2) calls writable without waiting; pipe(7).
constexpr std::size_t kPipeBlock = PIPE_BUF;
constexpr std::size_t kFileBlock = std::size_t{256} << 10U;

std::size_t block_of_stdout() {
    struct stat status {};
    return ::fstat(STDOUT_FILENO, &status) == 0 && S_ISREG(status.st_mode) ? kFileBlock
                                                                           : kPipeBlock;
}

}  // namespace

OrderedOutput::OrderedOutput(bool any_order) : any_order_(any_order), block_(block_of_stdout()) {}

Fd OrderedOutput::new_file() {
    return channel::open_nameless(channel::spool_folder(), O_RDWR);
}

void OrderedOutput::add(std::size_t item, Fd file) {
    struct stat status {};
    // an empty file has no turn
    if (file && ::fstat(file.get(), &status) == 0 && status.st_size == 0) file.reset();
    if (any_order_) {
        if (file) ready_.push_back(std::move(file));
        return;
    }
    held_.emplace(item, std::move(file));
    while (!held_.empty() && held_.begin()->first == next_) {
        if (held_.begin()->second) ready_.push_back(std::move(held_.begin()->second));
        held_.erase(held_.begin());
        ++next_;
    }
}

void OrderedOutput::write_some() {
    if (ready_.empty()) return;
    std::vector<char> bytes(block_);
    const ssize_t got = ::pread(ready_.front().get(), bytes.data(), bytes.size(), at_);
    if (got <= 0) {
        if (got < 0) error_ = errno;
        ready_.pop_front();
        at_ = 0;
        return;
    }
    const ssize_t written = broken_ || error_ != 0 ? got
                                                   : ::write(STDOUT_FILENO, bytes.data(),
                                                             static_cast<std::size_t>(got));
    if (written >= 0) {
        at_ += written;
    } else if (errno == EPIPE) {
        broken_ = true;
    } else if (errno != EINTR && errno != EAGAIN) {
        error_ = errno;
    }
}

}  // namespace pipectl
