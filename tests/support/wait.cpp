#include "tests/support/wait.hpp"

#include <poll.h>
#include <unistd.h>

#include <cstdlib>
#include <thread>

#include "orchestrator/process/descendants.hpp"
#include "stages/base/fd.hpp"
#include "stages/base/pidfd.hpp"
#include "tests/support/catch.hpp"

namespace pipectl::test {

bool wait_until(const std::function<bool()>& condition, milliseconds limit) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (!condition()) {
        if (std::chrono::steady_clock::now() >= end) {
            return condition();
        }
        std::this_thread::sleep_for(2ms);
    }
    return true;
}

bool wait_for_end(pid_t pid, milliseconds limit) {
    const Fd handle = open_pidfd(pid);
    if (!handle) {
        return true;
    }
    pollfd waiting{handle.get(), POLLIN, 0};
    return ::poll(&waiting, 1, static_cast<int>(limit.count())) == 1;
}

std::string wait_for_file(const std::string& path, milliseconds limit) {
    std::string content;
    wait_until([&] { return !(content = read_small_file(path)).empty(); }, limit);
    return content;
}

pid_t wait_for_pid(const std::string& path, milliseconds limit) {
    const std::string content = wait_for_file(path, limit);
    INFO("waiting for a pid in " << path);
    const auto pid = static_cast<pid_t>(std::strtol(content.c_str(), nullptr, 10));
    REQUIRE(pid > 1);
    return pid;
}

char state_of(pid_t pid) {
    ProcessStat stat;
    return read_process_stat(pid, stat) ? stat.state : '?';
}

bool is_alive(pid_t pid) {
    const char state = state_of(pid);
    return state != '?' && state != 'Z' && state != 'X';
}

double now() {
    const auto time = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration<double>(time).count();
}

}  // namespace pipectl::test
