#include "stages/flow/pseudo_terminal.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <string_view>

#include "stages/base/error.hpp"
#include "stages/base/signals.hpp"
#include "stages/flow/ends.hpp"
#include "stages/flow/moved.hpp"

namespace pipectl::helper {

namespace {

constexpr std::size_t kRoom = std::size_t{64} << 10;

/// Blocked signals reach a signalfd also where they are ignored: the program may not ignore them.
/// What stops a process, or says that we have failed, is ours.
sigset_t passed_signals() {
    sigset_t set;
    sigfillset(&set);
    for (const int signal : {SIGKILL, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU, SIGSEGV, SIGBUS, SIGILL,
                             SIGFPE, SIGABRT, SIGTRAP, SIGSYS, SIGXCPU, SIGXFSZ}) {
        sigdelset(&set, signal);
    }
    return set;
}

/// The user's terminal; empty when there is none.
Fd terminal_of_user() {
    for (const int fd : {STDERR_FILENO, STDIN_FILENO, STDOUT_FILENO}) {
        winsize size{};
        if (::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return duplicate(fd);
    }
    return {};
}

unsigned short number_in(const char* variable, unsigned short otherwise) {
    const char* const value = std::getenv(variable);
    if (value == nullptr) return otherwise;
    const std::string_view text(value);
    unsigned short number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && number > 0 ? number : otherwise;
}

Fd open_master() {
    Fd master(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK));
    if (!master || ::grantpt(master.get()) != 0 || ::unlockpt(master.get()) != 0) {
        throw SystemError("cannot make a pseudo-terminal", errno);
    }
    return master;
}

/// What is written to it arrives as it is, and nothing comes back; termios(3).
Fd open_terminal(int master) {
    char name[64];
    if (::ptsname_r(master, name, sizeof name) != 0) {
        throw SystemError("cannot name a pseudo-terminal", errno);
    }
    Fd terminal(::open(name, O_RDWR | O_NOCTTY | O_CLOEXEC));
    termios modes{};
    if (!terminal || ::tcgetattr(terminal.get(), &modes) != 0) {
        throw SystemError("cannot open a pseudo-terminal", errno);
    }
    modes.c_oflag &= ~static_cast<tcflag_t>(OPOST);
    modes.c_lflag &= ~static_cast<tcflag_t>(ECHO | ECHONL);
    if (::tcsetattr(terminal.get(), TCSANOW, &modes) != 0) {
        throw SystemError("cannot set up a pseudo-terminal", errno);
    }
    return terminal;
}

/// A descriptor that we were started without is not taken by one of ours.
void fill_standard_descriptors() {
    for (;;) {
        Fd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
        if (null.get() < 0 || null.get() > STDERR_FILENO) return;
        (void)null.release();
    }
}

/// What is not close-on-exec is the program's: who reads or writes at the other ends is to see
/// when the program closes its own.
void close_what_it_has() {
    const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir("/proc/self/fd"), ::closedir);
    if (!folder) return;
    std::vector<int> its;
    while (const dirent* entry = ::readdir(folder.get())) {
        const std::string_view name(entry->d_name);
        int fd = -1;
        std::from_chars(name.data(), name.data() + name.size(), fd);
        if (fd == STDIN_FILENO || fd > STDERR_FILENO) its.push_back(fd);
    }
    for (const int fd : its) {
        const int flags = ::fcntl(fd, F_GETFD);
        if (flags >= 0 && (flags & FD_CLOEXEC) == 0) ::close(fd);
    }
}

}  // namespace

PseudoTerminal::PseudoTerminal(std::optional<std::size_t> counts)
    : counts_(counts),
      user_((fill_standard_descriptors(), terminal_of_user())),
      master_(open_master()),
      terminal_(open_terminal(master_.get())),
      out_(STDOUT_FILENO),
      buffer_(kRoom) {
    set_size();
    const sigset_t passed = passed_signals();
    ::sigprocmask(SIG_BLOCK, &passed, &mask_);
    ::signal(SIGCHLD, SIG_DFL);  // or its status would be thrown away; wait(2)
    signals_ = Fd(::signalfd(-1, &passed, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!signals_) throw SystemError("cannot take signals", errno);
}

void PseudoTerminal::start(const ReplicaCommand& command, bool joined) {
    pid_ = command.start(STDIN_FILENO, terminal_.get(), mask_);
    terminal_.reset();
    close_what_it_has();
    if (joined) ::close(STDERR_FILENO);  // the end of what went there is seen too
}

int PseudoTerminal::run() {
    while (pid_ > 0 || master_ || begin_ < end_) {
        take_signals();
        const bool ended = reap();
        if (pass_on() || ended) continue;
        // what it left in the background does not keep a program that was told to end
        if (pid_ <= 0 && (told_ || WIFSIGNALED(status_))) master_.reset();
        if (pid_ > 0 || master_ || begin_ < end_) wait();
    }
    if (WIFSIGNALED(status_)) die_of(WTERMSIG(status_));
    // it thinks that all was read
    if (refused_by_ != 0 && WEXITSTATUS(status_) == 0) die_of(refused_by_);
    return WEXITSTATUS(status_);
}

void PseudoTerminal::set_size() const {
    constexpr unsigned short kRows = 24;
    constexpr unsigned short kColumns = 80;
    winsize size{};
    if (!user_ || ::ioctl(user_.get(), TIOCGWINSZ, &size) != 0) {
        size.ws_row = number_in("LINES", kRows);
        size.ws_col = number_in("COLUMNS", kColumns);
    }
    ::ioctl(master_.get(), TIOCSWINSZ, &size);
}

/// One step; false when nothing could be done.
bool PseudoTerminal::pass_on() {
    const bool taken = take();
    return give() || taken;
}

bool PseudoTerminal::take() {
    bool moved = false;
    while (master_ && end_ < buffer_.size()) {
        const ssize_t got = ::read(master_.get(), buffer_.data() + end_, buffer_.size() - end_);
        if (got > 0) {
            end_ += static_cast<std::size_t>(got);
            if (counts_) add_to_count(*counts_, static_cast<std::uint64_t>(got));
            moved = true;
        } else if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
            break;
        } else if (got < 0 && errno != EIO) {
            throw SystemError("cannot read from a pseudo-terminal", errno);
        } else {  // EIO: nobody has the other side open any more, and all was read
            master_.reset();
            moved = true;
        }
    }
    return moved;
}

bool PseudoTerminal::give() {
    if (begin_ == end_) return false;
    try {
        const std::size_t written = out_.write(buffer_.data() + begin_, end_ - begin_);
        begin_ += written;
        if (begin_ == end_) begin_ = end_ = 0;
        if (!out_.gone()) return written > 0;
        refuse(SIGPIPE);
    } catch (const SystemError& error) {
        if (error.code() != EFBIG) throw;  // as write(2) of the program's own: RLIMIT_FSIZE
        refuse(SIGXFSZ);
    }
    return true;
}

/// The program gets the signal that its write would have brought, and errors from now on.
void PseudoTerminal::refuse(int signal) {
    refused_by_ = signal;
    if (pid_ > 0) ::kill(pid_, signal);
    master_.reset();
    begin_ = end_ = 0;
}

void PseudoTerminal::take_signals() {
    signalfd_siginfo info{};
    while (::read(signals_.get(), &info, sizeof info) == sizeof info) {
        const int signal = static_cast<int>(info.ssi_signo);
        const bool own = signal == SIGPIPE && info.ssi_pid == static_cast<unsigned>(::getpid());
        if (signal == SIGCHLD || own) continue;
        if (signal == SIGWINCH && master_) set_size();
        told_ = told_ || std::ranges::find(kEndingSignals, signal) != kEndingSignals.end();
        // what came from the terminal has come to the program too, but before the size was right
        const bool has_it = info.ssi_code == SI_KERNEL && signal != SIGWINCH;
        if (!has_it && pid_ > 0) ::kill(pid_, signal);
    }
}

bool PseudoTerminal::reap() {
    int status = 0;
    if (pid_ <= 0 || ::waitpid(pid_, &status, WNOHANG) != pid_) return false;
    pid_ = -1;
    status_ = status;
    return true;
}

void PseudoTerminal::wait() {
    // its readers see the end when it has closed its output, and not when it ends
    if (!master_ && begin_ == end_ && !out_.gone()) {
        out_.leave();
    }
    waiting_.clear();
    waiting_.add(signals_.get(), POLLIN);
    if (master_ && end_ < buffer_.size()) waiting_.add(master_.get(), POLLIN);
    if (begin_ < end_) waiting_.add(out_.fd(), POLLOUT);
    waiting_.wait();
}

}  // namespace pipectl::helper
