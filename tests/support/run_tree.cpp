#include "tests/support/run_tree.hpp"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "orchestrator/process/descendants.hpp"
#include "stages/base/fd.hpp"

namespace pipectl::test {

std::string six_stages(const TemporaryFolder& folder, const std::vector<std::string>& first,
                       std::string_view keys) {
    // what stays behind must not hold an edge open, or the readers wait for it as in any shell
    return pipeline({std::string(keys)}) + stage("first", first) + stage("second", {"cat"}) +
           shell("third", misbehave() + " background " + folder.path("background") +
                              " </dev/null >/dev/null; exec cat") +
           shell("fourth", misbehave() + " daemonise " + folder.path("daemon") + "; exec cat",
                 {"via = 'fifo'"}) +
           stage("fifth", {"cat"}, {"via = 'unix'"}) +
           stage("sixth", {"cat"}, {"stdout = 'out.txt'"});
}

void wait_for_six(const TemporaryFolder& folder) {
    wait_for_pid(folder.path("background"), 30s);
    wait_for_pid(folder.path("daemon"), 30s);
}

std::vector<pid_t> children_of(pid_t parent) {
    std::vector<pid_t> children;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator("/proc", error)) {
        const std::string name = entry.path().filename().string();
        ProcessStat stat;
        if (name.find_first_not_of("0123456789") == std::string::npos) {
            const auto pid = static_cast<pid_t>(std::stol(name));
            if (read_process_stat(pid, stat) && stat.parent == parent) {
                children.push_back(pid);
            }
        }
    }
    return children;
}

pid_t supervisor_of(pid_t front) {
    pid_t supervisor = -1;
    // a new process has its parent's name until the supervisor has given itself its own
    wait_until([&] {
        for (const pid_t pid : children_of(front)) {
            ProcessStat stat;
            if (read_process_stat(pid, stat) && stat.name.starts_with("run:")) {
                supervisor = pid;
            }
        }
        return supervisor > 0;
    });
    REQUIRE(supervisor > 0);
    return supervisor;
}

bool has_guard(pid_t front) {
    const std::vector<pid_t> children = children_of(front);
    return std::ranges::any_of(children, [](pid_t pid) {
        return read_small_file("/proc/" + std::to_string(pid) + "/cmdline")
            .starts_with("run-guard");
    });
}

bool none_left(const LeakCheck& check, milliseconds limit) {
    return wait_until([&] { return survivors(check.marker()).empty(); }, limit);
}

std::string name_survivors(const LeakCheck& check) {
    std::string text;
    for (const pid_t pid : survivors(check.marker())) {
        std::string command = read_small_file("/proc/" + std::to_string(pid) + "/cmdline");
        for (char& byte : command) {
            byte = byte == '\0' ? ' ' : byte;
        }
        text += std::to_string(pid) + " " + state_of(pid) + " " + command + "\n";
    }
    return text;
}

int count_lines(std::string_view content, std::string_view line) {
    int count = 0;
    for (std::size_t at = 0; at < content.size();) {
        const std::size_t end = std::min(content.find('\n', at), content.size());
        count += content.substr(at, end - at) == line ? 1 : 0;
        at = end + 1;
    }
    return count;
}

bool long_tests() {
    const char* const value = std::getenv("PIPECTL_TEST_LONG");
    return value != nullptr && std::string_view(value) == "1";
}

}  // namespace pipectl::test
