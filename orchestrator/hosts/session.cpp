#include "orchestrator/hosts/session.hpp"

#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <memory>
#include <string_view>

#include "stages/base/error.hpp"
#include "stages/base/pidfd.hpp"

namespace pipectl::hosts {

namespace {

/// What a node says in one line: an event, with the last words of a stage at most.
constexpr std::size_t kLongestFromNode = std::size_t{4} << 20;

struct SpawnPlan {
    SpawnPlan() {
        ::posix_spawn_file_actions_init(&files);
        ::posix_spawnattr_init(&attributes);
    }
    ~SpawnPlan() {
        ::posix_spawn_file_actions_destroy(&files);
        ::posix_spawnattr_destroy(&attributes);
    }
    SpawnPlan(const SpawnPlan&) = delete;
    SpawnPlan& operator=(const SpawnPlan&) = delete;

    posix_spawn_file_actions_t files{};
    posix_spawnattr_t attributes{};
};

}  // namespace

Session::Session(const std::vector<std::string>& argv) {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        throw SystemError("cannot create a socket pair", errno);
    }
    socket_.reset(ends[0]);
    const Fd theirs(ends[1]);
    struct stat info {};
    ::fstat(socket_.get(), &info);
    inode_ = info.st_ino;

    SpawnPlan plan;
    ::posix_spawn_file_actions_adddup2(&plan.files, theirs.get(), STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&plan.files, theirs.get(), STDOUT_FILENO);
    sigset_t none, all;
    ::sigemptyset(&none);
    ::sigfillset(&all);
    ::posix_spawnattr_setsigmask(&plan.attributes, &none);
    ::posix_spawnattr_setsigdefault(&plan.attributes, &all);
    ::posix_spawnattr_setflags(&plan.attributes,
                               POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    std::vector<std::string> words = argv;
    std::vector<char*> pointers;
    for (std::string& word : words) {
        pointers.push_back(word.data());
    }
    pointers.push_back(nullptr);
    const int error =
        ::posix_spawnp(&pid_, pointers[0], &plan.files, &plan.attributes, pointers.data(), environ);
    if (error != 0) {
        throw SystemError("cannot start '" + argv.front() + "'", error);
    }
    pidfd_ = open_pidfd(pid_);
    talk_ = std::make_unique<Talk>(socket_.get(), socket_.get(), kLongestFromNode);
}

Fd Session::take_socket() {
    talk_.reset();
    set_nonblocking(socket_.get(), false);
    return std::move(socket_);
}

void Session::hang_up() noexcept {
    struct stat info {};
    if (socket_ && ::fstat(socket_.get(), &info) == 0 && S_ISSOCK(info.st_mode) &&
        info.st_ino == inode_) {
        ::shutdown(socket_.get(), SHUT_RDWR);
    }
}

bool Session::wait(int milliseconds) noexcept {
    pollfd polled{pidfd_.get(), POLLIN, 0};
    return ::poll(&polled, 1, milliseconds) > 0;
}

void Session::kill() noexcept {
    signal_process(pidfd_.get(), SIGKILL);
}

std::optional<ExitStatus> Session::how() const {
    pollfd polled{pidfd_.get(), POLLIN, 0};
    if (::poll(&polled, 1, 0) <= 0) return std::nullopt;
    // the last field: what wait(2) would give its parent; proc_pid_stat(5)
    const std::string stat = read_small_file("/proc/" + std::to_string(pid_) + "/stat");
    const std::size_t blank = stat.find_last_of(' ');
    int status = 0;
    if (blank == std::string::npos ||
        std::from_chars(stat.data() + blank + 1, stat.data() + stat.size(), status).ec !=
            std::errc()) {
        return std::nullopt;
    }
    return WIFSIGNALED(status) ? ExitStatus{0, WTERMSIG(status), false}
                               : ExitStatus{WEXITSTATUS(status), 0, false};
}

}  // namespace pipectl::hosts
