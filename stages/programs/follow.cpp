// follow: a file that another process still appends to, from its beginning to its true end.
//
// Growth is told by inotify(7), the end by a pipe that the writer's supervisor holds. A background
// child of the writer may still have the file open then: a read lease, which the kernel refuses
// while anyone could write, says when the last one has gone; fcntl(2), F_SETLEASE. What was copied
// is given back to the file system, unless the file has a name and is to stay.

#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

#include "stages/base/error.hpp"
#include "stages/flow/jobs.hpp"
#include "stages/flow/moved.hpp"
#include "stages/flow/output.hpp"
#include "stages/flow/readers.hpp"
#include "stages/flow/waiting.hpp"

namespace pipectl::helper {

namespace {

constexpr int kFollowed = 0;
constexpr const char* kFollowedPath = "/proc/self/fd/0";
constexpr std::size_t kPiece = std::size_t{1} << 20;
constexpr std::size_t kReadBlock = std::size_t{64} << 10;
// A hole waits until the pages it frees have reached the disk (ext4), so there are few of them:
// what was read is mostly still in memory, and a short run never touches the disk at all.
constexpr off_t kHoleStep = off_t{64} << 20;
constexpr int kShortestPause = 1;  // milliseconds between looks where nothing tells
constexpr int kLongestPause = 50;

class Follower {
  public:
    explicit Follower(int end) : end_(end), growth_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {
        watched_ = growth_ && ::inotify_add_watch(growth_.get(), kFollowedPath,
                                                  IN_MODIFY | IN_CLOSE_WRITE) >= 0;
    }

    void run() {
        for (;;) {
            // asked before the copying: what was written before the end is then copied after it
            const bool last = writer_has_ended();
            if (copy_what_is_there()) {
                pause_ = kShortestPause;
                continue;
            }
            if (last && !pending_) return;
            wait();
        }
    }

  private:
    /// Copies one piece; false when there is nothing new, or the output takes nothing now.
    bool copy_what_is_there() {
        struct stat status {};
        if (::fstat(kFollowed, &status) != 0) throw SystemError(cannot_read(kFollowed), errno);
        pending_ = status.st_size > offset_;
        if (!pending_) return false;
        const std::size_t left = status.st_size - offset_;
        const std::size_t moved = move(std::min(left, kPiece));
        count_moved(kFollowed, moved);
        if (out_.gone()) end_without_readers();
        if (status.st_nlink == 0) give_back();
        return moved > 0;
    }

    std::size_t move(std::size_t size) {
        if (spliceable_ && out_.kind() == Output::Kind::pipe) {
            const ssize_t moved =
                ::splice(kFollowed, &offset_, out_.fd(), nullptr, size, SPLICE_F_NONBLOCK);
            if (moved >= 0) {
                out_.count(moved);
                return moved;
            }
            spliceable_ = errno != EINVAL;
            if (spliceable_) {
                out_.failed(errno);
                return 0;
            }
        }
        char block[kReadBlock];
        const ssize_t got = ::pread(kFollowed, block, std::min(size, sizeof block), offset_);
        if (got < 0) throw SystemError(cannot_read(kFollowed), errno);
        const std::size_t written = out_.write(block, got);
        offset_ += static_cast<off_t>(written);
        return written;
    }

    /// Whole steps only, so that no page that is still on its way in a pipe is changed by it. The
    /// descriptor is open for an instant alone: a writer of our own would refuse us the lease.
    void give_back() {
        const off_t needless = offset_ / kHoleStep * kHoleStep;
        if (needless <= given_back_) return;
        const Fd file(::open(kFollowedPath, O_WRONLY | O_CLOEXEC));
        if (file) {
            ::fallocate(file.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, given_back_,
                        needless - given_back_);
        }
        given_back_ = needless;
    }

    bool writer_has_ended() {
        if (!end_seen_) {
            end_seen_ = is_ready(end_, POLLIN);
            if (!end_seen_) return false;
        }
        if (::fcntl(kFollowed, F_SETLEASE, F_RDLCK) == 0) {
            ::fcntl(kFollowed, F_SETLEASE, F_UNLCK);
            return true;
        }
        // EACCES, EINVAL: no leases for us here; then the end's word must do
        return errno != EAGAIN;
    }

    void wait() {
        waiting_.clear();
        waiting_.add(out_.fd(), pending_ ? POLLOUT : 0);
        if (!pending_) {
            if (!end_seen_) waiting_.add(end_, POLLIN);
            if (watched_) waiting_.add(growth_.get(), POLLIN);
        }
        // IN_CLOSE_WRITE comes a moment before the kernel counts the writer out; without inotify
        // nothing tells at all
        const bool blind = !pending_ && (end_seen_ || !watched_);
        waiting_.wait(blind ? pause_ : -1);
        if (blind) pause_ = std::min(2 * pause_, kLongestPause);
        out_.look(waiting_.events(0));
        if (out_.gone()) end_without_readers();
        char events[4096];
        while (watched_ && ::read(growth_.get(), events, sizeof events) > 0) {
        }
    }

    Output out_{1};
    int end_;
    Fd growth_;
    bool watched_ = false;
    bool spliceable_ = true;
    bool pending_ = false;
    bool end_seen_ = false;
    off_t offset_ = 0;
    off_t given_back_ = 0;
    int pause_ = kShortestPause;
    Waiting waiting_;
};

}  // namespace

int run(const job::Follow& what) {
    struct stat status {};
    if (::fstat(kFollowed, &status) != 0 || !S_ISREG(status.st_mode)) {
        throw UsageError{"standard input is not a file"};
    }
    watch_readers();
    std::signal(SIGIO, SIG_IGN);  // sent when somebody wants to write while we have the lease
    Follower(what.end).run();
    return 0;
}

}  // namespace pipectl::helper
