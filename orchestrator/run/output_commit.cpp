// The end of an OutputSet: everything in place, or everything as it was.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <set>

#include "orchestrator/run/output_disk.hpp"
#include "orchestrator/run/output_state.hpp"
#include "stages/base/error.hpp"

namespace pipectl {
namespace {

using Way = OutputEntry::Way;

int exchange(const std::string& a, const std::string& b) noexcept {
    return ::renameat2(AT_FDCWD, a.c_str(), AT_FDCWD, b.c_str(), RENAME_EXCHANGE) == 0 ? 0 : errno;
}

bool not_supported(int code) {
    return code == EINVAL || code == ENOSYS || code == EOPNOTSUPP;
}

/// Mode and attributes last: a write takes set-user-ID bits away again.
int finish_content(const OutputEntry& entry) {
    if (entry.way == Way::atomic && entry.target.kind == OutputTarget::Kind::regular) {
        copy_attributes(entry.target.path, entry.own.get());
        if (::fchmod(entry.own.get(), entry.target.status.st_mode & 07777) != 0) {
            return errno;
        }
    }
    return entry.file.durable && entry.own && ::fsync(entry.own.get()) != 0 ? errno : 0;
}

int give_name(const OutputEntry& entry) {
    if (entry.named) {
        return 0;
    }
    const std::string nameless = "/proc/self/fd/" + std::to_string(entry.own.get());
    return ::linkat(AT_FDCWD, nameless.c_str(), AT_FDCWD, entry.temporary.c_str(),
                    AT_SYMLINK_FOLLOW) == 0
               ? 0
               : errno;
}

/// For file systems that cannot exchange two names: the old content gets a second name first.
int replace_with_backup(const OutputEntry& entry, std::size_t i, SharedProgress& progress) {
    const char* target = entry.target.path.c_str();
    progress.set_intent(i, OutputIntent::backup);
    if (::link(target, entry.backup.c_str()) != 0 && errno != ENOENT) {
        progress.set_intent(i, OutputIntent::overwrite);
    }
    return ::rename(entry.temporary.c_str(), target) == 0 ? 0 : errno;
}

int replace(const OutputEntry& entry, std::size_t i, SharedProgress& progress) {
    const std::string& target = entry.target.path;
    // the file may come and go under us: a few rounds, then the system's last word
    int code = 0;
    for (int round = 0; round < 4; ++round) {
        struct stat now {};
        if (::lstat(target.c_str(), &now) != 0) {
            progress.set_intent(i, OutputIntent::create);
            code = ::renameat2(AT_FDCWD, entry.temporary.c_str(), AT_FDCWD, target.c_str(),
                               RENAME_NOREPLACE) == 0
                       ? 0
                       : errno;
            if (code == EEXIST) {
                continue;
            }
        } else if (!S_ISREG(now.st_mode)) {
            return S_ISDIR(now.st_mode) ? EISDIR : EEXIST;
        } else {
            progress.set_intent(i, OutputIntent::exchange);
            code = exchange(entry.temporary, target);
            if (code == ENOENT) {
                continue;
            }
            // an exchange takes folders and links as well: what came back is looked at
            if (code == 0 && ::lstat(entry.temporary.c_str(), &now) == 0 && !S_ISREG(now.st_mode)) {
                exchange(entry.temporary, target);
                return S_ISDIR(now.st_mode) ? EISDIR : EEXIST;
            }
        }
        return not_supported(code) ? replace_with_backup(entry, i, progress) : code;
    }
    return code;
}

void remove_if_ours(const std::string& path, int fd) noexcept {
    if (same_file(path, fd)) {
        ::unlink(path.c_str());
    }
}

void undo_atomic(const OutputEntry& entry, OutputIntent intent) noexcept {
    const auto& target = entry.target.path;
    switch (intent) {
        case OutputIntent::none:
        case OutputIntent::overwrite: break;
        case OutputIntent::exchange:
            if (same_file(target, entry.own.get())) {
                exchange(entry.temporary, target);
            }
            break;
        case OutputIntent::create: remove_if_ours(target, entry.own.get()); break;
        case OutputIntent::backup:
            // two names of one file: rename(2) does nothing, so the second name is removed as well
            if (::rename(entry.backup.c_str(), target.c_str()) == 0) {
                ::unlink(entry.backup.c_str());
            } else {
                remove_if_ours(target, entry.own.get());
            }
            break;
    }
    remove_if_ours(entry.temporary, entry.own.get());
}

void undo_append(const OutputEntry& entry) noexcept {
    if (entry.created) {
        remove_if_ours(entry.target.path, entry.own.get());
        return;
    }
    struct stat now {};
    if (::fstat(entry.own.get(), &now) == 0 && now.st_size > entry.start) {
        // a file that could not be put back is still there to be looked at
        [[maybe_unused]] const int ignored = ::ftruncate(entry.own.get(), entry.start);
    }
}

void remove_old_contents(const std::vector<OutputEntry>& entries,
                         const SharedProgress& progress) noexcept {
    for (std::size_t i = 0; i < entries.size(); ++i) {
        if (progress.intent(i) == OutputIntent::exchange) {
            ::unlink(entries[i].temporary.c_str());
        } else if (progress.intent(i) == OutputIntent::backup) {
            ::unlink(entries[i].backup.c_str());
        }
    }
}

}  // namespace

bool same_file(const std::string& path, int fd) noexcept {
    struct stat named {};
    struct stat open {};
    return fd >= 0 && ::lstat(path.c_str(), &named) == 0 && ::fstat(fd, &open) == 0 &&
           named.st_dev == open.st_dev && named.st_ino == open.st_ino;
}

std::vector<OutputResult> OutputSet::commit() {
    std::vector<OutputResult> results;
    if (!state_) {
        return results;
    }
    auto& entries = state_->entries;
    auto& progress = state_->progress;
    bool good = true;
    for (std::size_t i = 0; i < entries.size(); ++i) {
        results.push_back({static_cast<int>(i), entries[i].file.path, false, trouble(i)});
        good = good && results.back().error.empty();
    }
    const auto step = [&](std::size_t i, int code) {
        if (code != 0) {
            const char* verb =
                entries[i].way == Way::atomic ? "cannot replace '" : "cannot write '";
            results[i].error = verb + entries[i].file.path + "': " + errno_text(code);
            good = false;
        }
    };
    for (std::size_t i = 0; i < entries.size() && good; ++i) {
        step(i, finish_content(entries[i]));
    }
    for (std::size_t i = 0; i < entries.size() && good; ++i) {
        if (entries[i].way == Way::atomic) {
            step(i, give_name(entries[i]));
        }
    }
    if (good) {
        progress.set_phase(OutputPhase::committing);
    }
    for (std::size_t i = 0; i < entries.size() && good; ++i) {
        if (entries[i].way == Way::atomic) {
            step(i, replace(entries[i], i, progress));
        }
    }
    if (!good) {
        roll_back();
        return results;
    }
    progress.set_phase(OutputPhase::committed);
    remove_old_contents(entries, progress);
    std::set<std::string> synced;
    for (std::size_t i = 0; i < entries.size(); ++i) {
        results[i].replaced = true;
        const auto& folder = entries[i].target.folder;
        if (entries[i].file.durable && !folder.empty() && synced.insert(folder).second) {
            const int code = sync_folder(folder);
            if (code != 0) {
                results[i].error = "cannot sync folder '" + folder + "': " + errno_text(code);
            }
        }
        entries[i].own.reset();
        entries[i].given.reset();
    }
    return results;
}

void OutputSet::roll_back() noexcept {
    if (!state_) {
        return;
    }
    auto& progress = state_->progress;
    auto& entries = state_->entries;
    const auto phase = progress.phase();
    if (phase == OutputPhase::committed) {
        remove_old_contents(entries, progress);
    } else if (phase != OutputPhase::rolled_back) {
        for (std::size_t i = entries.size(); i-- > 0;) {
            const auto& entry = entries[i];
            if (entry.way == Way::atomic && entry.own) {
                undo_atomic(entry, progress.intent(i));
            } else if (entry.way == Way::append && entry.own && entry.file.atomic) {
                undo_append(entry);
            }
        }
        progress.set_phase(OutputPhase::rolled_back);
    }
    for (auto& entry : entries) {
        entry.own.reset();
        entry.given.reset();
    }
}

std::vector<OutputResult> OutputSet::give_up() {
    std::vector<OutputResult> results;
    for (std::size_t i = 0; i < size(); ++i) {
        const auto way = state_->entries[i].way;
        const bool restored =
            way == Way::atomic || (way == Way::append && state_->entries[i].file.atomic);
        auto error = trouble(i);
        if (restored || !error.empty()) {
            results.push_back(
                {static_cast<int>(i), state_->entries[i].file.path, !restored, std::move(error)});
        }
    }
    roll_back();
    return results;
}

}  // namespace pipectl
