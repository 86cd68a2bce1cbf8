#include "stages/native/plain.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <cerrno>

#include "stages/base/error.hpp"

namespace pipectl::native {

namespace {

constexpr std::size_t kBlock = std::size_t{256} << 10;

}  // namespace

std::span<char> PlainSender::reserve(std::size_t wanted) {
    const std::size_t size = std::clamp<std::size_t>(wanted, 1, kBlock);
    if (room_.size() < size) room_.resize(size);
    return std::span(room_).first(size);
}

void PlainSender::commit(std::size_t size, bool /*ends_record*/) {
    assert(size <= room_.size());
    // a reader that has gone is SIGPIPE's to tell, as for every filter
    const int error = write_all(fd_.get(), {room_.data(), size});
    if (error == EPIPE || error == ECONNRESET) throw channel::PeerGone();
    if (error != 0) throw SystemError("cannot write", error);
}

void PlainSender::finish() {
    fd_.reset();
}

channel::Piece PlainReceiver::peek() {
    if (block_.empty()) block_.resize(kBlock);
    while (begin_ == end_ && !ended_) {
        const ssize_t got = ::read(fd_.get(), block_.data(), block_.size());
        if (got >= 0) {
            begin_ = 0;
            end_ = got;
            ended_ = got == 0;
        } else if (errno == EAGAIN) {
            pollfd waiting{fd_.get(), POLLIN, 0};
            ::poll(&waiting, 1, -1);
        } else if (errno != EINTR) {
            throw SystemError("cannot read", errno);
        }
    }
    return {std::span<const char>(block_).subspan(begin_, end_ - begin_), false, ended_};
}

void PlainReceiver::release(std::size_t size) {
    assert(size <= end_ - begin_);
    begin_ += size;
}

}  // namespace pipectl::native
