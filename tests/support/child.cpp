#include "tests/support/child.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "stages/base/error.hpp"

namespace pipectl::test {

namespace {

Fd memory_file(const char* name, int flags) {
    Fd file(::memfd_create(name, MFD_CLOEXEC));
    if (!file || ::fcntl(file.get(), F_SETFL, flags) != 0) {
        throw SystemError("cannot create a file in memory", errno);
    }
    return file;
}

std::string content_of(const Fd& file) {
    std::string content;
    char block[65536];
    ssize_t got = 0;
    while (file && (got = ::pread(file.get(), block, sizeof block,
                                  static_cast<off_t>(content.size()))) > 0) {
        content.append(block, static_cast<std::size_t>(got));
    }
    return content;
}

Fd make_stdin(const RunOptions& options) {
    if (options.stdin_fd >= 0) {
        return duplicate(options.stdin_fd);
    }
    if (!options.stdin_text) {
        return Fd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    }
    Fd file = memory_file("stdin", 0);
    write_all(file.get(), *options.stdin_text);
    ::lseek(file.get(), 0, SEEK_SET);
    return file;
}

[[noreturn]] void give_up(const char* step) {
    std::fprintf(stderr, "test harness: cannot %s: %s\n", step, std::strerror(errno));
    ::_exit(126);
}

void set_signals(const RunOptions& options) {
    sigset_t blocked;
    sigemptyset(&blocked);
    for (int number = 1; number < NSIG; ++number) {
        ::signal(number, SIG_DFL);
    }
    for (const int number : options.ignored_signals) {
        ::signal(number, SIG_IGN);
    }
    for (const int number : options.blocked_signals) {
        sigaddset(&blocked, number);
    }
    ::sigprocmask(SIG_SETMASK, &blocked, nullptr);
}

/// Puts the descriptors in place, from copies above all numbers, and closes everything else.
void set_descriptors(const std::vector<std::pair<int, int>>& wanted) {
    std::vector<std::pair<int, int>> table = wanted;
    int above = 3;
    for (const auto& [target, source] : table) {
        above = std::max({above, target + 1, source + 1});
    }
    for (auto& [target, source] : table) {
        source = ::fcntl(source, F_DUPFD_CLOEXEC, above);
    }
    ::close_range(0, static_cast<unsigned>(above) - 1, CLOSE_RANGE_CLOEXEC);
    for (const auto& [target, source] : table) {
        if (::dup2(source, target) < 0) give_up("set descriptors");
    }
    ::close_range(static_cast<unsigned>(above), ~0U, CLOSE_RANGE_CLOEXEC);
}

[[noreturn]] void become(const std::vector<std::string>& argv, const RunOptions& options,
                         const std::vector<std::pair<int, int>>& table) {
    set_signals(options);
    if (options.own_session) {
        ::setsid();
        if (options.terminal >= 0 && ::ioctl(options.terminal, TIOCSCTTY, 0) != 0) {
            give_up("take the terminal");
        }
    } else if (options.own_group) {
        ::setpgid(0, 0);
    }
    if (!options.cwd.empty() && ::chdir(options.cwd.c_str()) != 0) give_up("change folder");
    for (const std::string& entry : options.environment) {
        const std::size_t equals = entry.find('=');
        if (equals == std::string::npos) {
            ::unsetenv(entry.c_str());
        } else {
            ::setenv(entry.substr(0, equals).c_str(), entry.c_str() + equals + 1, 1);
        }
    }
    std::vector<char*> arguments;
    arguments.reserve(argv.size() + 1);
    for (const std::string& argument : argv) {
        arguments.push_back(const_cast<char*>(argument.c_str()));
    }
    arguments.push_back(nullptr);
    set_descriptors(table);
    if (options.uid && (::setresgid(*options.uid, *options.uid, *options.uid) != 0 ||
                        ::setresuid(*options.uid, *options.uid, *options.uid) != 0)) {
        give_up("change user");
    }
    for (const auto& [resource, value] : options.limits) {
        const rlimit limit{value, value};
        if (::setrlimit(static_cast<__rlimit_resource_t>(resource), &limit) != 0) {
            give_up("set a limit");
        }
    }
    ::execvp(arguments[0], arguments.data());
    give_up("execute");
}

}  // namespace

Child::Child(const std::vector<std::string>& argv, const RunOptions& options) : started_(now()) {
    const Fd in = make_stdin(options);
    if (options.stdout_fd < 0) {
        out_ = memory_file("stdout", O_APPEND);
    }
    if (options.stderr_fd < 0) {
        err_ = memory_file("stderr", O_APPEND);
    }
    std::vector<std::pair<int, int>> table = {
        {0, in.get()},
        {1, out_ ? out_.get() : options.stdout_fd},
        {2, err_ ? err_.get() : options.stderr_fd},
    };
    table.insert(table.end(), options.descriptors.begin(), options.descriptors.end());
    std::fflush(nullptr);
    pid_ = ::fork();
    if (pid_ < 0) {
        throw SystemError("cannot fork", errno);
    }
    if (pid_ == 0) {
        become(argv, options, table);
    }
    if (options.own_group && !options.own_session) {
        ::setpgid(pid_, pid_);  // in both, so that neither has to wait for the other
    }
}

Child::Child(Child&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      started_(other.started_),
      ended_(other.ended_),
      status_(other.status_),
      out_(std::move(other.out_)),
      err_(std::move(other.err_)) {}

Child::~Child() {
    if (pid_ > 0 && running()) {
        ::kill(pid_, SIGKILL);
        ::kill(pid_, SIGCONT);
        reap(0);
    }
}

void Child::reap(int flags) {
    int wait_status = 0;
    pid_t got = 0;
    while (!status_ && (got = ::waitpid(pid_, &wait_status, flags)) < 0 && errno == EINTR) {
    }
    if (!status_ && got == pid_) {
        status_ = ExitStatus::from_wait(wait_status);
        ended_ = now();
    }
}

bool Child::running() {
    reap(WNOHANG);
    return !status_;
}

// kill(2) takes 0 and negative numbers for groups or for everyone; a pid that has been waited for
// may be another's.
void Child::signal(int number) const {
    if (pid_ > 1 && !status_) ::kill(pid_, number);
}

void Child::signal_group(int number) const {
    if (pid_ > 1 && !status_) ::kill(-pid_, number);
}

std::string Child::out() const {
    return content_of(out_);
}

std::string Child::err() const {
    return content_of(err_);
}

bool Child::wait_for_out(std::string_view text, milliseconds limit) const {
    return wait_until([&] { return out().find(text) != std::string::npos; }, limit);
}

bool Child::wait_for_err(std::string_view text, milliseconds limit) const {
    return wait_until([&] { return err().find(text) != std::string::npos; }, limit);
}

std::optional<ExitStatus> Child::wait(milliseconds limit) {
    if (running() && wait_for_end(pid_, limit)) {
        reap(0);
    }
    return status_;
}

RunResult Child::finish(milliseconds limit) {
    RunResult result;
    if (!wait(limit)) {
        result.timed_out = true;
        ::kill(pid_, SIGKILL);
        reap(0);
    }
    result.status = status_.value_or(ExitStatus{});
    result.out = out();
    result.err = err();
    result.wall_s = ended_ - started_;
    return result;
}

RunResult run(const std::vector<std::string>& argv, const RunOptions& options) {
    return Child(argv, options).finish(options.timeout);
}

RunResult pipectl_says(std::vector<std::string> words, const RunOptions& options) {
    words.insert(words.begin(), PIPECTL_BINARY);
    return run(words, options);
}

Child start_pipectl(const TemporaryFolder& folder, std::string_view definition,
                    const std::vector<std::string>& arguments, RunOptions options) {
    std::vector<std::string> argv = {PIPECTL_BINARY, "run"};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    folder.write("pipeline.toml", definition);
    argv.emplace_back("pipeline.toml");
    if (options.cwd.empty()) {
        options.cwd = folder.path();
    }
    return Child(argv, options);
}

RunResult run_pipectl(const TemporaryFolder& folder, std::string_view definition,
                      const std::vector<std::string>& arguments, RunOptions options) {
    const milliseconds timeout = options.timeout;
    return start_pipectl(folder, definition, arguments, std::move(options)).finish(timeout);
}

ExitStatus exited(int code) {
    ExitStatus status;
    status.code = code;
    return status;
}

ExitStatus killed_by(int signal) {
    ExitStatus status;
    status.signal = signal;
    return status;
}

std::string misbehave() {
    return MISBEHAVE_BINARY;
}

std::string to_text(const RunResult& result) {
    return describe(result.status) + (result.timed_out ? " (timed out)" : "") + " after " +
           std::to_string(result.wall_s) + " s\nstdout: " + result.out.substr(0, 4000) +
           "\nstderr: " + result.err.substr(0, 8000);
}

}  // namespace pipectl::test
