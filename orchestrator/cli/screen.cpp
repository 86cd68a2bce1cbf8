#include "orchestrator/cli/screen.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>

#include "stages/base/error.hpp"

namespace pipectl {

namespace {

// xterm's control sequences: another screen without a cursor, and back
constexpr const char* kEnter = "\x1b[?1049h\x1b[?25l";
constexpr const char* kLeave = "\x1b[?25h\x1b[?1049l";
constexpr const char* kHome = "\x1b[H";
constexpr const char* kClearToEnd = "\x1b[J";
constexpr const char* kClearLine = "\x1b[K";
constexpr std::size_t kUsualLines = 24;
constexpr std::size_t kUsualColumns = 80;

sigset_t taken_signals() {
    sigset_t set;
    sigemptyset(&set);
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGWINCH}) {
        sigaddset(&set, number);
    }
    return set;
}

}  // namespace

Screen::Screen() {
    const sigset_t set = taken_signals();
    ::sigprocmask(SIG_BLOCK, &set, nullptr);
    signals_.reset(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!signals_) {
        throw SystemError("cannot create a signal descriptor", errno);
    }
    has_keys_ = ::isatty(STDIN_FILENO) == 1 && ::tcgetattr(STDIN_FILENO, &modes_) == 0;
    take();
}

Screen::~Screen() {
    give_back();
    const sigset_t set = taken_signals();
    ::sigprocmask(SIG_UNBLOCK, &set, nullptr);
}

void Screen::take() {
    if (has_keys_) {
        termios modes = modes_;
        modes.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
        modes.c_cc[VMIN] = 1;
        modes.c_cc[VTIME] = 0;
        ::tcsetattr(STDIN_FILENO, TCSANOW, &modes);
    }
    (void)write_all(STDOUT_FILENO, kEnter);
}

void Screen::give_back() noexcept {
    (void)write_all(STDOUT_FILENO, kLeave);
    if (has_keys_) {
        ::tcsetattr(STDIN_FILENO, TCSANOW, &modes_);
    }
}

std::size_t Screen::lines() const {
    winsize size{};
    const bool known = ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0;
    return known ? size.ws_row : kUsualLines;
}

std::size_t Screen::columns() const {
    winsize size{};
    const bool known = ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    return known ? size.ws_col : kUsualColumns;
}

void Screen::draw(const std::string& page) {
    std::string text = kHome;
    for (const char c : page) {
        text += c == '\n' ? std::string(kClearLine) + "\r\n" : std::string(1, c);
    }
    (void)write_all(STDOUT_FILENO, text + kClearToEnd);
}

std::optional<char> Screen::wait_for_key(int milliseconds) {
    pollfd watched[2] = {{signals_.get(), POLLIN, 0}, {has_keys_ ? STDIN_FILENO : -1, POLLIN, 0}};
    if (::poll(watched, 2, milliseconds) <= 0) {
        return std::nullopt;
    }
    if (watched[0].revents != 0) {
        on_signal();
        return std::nullopt;
    }
    char key = 0;
    if (::read(STDIN_FILENO, &key, 1) != 1) {
        signal_ = SIGHUP;  // the terminal has gone
        return std::nullopt;
    }
    return key;
}

void Screen::on_signal() {
    signalfd_siginfo info{};
    while (::read(signals_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
        const int number = static_cast<int>(info.ssi_signo);
        if (number == SIGTSTP) {
            give_back();
            ::raise(SIGSTOP);
            take();
        } else if (number != SIGWINCH) {
            signal_ = number;
        }
    }
}

}  // namespace pipectl
