// keep: a stream on its way to its reader, kept beside it in a file; play: what was kept.

#include <fcntl.h>
#include <poll.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <string_view>
#include <vector>

#include "stages/base/digest.hpp"
#include "stages/base/error.hpp"
#include "stages/base/fd.hpp"
#include "stages/flow/jobs.hpp"
#include "stages/flow/pass_on.hpp"
#include "stages/flow/readers.hpp"
#include "stages/objects/kept_stream.hpp"

namespace pipectl::helper {

namespace {

constexpr std::size_t kRecordBlock = std::size_t{256} << 10;

/// What is kept so far. An error of its disk is no error of the stream, which goes on to its
/// reader; nothing is kept then, and the room is given back.
class StreamRecorder final : public Onlooker {
  public:
    StreamRecorder(int file, std::uint64_t most) : file_(file), most_(most) {}

    bool wants_bytes() override { return true; }
    void miss(std::size_t /*bytes*/) override { stop(EIO); }
    void see(std::string_view bytes) override { add(bytes.data(), bytes.size()); }

    void finish() {
        head_.length = digest_.length();
        head_.digest = digest_.value();
        const off_t size = channel::kStreamStart + static_cast<off_t>(head_.length);
        if (head_.error == 0 && ::ftruncate(file_, size) != 0) head_.error = errno;
        (void)channel::write_head(file_, head_);  // without one nothing is kept
    }

  private:
    void add(const char* data, std::size_t size) {
        if (head_.error != 0) return;
        if (size > most_ - digest_.length()) return stop(EFBIG);
        const off_t at = channel::kStreamStart + static_cast<off_t>(digest_.length());
        for (std::size_t done = 0; done < size;) {
            const ssize_t written =
                ::pwrite(file_, data + done, size - done, at + static_cast<off_t>(done));
            if (written < 0 && errno == EINTR) continue;
            if (written <= 0) return stop(written == 0 ? EIO : errno);
            done += written;
        }
        digest_.add(data, size);
    }

    void stop(int error) {
        head_.error = error;
        if (::ftruncate(file_, 0) != 0) head_.error = errno;
    }

    int file_;
    std::uint64_t most_;
    Digest digest_;
    channel::StreamHead head_;
};

}  // namespace

int run(const job::Keep& what) {
    watch_readers();
    StreamRecorder recorder(what.outputs.numbers[1],
                            what.most.value_or(std::numeric_limits<std::uint64_t>::max()));
    switch (PassOn(recorder, what.outputs.numbers[0]).run()) {
        case PassOn::End::ended: recorder.finish(); break;
        case PassOn::End::left: end_without_readers();
        case PassOn::End::signalled: PassOn::die_of_signal();
    }
    return 0;
}

/// Whoever starts it has held the bytes against their digest.
int play(const Arguments& arguments) {
    if (!arguments.empty()) throw UsageError{"takes no arguments"};
    const auto head = channel::read_head(STDIN_FILENO);
    if (!head || head->error != 0) throw UsageError{"standard input is no stream that was kept"};
    off_t at = channel::kStreamStart;
    std::vector<char> block;
    for (std::uint64_t left = head->length; left > 0;) {
        const std::size_t size = std::min<std::uint64_t>(left, std::uint64_t{1} << 30);
        ssize_t moved = -1;
        if (block.empty()) moved = ::sendfile(STDOUT_FILENO, STDIN_FILENO, &at, size);
        if (moved < 0 && block.empty() && errno == EINVAL) block.resize(kRecordBlock);
        if (!block.empty()) {  // opened with O_APPEND, a device; sendfile(2)
            const ssize_t got =
                ::pread(STDIN_FILENO, block.data(), std::min(size, block.size()), at);
            if (got > 0) {
                const std::string_view piece(block.data(), static_cast<std::size_t>(got));
                errno = write_all(STDOUT_FILENO, piece);
                moved = errno == 0 ? got : -1;
                at += got;
            } else {
                moved = got;
            }
        }
        if (moved < 0 && errno == EINTR) continue;
        if (moved < 0 && errno == EAGAIN) {
            pollfd room{STDOUT_FILENO, POLLOUT, 0};
            (void)::poll(&room, 1, -1);
            continue;
        }
        if (moved < 0) throw SystemError(cannot_write(STDOUT_FILENO), errno);
        if (moved == 0) throw SystemError(cannot_read(STDIN_FILENO), EIO);
        left -= moved;
    }
    return 0;
}

}  // namespace pipectl::helper
