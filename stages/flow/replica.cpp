#include "stages/flow/replica.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "stages/base/error.hpp"
#include "stages/base/script.hpp"

namespace pipectl::helper {

namespace {

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    for (std::string& text : texts) {
        pointers.push_back(text.data());
    }
    pointers.push_back(nullptr);
    return pointers;
}

/// Room for a whole block, where the kernel gives it: then nobody waits for the other. pipe(7).
void widen(int fd, std::size_t size) {
    ::fcntl(fd, F_SETPIPE_SZ, static_cast<int>(size));
}

}  // namespace

ReplicaCommand::ReplicaCommand(std::string file, std::vector<std::string> words,
                               std::vector<std::string> environment, bool join_stderr,
                               std::vector<int> ignored)
    : file_(std::move(file)),
      words_(std::move(words)),
      environment_(std::move(environment)),
      argv_(pointers_to(words_)),
      script_argv_(argv_),
      envp_(pointers_to(environment_)),
      join_stderr_(join_stderr),
      ignored_(std::move(ignored)) {
    static char shell[] = "sh";
    script_argv_.front() = file_.data();
    script_argv_.insert(script_argv_.begin(), shell);
}

pid_t ReplicaCommand::start(int in, int out, const sigset_t& mask) const {
    int failed = 0;
    pid_t pid = execute(file_.c_str(), argv_, {in, out, &mask}, failed);
    if (failed == ENOEXEC && looks_like_script(read_small_file(file_).substr(0, kScriptStart))) {
        pid = execute("/bin/sh", script_argv_, {in, out, &mask}, failed);
    }
    if (pid < 0) throw SystemError("cannot start '" + file_ + "'", errno);
    if (failed != 0) throw SystemError("cannot execute '" + file_ + "'", failed);
    return pid;
}

/// Returns the pid, or -1 with errno; `failed`: why the program could not be executed, or 0.
pid_t ReplicaCommand::execute(const char* file, const std::vector<char*>& words, const Ends& ends,
                              int& failed) const {
    const pid_t parent = ::getpid();
    volatile int error = 0;
    // The child shares our memory until it is the program: it makes system calls alone. With
    // fork(2) each block would copy the tables of all that is kept.
    // NOLINTBEGIN(clang-analyzer-security.insecureAPI.vfork, clang-analyzer-unix.Vfork)
    const pid_t pid = ::vfork();
    if (pid == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (::getppid() != parent) ::_exit(128 + SIGKILL);
        ::dup2(ends.in, STDIN_FILENO);
        ::dup2(ends.out, STDOUT_FILENO);
        if (join_stderr_) ::dup2(ends.out, STDERR_FILENO);
        ::signal(SIGXFSZ, SIG_DFL);
        for (const int signal : ignored_) {
            ::signal(signal, SIG_IGN);
        }
        ::sigprocmask(SIG_SETMASK, ends.mask, nullptr);
        ::execve(file, words.data(), envp_.data());
        error = errno;
        ::_exit(127);
    }
    // NOLINTEND(clang-analyzer-security.insecureAPI.vfork, clang-analyzer-unix.Vfork)
    failed = error;
    if (failed != 0) ::waitpid(pid, nullptr, 0);
    return pid;
}

void Replica::start(const sigset_t& mask, std::size_t pipe_size) {
    PipeEnds in = make_pipe();
    PipeEnds out = make_pipe();
    widen(in.writer.get(), pipe_size);
    widen(out.writer.get(), pipe_size);
    set_nonblocking(in.writer.get(), true);
    set_nonblocking(out.reader.get(), true);
    pid_ = command_->start(in.reader.get(), out.writer.get(), mask);
    in_ = std::move(in.writer);
    out_ = std::move(out.reader);
}

void Replica::give(std::string_view lines) {
    given_.assign(lines);
    sent_ = 0;
}

bool Replica::feed() {
    if (!in_ || has_all()) return false;
    const ssize_t written = ::write(in_.get(), given_.data() + sent_, given_.size() - sent_);
    if (written >= 0) {
        sent_ += written;
        return written > 0;
    }
    if (errno == EAGAIN || errno == EINTR) return false;
    if (errno != EPIPE) throw SystemError("cannot write to a replica", errno);
    in_.reset();
    return true;
}

std::string Replica::take_unseen() {
    const bool inside_line = sent_ > 0 && given_[sent_ - 1] != '\n';
    std::string lines = given_.substr(sent_);
    give({});
    if (inside_line) {
        const std::size_t newline = lines.find('\n');
        lines.erase(0, newline == std::string::npos ? newline : newline + 1);
    }
    return lines;
}

std::string_view Replica::take_output(std::size_t room) {
    if (!out_) return {};
    if (buffer_.size() < room) buffer_.resize(room);
    const ssize_t got = ::read(out_.get(), buffer_.data(), room);
    if (got < 0 && errno != EAGAIN && errno != EINTR) {
        throw SystemError("cannot read from a replica", errno);
    }
    if (got == 0) out_.reset();
    return {buffer_.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0))};
}

}  // namespace pipectl::helper
