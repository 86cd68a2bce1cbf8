#include "orchestrator/process/proc_look.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>

namespace pipectl {

namespace {

std::string proc_path(pid_t pid, pid_t thread, const char* file) {
    std::string path = "/proc/" + std::to_string(pid) + "/";
    if (thread != 0) {
        path += "task/" + std::to_string(thread) + "/";
    }
    return path + file;
}

/// Takes the next number, skipping what is before it; 0 when there is none.
std::int64_t next_number(std::string_view& text) {
    text.remove_prefix(std::min(text.find_first_of("-0123456789"), text.size()));
    std::int64_t number = 0;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), number);
    text.remove_prefix(result.ptr - text.data());
    return number;
}

/// As it stands in proc_pid_syscall(5): "0x1f".
unsigned long next_hexadecimal(std::string_view& text) {
    text.remove_prefix(std::min(text.find("0x"), text.size()));
    if (text.empty()) {
        return 0;
    }
    text.remove_prefix(2);
    unsigned long number = 0;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), number, 16);
    text.remove_prefix(result.ptr - text.data());
    return number;
}

}  // namespace

Fd open_io_count(pid_t pid) {
    return Fd(::open(proc_path(pid, 0, "io").c_str(), O_RDONLY | O_CLOEXEC));
}

std::optional<IoCount> read_io_count(int handle) {
    char block[256];
    const ssize_t got = handle < 0 ? -1 : ::pread(handle, block, sizeof block, 0);
    if (got <= 0) {
        return std::nullopt;
    }
    // "rchar: 6976\nwchar: 588902\n...": in this order since Linux 2.6.20
    std::string_view text(block, got);
    IoCount count;
    count.read = next_number(text);
    count.written = next_number(text);
    return count;
}

PartOfOthers part_of_others(pid_t pid, const IoCount& whole) {
    // of the main thread alone: without the children, and root's alone to open once it has ended
    const Fd file(::open(proc_path(pid, pid, "io").c_str(), O_RDONLY | O_CLOEXEC));
    const auto own = read_io_count(file.get());
    const PartOfOthers differ{!own || own->read != whole.read,
                              !own || own->written != whole.written};
    if (!differ.read && !differ.written) {
        return differ;
    }
    // threads are no children: only these leave page faults with their parent
    const std::string content = read_small_file(proc_path(pid, 0, "stat"));
    std::string_view rest = content;
    rest.remove_prefix(std::min(rest.rfind(')'), rest.size()));
    for (int field = 4; field <= 10; ++field) {
        next_number(rest);
    }
    const bool had_children = next_number(rest) > 0;  // cminflt
    return {differ.read && had_children, differ.written && had_children};
}

bool is_named_after(pid_t pid, const std::string& path) {
    constexpr std::size_t kMostOfName = 15;
    std::string name = read_small_file(proc_path(pid, 0, "comm"));
    if (name.ends_with('\n')) {
        name.pop_back();
    }
    return name == path.substr(path.rfind('/') + 1, kMostOfName);
}

std::optional<Glance> glance_at(pid_t pid, pid_t thread) {
    static const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
    static const std::int64_t page = ::sysconf(_SC_PAGESIZE);
    const std::string content = read_small_file(proc_path(pid, thread, "stat"));
    // the name stands in parentheses and may itself hold blanks and parentheses
    const std::size_t close = content.rfind(')');
    if (close == std::string::npos || close + 2 >= content.size()) {
        return std::nullopt;
    }
    Glance glance;
    std::string_view rest = std::string_view(content).substr(close + 2);
    glance.state = rest.front();
    for (int field = 4; field <= 13; ++field) {
        next_number(rest);
    }
    std::int64_t used = 0;
    for (int field = 14; field <= 17; ++field) {  // utime, stime, cutime, cstime
        used += next_number(rest);
    }
    glance.cpu_s = static_cast<double>(used) / ticks;
    next_number(rest);  // priority
    next_number(rest);  // nice
    glance.threads = static_cast<int>(next_number(rest));
    for (int field = 21; field <= 23; ++field) {
        next_number(rest);
    }
    glance.rss_bytes = next_number(rest) * page;
    return glance;
}

std::optional<WaitingCall> waiting_call(pid_t pid, pid_t thread) {
    const std::string content = read_small_file(proc_path(pid, thread, "syscall"));
    if (content.empty() || content.starts_with("running")) {
        return std::nullopt;
    }
    std::string_view rest = content;
    WaitingCall call;
    call.number = next_number(rest);
    if (call.number >= 0) {
        for (unsigned long& argument : call.arguments) {
            argument = next_hexadecimal(rest);
        }
    }
    return call;
}

std::optional<std::int64_t> time_on_processor(pid_t pid, pid_t thread) {
    const std::string content = read_small_file(proc_path(pid, thread, "schedstat"));
    std::string_view rest = content;
    return content.empty() ? std::nullopt : std::optional<std::int64_t>(next_number(rest));
}

std::string waiting_place(pid_t pid, pid_t thread) {
    const std::string place = read_small_file(proc_path(pid, thread, "wchan"));
    return place == "0" ? std::string() : place;
}

std::string descriptor_target(pid_t pid, int number) {
    char target[256];
    const std::string path = proc_path(pid, 0, "fd/") + std::to_string(number);
    const ssize_t size = ::readlink(path.c_str(), target, sizeof target);
    return size > 0 ? std::string(target, size) : std::string();
}

std::vector<pid_t> children_of(pid_t pid) {
    const std::string content = read_small_file(proc_path(pid, pid, "children"));
    std::vector<pid_t> pids;
    std::string_view rest = content;
    while (const auto child = static_cast<pid_t>(next_number(rest))) {
        pids.push_back(child);
    }
    return pids;
}

std::vector<pid_t> threads_of(pid_t pid, std::size_t limit) {
    std::vector<pid_t> threads;
    const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir(proc_path(pid, 0, "task").c_str()),
                                                     &::closedir);
    while (folder && threads.size() < limit) {
        const dirent* entry = ::readdir(folder.get());
        if (entry == nullptr) {
            break;
        }
        std::string_view name(entry->d_name);
        if (const auto thread = static_cast<pid_t>(next_number(name)); thread > 0) {
            threads.push_back(thread);
        }
    }
    return threads;
}

}  // namespace pipectl
