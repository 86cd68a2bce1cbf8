#include "tests/support/byte_stream.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "stages/base/error.hpp"
#include "stages/base/fd.hpp"

namespace pipectl::test {

std::string ByteStream::next(std::size_t size) {
    std::string bytes(size, '\0');
    std::size_t done = 0;
    while (done < size) {
        if (left_ == 0) {
            state_ ^= state_ << 13;
            state_ ^= state_ >> 7;
            state_ ^= state_ << 17;
            word_ = state_ * 0x2545f4914f6cdd1d;
            left_ = sizeof word_;
        }
        const std::size_t now = std::min(left_, size - done);
        std::memcpy(bytes.data() + done, reinterpret_cast<char*>(&word_) + sizeof word_ - left_,
                    now);
        left_ -= now;
        done += now;
    }
    return bytes;
}

int write_stream(int fd, std::size_t size, std::size_t piece, std::uint64_t seed) {
    ByteStream stream(seed);
    while (size > 0) {
        const std::size_t now = std::min(size, piece);
        if (const int error = write_all(fd, stream.next(now)); error != 0) return error;
        size -= now;
    }
    return 0;
}

std::int64_t check_stream(int fd, std::uint64_t seed) {
    ByteStream stream(seed);
    std::int64_t place = 0;
    std::string block(std::size_t{256} << 10, '\0');
    for (;;) {
        const ssize_t got = ::read(fd, block.data(), block.size());
        if (got == 0) return place;
        if (got < 0) {
            if (errno == EINTR) continue;
            throw SystemError("cannot read", errno);
        }
        const std::string expected = stream.next(static_cast<std::size_t>(got));
        const auto [there, here] = std::mismatch(expected.begin(), expected.end(), block.begin());
        if (there != expected.end()) return -1 - place - (there - expected.begin());
        place += got;
    }
}

}  // namespace pipectl::test
