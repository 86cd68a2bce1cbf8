// The end of an OutputSet: everything in place, or everything as it was.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <set>
#include <utility>

#include "orchestrator/files/names.hpp"
#include "orchestrator/files/output_disk.hpp"
#include "orchestrator/files/output_state.hpp"
#include "orchestrator/files/rules.hpp"
#include "stages/base/error.hpp"

namespace pipectl {
namespace {

using Way = OutputEntry::Way;

bool not_supported(int code) {
    return code == EINVAL || code == ENOSYS || code == EOPNOTSUPP;
}

int allow_running(const OutputEntry& entry) {
    struct stat status {};
    if (!entry.file.executable) {
        return 0;
    }
    if (::fstat(entry.own.get(), &status) != 0) {
        return errno;
    }
    const mode_t readers = status.st_mode & (S_IRUSR | S_IRGRP | S_IROTH);
    return ::fchmod(entry.own.get(), (status.st_mode | readers >> 2U) & 0777U) == 0 ? 0 : errno;
}

/// Gives the new file what it takes over from the one at the target, which is looked at again: it
/// may be another one than at the start. Mode and attributes come last, a write would take
/// set-user-ID bits away again. Returns 0 also when there is no such file.
int take_over(OutputEntry& entry) {
    const Fd old(
        ::openat(entry.folder(), entry.target.base.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    struct stat status {};
    if (!old || ::fstat(old.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
        return allow_running(entry);
    }
    if (!may_touch(status, entry.target.folder_status)) {
        return EACCES;
    }
    if (!may_keep_owner(status, entry.target.folder_status)) {
        return EPERM;
    }
    if (const int code = take_owner(entry.own.get(), status); code != 0) {
        return code;
    }
    drop_access_list(entry.own.get());
    if (status.st_uid == ::geteuid()) {
        copy_attributes(old.get(), entry.own.get());
    }
    entry.replaced = status;
    return ::fchmod(entry.own.get(), mode_after(status)) == 0 ? allow_running(entry) : errno;
}

int finish_content(OutputEntry& entry) {
    if (entry.way == Way::atomic) {
        if (const int code = take_over(entry); code != 0) {
            return code;
        }
    }
    return entry.file.durable && entry.own && ::fsync(entry.own.get()) != 0 ? errno : 0;
}

/// Notes what has failed, if anything did.
bool tell_step(const OutputEntry& entry, int code, OutputResult& result) {
    if (code == 0) return true;
    const char* const verb = entry.way == Way::atomic ? "cannot replace '" : "cannot write '";
    result.error = verb + entry.file.path + "': " + errno_text(code);
    return false;
}

int give_name(const OutputEntry& entry) {
    if (entry.named) {
        return 0;
    }
    const std::string nameless = "/proc/self/fd/" + std::to_string(entry.own.get());
    return ::linkat(AT_FDCWD, nameless.c_str(), entry.folder(), entry.temporary.c_str(),
                    AT_SYMLINK_FOLLOW) == 0
               ? 0
               : errno;
}

int rename_over(const OutputEntry& entry, const std::string& from) {
    return ::renameat(entry.folder(), from.c_str(), entry.folder(), entry.target.base.c_str()) == 0
               ? 0
               : errno;
}

/// EAGAIN: something has that name by now.
int create(const OutputEntry& entry) {
    if (::renameat2(entry.folder(), entry.temporary.c_str(), entry.folder(),
                    entry.target.base.c_str(), RENAME_NOREPLACE) == 0) {
        return 0;
    }
    return errno == EEXIST ? EAGAIN : errno;
}

/// For file systems that cannot exchange two names: the old content gets a second name first.
int replace_with_backup(const OutputEntry& entry, std::size_t i, SharedProgress& progress) {
    progress.set_intent(i, OutputIntent::backup);
    if (::linkat(entry.folder(), entry.target.base.c_str(), entry.folder(), entry.backup.c_str(),
                 0) != 0 &&
        errno != ENOENT) {
        progress.set_intent(i, OutputIntent::overwrite);
    }
    return rename_over(entry, entry.temporary);
}

/// The exchange takes whatever has the target's name at that moment: what came back must be the
/// file that was looked at. EAGAIN: it was not, and has been put back.
int exchange_with_seen(const OutputEntry& entry) {
    if (const int code = exchange(entry.folder(), entry.temporary, entry.target.base); code != 0) {
        return code;
    }
    struct stat back {};
    if (::fstatat(entry.folder(), entry.temporary.c_str(), &back, AT_SYMLINK_NOFOLLOW) == 0 &&
        same_file(back, entry.replaced)) {
        return 0;
    }
    const bool ours = put_back(entry.folder(), entry.temporary, entry.target.base, entry.own.get());
    return ours ? EAGAIN : EBUSY;
}

/// One try. EAGAIN: the name was given away meanwhile.
int replace_once(OutputEntry& entry, std::size_t i, SharedProgress& progress) {
    const std::string& target = entry.target.base;
    struct stat now {};
    if (::fstatat(entry.folder(), target.c_str(), &now, AT_SYMLINK_NOFOLLOW) != 0) {
        progress.set_intent(i, OutputIntent::create);
        return create(entry);
    }
    if (!S_ISREG(now.st_mode)) {
        return S_ISDIR(now.st_mode) ? EISDIR : EEXIST;
    }
    if (!same_file(now, entry.replaced)) {
        if (const int code = take_over(entry); code != 0) {
            return code;
        }
    }
    progress.set_intent(i, OutputIntent::exchange);
    const int code = exchange_with_seen(entry);
    return code == ENOENT ? EAGAIN : code;
}

int replace(OutputEntry& entry, std::size_t i, SharedProgress& progress) {
    constexpr int kRounds = 16;
    int code = EAGAIN;
    for (int round = 0; round < kRounds && code == EAGAIN; ++round) {
        code = replace_once(entry, i, progress);
    }
    if (code == EAGAIN) {
        return EBUSY;
    }
    return not_supported(code) ? replace_with_backup(entry, i, progress) : code;
}

void undo_atomic(const OutputEntry& entry, OutputIntent intent) noexcept {
    const std::string& target = entry.target.base;
    switch (intent) {
        case OutputIntent::none:
        case OutputIntent::overwrite: break;
        case OutputIntent::exchange:
            put_back(entry.folder(), entry.temporary, target, entry.own.get());
            break;
        case OutputIntent::create: remove_if_ours(entry.folder(), target, entry.own.get()); break;
        case OutputIntent::backup:
            // two names of one file: rename(2) does nothing, so the second name is removed as well
            if (rename_over(entry, entry.backup) == 0) {
                ::unlinkat(entry.folder(), entry.backup.c_str(), 0);
            } else {
                remove_if_ours(entry.folder(), target, entry.own.get());
            }
            break;
    }
    remove_if_ours(entry.folder(), entry.temporary, entry.own.get());
}

void undo_append(const OutputEntry& entry) noexcept {
    if (entry.created) {
        remove_if_ours(entry.folder(), entry.target.base, entry.own.get());
        return;
    }
    struct stat now {};
    if (::fstat(entry.own.get(), &now) == 0 && now.st_size > entry.start) {
        // a file that could not be put back is still there to be looked at
        [[maybe_unused]] const int ignored = ::ftruncate(entry.own.get(), entry.start);
    }
}

bool is_cut_back(const OutputEntry& entry, bool cancelled) {
    return entry.file.atomic && !(cancelled && entry.file.keep_when_cancelled);
}

/// What is wrong with an output that has nothing in it; empty: nothing is.
std::string emptiness(const OutputEntry& entry) {
    if (!entry.file.refuse_empty || !entry.own || !holds_nothing(entry.own.get(), entry.start)) {
        return {};
    }
    const bool kept = entry.way == Way::atomic;
    return "nothing was written to '" + entry.file.path + "', which has `empty = \"refuse\"`" +
           (kept ? ": it is left as it was" : "");
}

void sync_folders(const std::vector<OutputEntry>& entries, std::vector<OutputResult>& results) {
    std::set<std::pair<dev_t, ino_t>> synced;
    for (std::size_t i = 0; i < entries.size(); ++i) {
        const OutputTarget& target = entries[i].target;
        const auto& folder = target.folder_status;
        if (!entries[i].file.durable || !target.folder ||
            !synced.insert({folder.st_dev, folder.st_ino}).second) {
            continue;
        }
        if (const int code = sync_folder(target.folder.get()); code != 0) {
            results[i].error =
                "cannot sync folder '" + target.folder_path + "': " + errno_text(code);
        }
    }
}

void remove_old_contents(const std::vector<OutputEntry>& entries,
                         const SharedProgress& progress) noexcept {
    for (std::size_t i = 0; i < entries.size(); ++i) {
        if (progress.intent(i) == OutputIntent::exchange) {
            ::unlinkat(entries[i].folder(), entries[i].temporary.c_str(), 0);
        } else if (progress.intent(i) == OutputIntent::backup) {
            ::unlinkat(entries[i].folder(), entries[i].backup.c_str(), 0);
        }
    }
}

}  // namespace

std::vector<OutputResult> OutputSet::prepare() {
    std::vector<OutputResult> results;
    if (!state_) {
        return results;
    }
    auto& entries = state_->entries;
    bool good = true;
    for (std::size_t i = 0; i < entries.size(); ++i) {
        results.push_back({static_cast<int>(i), entries[i].file.path, false, trouble(i)});
        if (results[i].error.empty()) {
            results[i].error = emptiness(entries[i]);
        }
        good = good && results[i].error.empty();
    }
    for (std::size_t i = 0; i < entries.size() && good; ++i) {
        good = tell_step(entries[i], finish_content(entries[i]), results[i]);
    }
    return results;
}

std::vector<OutputResult> OutputSet::commit() {
    std::vector<OutputResult> results = prepare();
    if (!state_) {
        return results;
    }
    auto& entries = state_->entries;
    auto& progress = state_->progress;
    bool good = std::ranges::all_of(
        results, [](const OutputResult& result) { return result.error.empty(); });
    const auto step = [&](std::size_t i, int code) {
        good = tell_step(entries[i], code, results[i]);
    };
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
    sync_folders(entries, results);
    for (std::size_t i = 0; i < entries.size(); ++i) {
        results[i].replaced = entries[i].way != Way::deferred;
        entries[i].own.reset();
        entries[i].given.reset();
    }
    return results;
}

void OutputSet::roll_back() noexcept {
    undo(false);
}

void OutputSet::undo(bool cancelled) noexcept {
    if (!state_) {
        return;
    }
    auto& progress = state_->progress;
    auto& entries = state_->entries;
    const auto phase = progress.phase();
    for (std::size_t i = 0; i < entries.size(); ++i) {
        if (entries[i].way == Way::deferred && progress.late(i) >= 0) {
            adopt_late(entries[i], state_->run_id, i, progress.late(i));
        }
    }
    if (phase == OutputPhase::committed) {
        remove_old_contents(entries, progress);
    } else if (phase != OutputPhase::rolled_back) {
        for (std::size_t i = entries.size(); i-- > 0;) {
            const auto& entry = entries[i];
            if (entry.way == Way::atomic && entry.own) {
                undo_atomic(entry, progress.intent(i));
            } else if (entry.way == Way::append && entry.own && is_cut_back(entry, cancelled)) {
                undo_append(entry);
            }
        }
        progress.set_phase(OutputPhase::rolled_back);
    }
    for (auto& entry : entries) {
        if (state_->leaves_open) {
            (void)entry.own.release();
            (void)entry.given.release();
        } else {
            entry.own.reset();
            entry.given.reset();
        }
    }
}

std::vector<OutputResult> OutputSet::give_up(bool cancelled) {
    std::vector<OutputResult> results;
    for (std::size_t i = 0; i < size(); ++i) {
        const auto& entry = state_->entries[i];
        const bool restored =
            entry.way == Way::atomic || (entry.way == Way::append && is_cut_back(entry, cancelled));
        auto error = trouble(i);
        if (restored || !error.empty()) {
            results.push_back({static_cast<int>(i), entry.file.path, !restored, std::move(error)});
        }
    }
    undo(cancelled);
    return results;
}

}  // namespace pipectl
