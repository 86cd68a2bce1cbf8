#include "tests/support/pty.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "stages/base/error.hpp"

namespace pipectl::test {

namespace {

constexpr std::string_view kPrompt = "ready>";

}  // namespace

Pty::Pty(int rows, int columns) : master_(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
    char name[128];
    if (!master_ || ::grantpt(master_.get()) != 0 || ::unlockpt(master_.get()) != 0 ||
        ::ptsname_r(master_.get(), name, sizeof name) != 0) {
        throw SystemError("cannot make a pseudoterminal", errno);
    }
    terminal_.reset(::open(name, O_RDWR | O_NOCTTY | O_CLOEXEC));
    if (!terminal_) {
        throw SystemError(std::string("cannot open '") + name + "'", errno);
    }
    set_nonblocking(master_.get(), true);
    resize(rows, columns);
}

Child Pty::start(const std::vector<std::string>& argv, RunOptions options) {
    options.own_session = true;
    options.terminal = terminal_.get();
    if (options.stdin_fd < 0 && !options.stdin_text) {
        options.stdin_fd = terminal_.get();
    }
    if (options.stdout_fd < 0) {
        options.stdout_fd = terminal_.get();
    }
    if (options.stderr_fd < 0) {
        options.stderr_fd = terminal_.get();
    }
    return Child(argv, options);
}

void Pty::send(std::string_view keys) const {
    const int error = write_all(master_.get(), keys);
    if (error != 0) {
        throw SystemError("cannot type", error);
    }
}

const std::string& Pty::screen() {
    char block[4096];
    ssize_t got = 0;
    while (master_ && (got = ::read(master_.get(), block, sizeof block)) > 0) {
        std::remove_copy(block, block + got, std::back_inserter(screen_), '\r');
    }
    return screen_;
}

bool Pty::wait_for(std::string_view text, milliseconds limit) {
    return wait_until(
        [&] {
            const std::size_t at = screen().find(text, seen_);
            if (at == std::string::npos) {
                return false;
            }
            seen_ = at + text.size();
            return true;
        },
        limit);
}

void Pty::resize(int rows, int columns) const {
    winsize size{};
    size.ws_row = static_cast<unsigned short>(rows);
    size.ws_col = static_cast<unsigned short>(columns);
    ::ioctl(master_.get(), TIOCSWINSZ, &size);
}

void Pty::hang_up() {
    screen();
    terminal_.reset();
    master_.reset();
}

pid_t Pty::foreground_group() const {
    // the number of the terminal's side: this process has another controlling terminal, or none
    pid_t group = -1;
    return ::ioctl(master_.get(), TIOCGPGRP, &group) == 0 ? group : -1;
}

termios Pty::settings() const {
    termios settings{};
    ::tcgetattr(master_.get(), &settings);
    return settings;
}

bool same_settings(const termios& a, const termios& b) {
    return a.c_iflag == b.c_iflag && a.c_oflag == b.c_oflag && a.c_cflag == b.c_cflag &&
           a.c_lflag == b.c_lflag && std::equal(std::begin(a.c_cc), std::end(a.c_cc), b.c_cc);
}

JobShell::JobShell()
    : shell_(pty_.start({"bash", "--norc", "--noprofile", "--noediting", "-i"},
                        {.environment = {"PS1=ready>", "HISTFILE", "ENV", "BASH_ENV",
                                         "PROMPT_COMMAND", "TERM=dumb"}})) {
    if (!wait_for_prompt()) {
        throw std::runtime_error("bash shows no prompt: " + pty_.screen());
    }
}

void JobShell::type(const std::string& line) {
    pty_.send(line + "\n");
}

std::string JobShell::command(const std::string& line, milliseconds limit) {
    const std::size_t before = pty_.screen().size();
    type(line);
    if (!wait_for_prompt(limit)) {
        throw std::runtime_error("no prompt after '" + line + "': " + pty_.screen());
    }
    const std::string shown = pty_.screen().substr(before);
    const std::size_t echo_end = shown.find('\n');
    const std::size_t prompt = shown.rfind(kPrompt);
    return echo_end < prompt ? shown.substr(echo_end + 1, prompt - echo_end - 1) : std::string();
}

bool JobShell::wait_for_prompt(milliseconds limit) {
    return pty_.wait_for(kPrompt, limit);
}

}  // namespace pipectl::test
