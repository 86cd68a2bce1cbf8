#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>

#include "stages/base/fd.hpp"
#include "tests/misbehave/misbehave.hpp"
#include "tests/support/pattern.hpp"

namespace pipectl::test {

namespace {

/// Reads at most `length` bytes, as read(2) but never EINTR. Ends the program on an error.
std::size_t read_some(char* block, std::size_t length) {
    for (;;) {
        const ssize_t got = ::read(0, block, length);
        if (got >= 0) {
            return static_cast<std::size_t>(got);
        }
        if (errno != EINTR) {
            std::perror("misbehave: read");
            ::_exit(1);
        }
    }
}

int read_slowly(const Arguments& arguments) {
    const long long per_second = number(arguments, 0);
    const auto step = static_cast<std::size_t>(std::clamp(per_second / 100, 1LL, 65536LL));
    std::string block(step, '\0');
    Sum sum;
    while (const std::size_t got = read_some(block.data(), block.size())) {
        sum.add(block.data(), got);
        sleep_ms(std::max(1000 * static_cast<long long>(got) / per_second, 1LL));
    }
    say(1, to_line(sum));
    return 0;
}

int read_then_exit(const Arguments& arguments) {
    auto left = static_cast<std::size_t>(number(arguments, 0));
    char block[65536];
    while (left > 0) {
        const std::size_t got = read_some(block, std::min(left, sizeof block));
        if (got == 0) {
            break;
        }
        left -= got;
    }
    return static_cast<int>(number(arguments, 1, 0));
}

/// Each time it waits as long as its own number and what it has read so far say: up to 2 ms.
int dawdle(const Arguments& arguments) {
    constexpr std::uint64_t kFactor = 0x9E3779B97F4A7C15ULL;
    std::uint64_t state = static_cast<std::uint64_t>(::getpid()) * kFactor;
    const auto most = static_cast<std::uint64_t>(number(arguments, 0, 65536));
    std::string block(most, '\0');
    for (;;) {
        state = (state ^ (state >> 29)) * kFactor + 1;
        const std::size_t got = read_some(block.data(), 1 + state % most);
        if (got == 0) return 0;
        ::usleep(static_cast<useconds_t>(state >> 53));
        say(1, block.substr(0, got));
    }
}

// Reads when its writer has come to rest, so that the writer sleeps in the middle of a write.
int read_when_full(const Arguments& arguments) {
    int before = -1;
    for (int same = 0; same < 10; sleep_ms(5)) {
        int waiting = 0;
        ::ioctl(0, FIONREAD, &waiting);
        same = waiting > 0 && waiting == before ? same + 1 : 0;
        before = waiting;
    }
    return read_then_exit(arguments);
}

void write_pattern(std::uint64_t bytes, std::size_t chunk) {
    for (std::uint64_t at = 0; at < bytes;) {
        const auto now = static_cast<std::size_t>(std::min<std::uint64_t>(chunk, bytes - at));
        say(1, pattern(at, now));
        at += now;
    }
}

int write_bytes(const Arguments& arguments) {
    write_pattern(static_cast<std::uint64_t>(number(arguments, 0)),
                  static_cast<std::size_t>(number(arguments, 1, 65536)));
    return 0;
}

int emit_then_fail(const Arguments& arguments) {
    write_pattern(static_cast<std::uint64_t>(number(arguments, 0)), 65536);
    return static_cast<int>(number(arguments, 1));
}

int write_stderr(const Arguments& arguments) {
    const long long lines = number(arguments, 0);
    for (long long i = 1; i <= lines; ++i) {
        say(2, "line " + std::to_string(i) + " of " + std::to_string(lines) + "\n");
    }
    return static_cast<int>(number(arguments, 1, 0));
}

int write_forever(const Arguments&) {
    const std::string block = pattern(0, 65536);
    for (;;) {
        say(1, block);
    }
}

int ignore_sigpipe_writer(const Arguments& arguments) {
    ::signal(SIGPIPE, SIG_IGN);
    return write_forever(arguments);
}

// The description may be shared: only a second one of our own is made non-blocking.
int fill_pipe(const Arguments& arguments) {
    const std::string block(4096, 'x');
    Fd own(::open("/proc/self/fd/1", O_WRONLY | O_NONBLOCK | O_CLOEXEC));
    for (;;) {
        const ssize_t sent = own ? ::write(own.get(), block.data(), block.size())
                                 : ::send(1, block.data(), block.size(), MSG_DONTWAIT);
        if (sent < 0 && errno != EINTR) {
            break;
        }
    }
    own.reset();
    if (!arguments.empty()) {
        announce(arguments[0], "full\n");
    }
    sleep_long();
}

int close_and_live(int fd, const Arguments& arguments) {
    ::close(fd);
    if (arguments.size() > 1) {
        announce(arguments[1], std::to_string(::getpid()) + "\n");
    }
    sleep_ms(number(arguments, 0, 1000) * 1000);
    return 0;
}

int close_stdout(const Arguments& arguments) {
    return close_and_live(1, arguments);
}

int close_stdin(const Arguments& arguments) {
    return close_and_live(0, arguments);
}

int set_nonblocking_fd(const Arguments& arguments) {
    set_nonblocking(static_cast<int>(number(arguments, 0)), true);
    return 0;
}

int sum(const Arguments& arguments) {
    char block[65536];
    Sum total;
    while (const std::size_t got = read_some(block, sizeof block)) {
        total.add(block, got);
    }
    if (!arguments.empty()) {
        announce(arguments[0], to_line(total));  // proof that the end of data was seen
    }
    say(1, to_line(total));
    return 0;
}

// Passes data on, and pauses in the middle of every line.
int torn_lines(const Arguments& arguments) {
    const long long lines = number(arguments, 0);
    const std::string word = arguments.size() > 1 ? arguments[1] : "line";
    for (long long i = 1; i <= lines; ++i) {
        say(1, word + " " + std::to_string(i));
        sleep_ms(1);
        say(1, " end\n");
    }
    return 0;
}

constexpr Misbehaviour kTable[] = {
    {"write", "BYTES [CHUNK]", "writes the pattern", write_bytes},
    {"write-forever", "", "writes until it is ended", write_forever},
    {"write-stderr", "LINES [STATUS]", "writes numbered lines to stderr", write_stderr},
    {"emit-then-fail", "BYTES STATUS", "writes the pattern, then fails", emit_then_fail},
    {"torn-lines", "LINES [WORD]", "writes lines in two pieces with a pause", torn_lines},
    {"ignore-sigpipe-writer", "", "writes until EPIPE, says so and exits with 1",
     ignore_sigpipe_writer},
    {"fill-pipe", "[FILE]", "fills stdout to the brim, tells FILE, sleeps", fill_pipe},
    {"close-stdout-and-live", "[SECONDS] [FILE]", "closes stdout and sleeps", close_stdout},
    {"close-stdin-and-live", "[SECONDS] [FILE]", "closes stdin and sleeps", close_stdin},
    {"set-nonblocking", "FD", "sets O_NONBLOCK on the description", set_nonblocking_fd},
    {"read-slowly", "BYTES-PER-SECOND", "reads all at that rate, then prints the sum", read_slowly},
    {"read-then-exit", "BYTES [STATUS]", "reads so much and leaves", read_then_exit},
    {"dawdle", "[MOST]", "copies stdin, up to MOST bytes at a time, with pauses", dawdle},
    {"read-when-full", "BYTES [STATUS]", "the same, when its writer has come to rest",
     read_when_full},
    {"sum", "[FILE]", "reads all, prints count and checksum, also to FILE", sum},
};

}  // namespace

std::span<const Misbehaviour> streams() {
    return kTable;
}

}  // namespace pipectl::test
