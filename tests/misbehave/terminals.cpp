#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>

#include "stages/base/fd.hpp"
#include "tests/misbehave/misbehave.hpp"

namespace pipectl::test {

namespace {

Fd open_terminal() {
    Fd terminal(::open("/dev/tty", O_RDWR | O_CLOEXEC));
    if (!terminal) {
        std::perror("misbehave: /dev/tty");
        ::_exit(1);
    }
    return terminal;
}

int raw_and_die(const Arguments& arguments) {
    const Fd terminal = open_terminal();
    termios raw{};
    ::tcgetattr(terminal.get(), &raw);
    ::cfmakeraw(&raw);
    ::tcsetattr(terminal.get(), TCSANOW, &raw);
    ::raise(arguments.empty() ? SIGKILL : signal_in(arguments, 0));
    return 65;
}

int raw_terminal(const Arguments& arguments) {
    const Fd terminal = open_terminal();
    termios raw{};
    ::tcgetattr(terminal.get(), &raw);
    ::cfmakeraw(&raw);
    ::tcsetattr(terminal.get(), TCSANOW, &raw);
    announce(text(arguments, 0), std::to_string(::getpid()) + "\n");
    sleep_long();
}

int take_terminal_and_die(const Arguments&) {
    const Fd terminal = open_terminal();
    ::signal(SIGTTOU, SIG_IGN);  // or taking it from the background would stop us
    ::setpgid(0, 0);
    if (::tcsetpgrp(terminal.get(), ::getpgrp()) != 0) {
        std::perror("misbehave: tcsetpgrp");
        return 1;
    }
    ::raise(SIGKILL);
    return 65;
}

int read_tty(const Arguments&) {
    const Fd terminal = open_terminal();
    say(terminal.get(), "answer? ");
    char answer[256];
    const ssize_t length = ::read(terminal.get(), answer, sizeof answer);
    say(1, "answer: " + std::string(answer, length > 0 ? static_cast<std::size_t>(length) : 0));
    return length > 0 ? 0 : 1;
}

volatile sig_atomic_t resized = 0;

int wait_for_resize(const Arguments& arguments) {
    struct sigaction action {};
    action.sa_handler = [](int) { resized = 1; };
    ::sigaction(SIGWINCH, &action, nullptr);
    if (!arguments.empty()) {
        announce(arguments[0], std::to_string(::getpid()) + "\n");
    }
    for (int i = 0; i < 10000 && resized == 0; ++i) {
        ::usleep(1000);
    }
    winsize size{};
    const Fd terminal = open_terminal();
    ::ioctl(terminal.get(), TIOCGWINSZ, &size);
    say(1, "size " + std::to_string(size.ws_row) + " " + std::to_string(size.ws_col) + "\n");
    return resized != 0 ? 0 : 1;
}

void tell_ioctl(const char* what, long result) {
    const char* const name = result < 0 ? ::strerrorname_np(static_cast<int>(-result)) : "0";
    say(1, std::string(what) + " " + (name != nullptr ? name : "?") + "\n");
}

long ioctl_or_error(int fd, unsigned long request, char* argument) {
    return ::ioctl(fd, request, argument) < 0 ? -errno : 0;
}

int type_into_terminal(const Arguments&) {
    const Fd terminal = open_terminal();
    char letter = 'x';
    char paste[] = {3, 0};
    tell_ioctl("TIOCSTI", ioctl_or_error(terminal.get(), TIOCSTI, &letter));
    tell_ioctl("TIOCLINUX", ioctl_or_error(terminal.get(), TIOCLINUX, paste));
#if defined(__x86_64__)
    // the other door into the kernel, which takes pointers of 32 bits; some kernels have none
    std::signal(SIGSEGV, [](int) { ::_exit(0); });
    void* const low = ::mmap(nullptr, sizeof letter, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
    *static_cast<char*>(low) = letter;
    constexpr long kIoctl = 54;
    long result = kIoctl;
    asm volatile("int $0x80"
                 : "+a"(result)
                 : "b"(terminal.get()), "c"(TIOCSTI), "d"(low)
                 : "memory", "r8", "r9", "r10", "r11");
    tell_ioctl("i386", static_cast<int>(result));
#endif
    return 0;
}

constexpr Misbehaviour kTable[] = {
    {"type-into-terminal", "", "types a letter for its caller (TIOCSTI), prints the errors",
     type_into_terminal},
    {"raw-terminal-and-die", "[SIG]", "dies and leaves the terminal in raw mode", raw_and_die},
    {"raw-terminal", "FILE", "sets raw mode, writes its pid to FILE, sleeps", raw_terminal},
    {"take-terminal-and-die", "", "dies as the terminal's foreground group", take_terminal_and_die},
    {"read-tty", "", "asks on /dev/tty, prints the answer", read_tty},
    {"wait-for-resize", "[FILE]", "prints the terminal's size after SIGWINCH", wait_for_resize},
};

}  // namespace

std::span<const Misbehaviour> terminals() {
    return kTable;
}

}  // namespace pipectl::test
