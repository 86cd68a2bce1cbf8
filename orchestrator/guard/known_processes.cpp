#include "orchestrator/guard/known_processes.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <exception>
#include <vector>

#include "orchestrator/guard/guard.hpp"
#include "orchestrator/process/descendants.hpp"
#include "orchestrator/process/proc_look.hpp"
#include "stages/base/error.hpp"
#include "stages/objects/run_remains.hpp"

namespace pipectl {

namespace {

/// A run of more does not pay for its list.
constexpr std::size_t kMostKnown = 4096;

}  // namespace

KnownProcesses::KnownProcesses(const Plan& plan, const std::string& run_id,
                               channel::PrivateFolder& folder)
    : detached_(plan, run_id), run_id_(run_id), folder_(folder) {}

void KnownProcesses::note() noexcept {
    // at the first look the front may still be making the group
    if (needless_ || !std::exchange(looked_, true)) {
        return;
    }
    try {
        needless_ = !file_ && find_cgroup_of(run_id_);
        if (needless_) {
            return;
        }
        Known now;
        std::vector<pid_t> left = children_of(::getpid());
        while (!left.empty() && now.size() < kMostKnown) {
            const pid_t pid = left.back();
            left.pop_back();
            ProcessStat stat;
            if (!read_process_stat(pid, stat) || !now.emplace(pid, stat.start_time).second) {
                continue;
            }
            const std::vector<pid_t> below = children_of(pid);
            left.insert(left.end(), below.begin(), below.end());
        }
        if (detached_.any()) {
            std::erase_if(now, [this](const auto& one) { return detached_.own(one.first); });
        }
        if (now != known_) {
            write(now);
            known_ = std::move(now);
        }
    } catch (const std::exception&) {
        needless_ = true;  // the guard has the environment to go by
    }
}

void KnownProcesses::write(const Known& known) {
    if (!file_) {
        path_ = folder_.path() + "/" + channel::kProcessList;
        folder_.will_create(path_);
        file_.reset(::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                           S_IRUSR | S_IWUSR));
        if (!file_) {
            throw SystemError("cannot create '" + path_ + "'", errno);
        }
    }
    std::string text;
    for (const auto& [pid, start] : known) {
        text += std::to_string(pid) + " " + std::to_string(start) + "\n";
    }
    const auto size = static_cast<ssize_t>(text.size());
    if (::pwrite(file_.get(), text.data(), text.size(), 0) != size ||
        ::ftruncate(file_.get(), size) != 0) {
        throw SystemError("cannot write '" + path_ + "'", errno);
    }
}

void KnownProcesses::close() noexcept {
    if (file_) {
        file_.reset();
        ::unlink(path_.c_str());
        folder_.removed(path_);
    }
    needless_ = true;
}

}  // namespace pipectl
