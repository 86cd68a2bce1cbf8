#include <charconv>
#include <string_view>

#include "orchestrator/process/descendants.hpp"
#include "stages/base/fd.hpp"

// What /proc tells of one process; proc_pid_stat(5), proc_pid_environ(5).

namespace pipectl {

namespace {

constexpr unsigned long kExiting = 0x4;  // PF_EXITING of the kernel's sched.h

std::string proc_path(pid_t pid, const char* file) {
    return "/proc/" + std::to_string(pid) + "/" + file;
}

/// Reads the next blank-separated number; 0 when there is none.
template <class Number>
Number next_number(std::string_view& text) {
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    Number number = 0;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), number);
    text.remove_prefix(result.ptr - text.data());
    return number;
}

}  // namespace

bool ProcessStat::exiting() const {
    // a main thread that has left while others go on looks like a zombie, pthread_exit(3)
    const bool last_thread = threads <= 1;
    return last_thread && (state == 'Z' || state == 'X' || (flags & kExiting) != 0);
}

bool read_process_stat(pid_t pid, ProcessStat& stat) {
    const std::string content = read_small_file(proc_path(pid, "stat"));
    // the name stands in parentheses and may itself hold blanks and parentheses
    const std::size_t open = content.find('(');
    const std::size_t close = content.rfind(')');
    if (open == std::string::npos || close == std::string::npos || close + 2 >= content.size()) {
        return false;
    }
    stat.name = content.substr(open + 1, close - open - 1);
    std::string_view rest = std::string_view(content).substr(close + 2);
    stat.state = rest.front();
    rest.remove_prefix(1);
    stat.parent = next_number<pid_t>(rest);
    stat.group = next_number<pid_t>(rest);
    stat.session = next_number<pid_t>(rest);
    next_number<long>(rest);  // tty_nr
    next_number<long>(rest);  // tpgid
    stat.flags = next_number<unsigned long>(rest);
    for (int field = 10; field <= 19; ++field) {  // page faults, times, priority, nice
        next_number<long long>(rest);
    }
    stat.threads = next_number<int>(rest);
    next_number<long>(rest);  // itrealvalue
    stat.start_time = next_number<unsigned long long>(rest);
    return true;
}

std::string environment_of(pid_t pid, const std::string& name) {
    const std::string content = read_small_file(proc_path(pid, "environ"));
    const std::string wanted = name + "=";
    for (std::size_t at = 0; at < content.size();) {
        const std::size_t end = std::min(content.find('\0', at), content.size());
        if (content.compare(at, wanted.size(), wanted) == 0) {
            return content.substr(at + wanted.size(), end - at - wanted.size());
        }
        at = end + 1;
    }
    return {};
}

}  // namespace pipectl
