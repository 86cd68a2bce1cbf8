#pragma once

// A file descriptor with one owner.
//
// Every descriptor the program opens is put into an Fd on the line after the system call, and is
// close-on-exec from birth; a bare `int fd` in a signature is borrowed. What a child process gets
// is said by its descriptor table, never by what happened to be open.

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace pipectl {

class Fd {
  public:
    Fd() = default;
    explicit Fd(int fd) noexcept : fd_(fd) {}
    Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Fd& operator=(Fd&& other) noexcept {
        if (this != &other) {
            reset(std::exchange(other.fd_, -1));
        }
        return *this;
    }
    Fd(const Fd&) = delete;
    Fd& operator=(const Fd&) = delete;
    ~Fd() { reset(); }

    [[nodiscard]] int get() const noexcept { return fd_; }
    [[nodiscard]] bool valid() const noexcept { return fd_ >= 0; }
    explicit operator bool() const noexcept { return valid(); }

    /// Gives the descriptor away; the caller closes it.
    [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }

    /// Closes what is held and holds `fd` instead. Errors of close(2) are ignored: who must know
    /// whether data reached the disk calls fsync(2) first.
    void reset(int fd = -1) noexcept;

  private:
    int fd_ = -1;
};

/// The two ends of an anonymous pipe, both close-on-exec; pipe(7).
struct PipeEnds {
    Fd reader;
    Fd writer;
};

/// Makes a pipe. Throws SystemError (EMFILE, ENFILE).
PipeEnds make_pipe();

/// A second descriptor for the same open file description, close-on-exec. Throws SystemError.
Fd duplicate(int fd);

/// Sets or clears O_NONBLOCK on the open file description. Throws SystemError.
void set_nonblocking(int fd, bool on);

/// Writes all of `data`, going on after EINTR and short writes; waits in poll(2) when the
/// description is non-blocking. Returns 0, or the errno that stopped it.
int write_all(int fd, std::string_view data) noexcept;

/// Reads to the end of file, at most `limit` bytes. Throws SystemError; a longer file is EFBIG.
std::string read_all(int fd, std::size_t limit, const std::string& name);

/// The content of a small file such as one of /proc; empty when it cannot be read.
std::string read_small_file(const std::string& path);

}  // namespace pipectl
