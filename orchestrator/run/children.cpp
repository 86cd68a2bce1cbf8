#include "orchestrator/run/children.hpp"

#include <signal.h>
#include <unistd.h>

#include "orchestrator/process/descendants.hpp"

namespace pipectl {

void Children::add(int process, pid_t pid) {
    all_[process] = pid;
    by_pid_.emplace(pid, process);
}

void Children::remove(int process) {
    by_pid_.erase(pid(process));
    all_[process] = -1;
}

std::optional<int> Children::find(pid_t pid) const {
    const auto found = by_pid_.find(pid);
    return found == by_pid_.end() ? std::nullopt : std::optional(found->second);
}

bool Children::signal(int process, int number) const {
    const pid_t child = pid(process);
    return child > 0 && ::kill(child, number) == 0;
}

bool Children::is_exiting(int process) const {
    ProcessStat stat;
    const pid_t child = pid(process);
    return child > 0 && read_process_stat(child, stat) && stat.exiting();
}

std::vector<bool> Children::in_own_group() const {
    std::vector<bool> members;
    for (const pid_t child : all_) {
        members.push_back(child > 0 && ::getpgid(child) == ::getpgrp());
    }
    return members;
}

}  // namespace pipectl
