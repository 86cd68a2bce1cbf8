#include <dirent.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "stages/base/fd.hpp"
#include "tests/misbehave/misbehave.hpp"

namespace pipectl::test {

namespace {

// All numbers are collected before anything is opened, but for the folder itself.
int print_descriptors(const Arguments& arguments) {
    DIR* const folder = ::opendir("/proc/self/fd");
    if (folder == nullptr) {
        return 1;
    }
    std::vector<int> numbers;
    while (const dirent* entry = ::readdir(folder)) {
        const int number = std::atoi(entry->d_name);
        if (entry->d_name[0] != '.' && number != ::dirfd(folder)) {
            numbers.push_back(number);
        }
    }
    ::closedir(folder);
    std::sort(numbers.begin(), numbers.end());
    std::string lines;
    for (const int number : numbers) {
        char target[4096];
        const std::string link = "/proc/self/fd/" + std::to_string(number);
        const ssize_t length = ::readlink(link.c_str(), target, sizeof target);
        lines += std::to_string(number) + " " +
                 std::string(target, length > 0 ? static_cast<std::size_t>(length) : 0) + "\n";
    }
    if (arguments.empty()) {
        say(1, lines);
    } else {
        announce(arguments[0], lines);
    }
    return 0;
}

int print_signals(const Arguments&) {
    const std::string status = read_small_file("/proc/self/status");
    std::string lines;
    for (const char* name : {"SigBlk:", "SigIgn:", "SigCgt:"}) {
        const std::size_t at = status.find(name);
        lines += status.substr(at, status.find('\n', at) - at + 1);
    }
    say(1, lines);
    return 0;
}

int print_env(const Arguments& arguments) {
    const char* const value = std::getenv(text(arguments, 0).c_str());
    if (value == nullptr) {
        return 1;
    }
    say(1, std::string(value) + "\n");
    return 0;
}

int print_ids(const Arguments&) {
    char cwd[4096];
    if (::getcwd(cwd, sizeof cwd) == nullptr) {
        return 1;
    }
    const mode_t mask = ::umask(0);
    char octal[16];
    std::snprintf(octal, sizeof octal, "%04o", mask);
    gid_t groups[256];
    const int group_count = ::getgroups(256, groups);
    std::string line =
        "pid " + std::to_string(::getpid()) + "\nppid " + std::to_string(::getppid()) + "\npgid " +
        std::to_string(::getpgrp()) + "\nsid " + std::to_string(::getsid(0)) + "\ncwd " + cwd +
        "\numask " + octal + "\nnice " + std::to_string(::getpriority(PRIO_PROCESS, 0)) + "\nuid " +
        std::to_string(::getuid()) + "\ngid " + std::to_string(::getgid()) + "\ngroups";
    for (int i = 0; i < group_count; ++i) {
        line += " " + std::to_string(groups[i]);
    }
    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    say(1, line + "\nopen-files " + std::to_string(files.rlim_cur) + "\n");
    return 0;
}

int print_arguments(const Arguments& arguments) {
    std::string lines;
    for (const std::string& argument : arguments) {
        lines += "[" + argument + "]\n";
    }
    say(1, lines);
    return 0;
}

constexpr Misbehaviour kTable[] = {
    {"print-descriptors", "[FILE]", "open descriptors and what they are", print_descriptors},
    {"print-signals", "", "SigBlk, SigIgn and SigCgt as at the start", print_signals},
    {"print-env", "NAME", "the variable's value; exits with 1 when it is not set", print_env},
    {"print-ids", "", "pid ppid pgid sid cwd umask nice uid gid groups open-files", print_ids},
    {"print-arguments", "...", "each in brackets on its own line", print_arguments},
};

}  // namespace

std::span<const Misbehaviour> inspection() {
    return kTable;
}

}  // namespace pipectl::test
