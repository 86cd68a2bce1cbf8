#include "orchestrator/files/outputs.hpp"

#include <sys/mman.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <utility>

#include "orchestrator/files/names.hpp"
#include "orchestrator/files/output_disk.hpp"
#include "orchestrator/files/output_state.hpp"
#include "stages/base/error.hpp"

namespace pipectl {
namespace {

/// ".<base>.pipectl.<run>.<index>" in the target's folder, with the base cut to what a name may
/// have.
std::string temporary_name(const OutputTarget& target, const std::string& run_id, std::size_t index,
                           const std::string& more = {}) {
    const std::string tail = ".pipectl." + run_id + "." + std::to_string(index) + more;
    const std::size_t room = NAME_MAX - 1 - std::min<std::size_t>(tail.size(), NAME_MAX - 1);
    return "." + target.base.substr(0, room) + tail;
}

void name_temporaries(OutputEntry& entry, const std::string& run_id, std::size_t index) {
    if (entry.way == OutputEntry::Way::atomic) {
        entry.temporary = temporary_name(entry.target, run_id, index);
        entry.backup = temporary_name(entry.target, run_id, index, ".old");
    }
}

OutputEntry::Way way_of(const OutputRequest& file, const OutputTarget& target) {
    if (target.kind != OutputTarget::Kind::absent && target.kind != OutputTarget::Kind::regular) {
        return OutputEntry::Way::direct;
    }
    if (file.append) {
        return OutputEntry::Way::append;
    }
    return file.atomic ? OutputEntry::Way::atomic : OutputEntry::Way::in_place;
}

/// What is written directly may be shared.
bool same_target(const OutputTarget& a, const OutputTarget& b) {
    using Kind = OutputTarget::Kind;
    const auto is_file = [](const OutputTarget& target) {
        return target.folder && (target.kind == Kind::regular || target.kind == Kind::absent);
    };
    if (!is_file(a) || !is_file(b)) {
        return false;
    }
    return (a.base == b.base && same_file(a.folder_status, b.folder_status)) ||
           (a.kind == Kind::regular && b.kind == Kind::regular && same_file(a.status, b.status));
}

/// Several may add to one file. What one of them must not take away, the others do not either.
void share(std::vector<OutputEntry>& entries) {
    for (const OutputEntry& entry : entries) {
        if (entry.shared_with >= 0) {
            OutputRequest& first = entries[entry.shared_with].file;
            first.atomic = first.atomic && entry.file.atomic;
            first.keep_when_cancelled |= entry.file.keep_when_cancelled;
        }
    }
    for (OutputEntry& entry : entries) {
        if (entry.shared_with >= 0) {
            const OutputRequest& first = entries[entry.shared_with].file;
            entry.file.atomic = first.atomic;
            entry.file.keep_when_cancelled = first.keep_when_cancelled;
        }
    }
}

}  // namespace

OutputError::OutputError(std::vector<OutputFailure> failures)
    : std::runtime_error(failures.front().message), failures_(std::move(failures)) {}

SharedProgress::SharedProgress(std::size_t entries) : size_(entries * (sizeof(int) + 1) + 1) {
    if (entries == 0) {
        bytes_ = &alone_;
        return;
    }
    void* memory =
        ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        throw SystemError("cannot map memory for the state of the output files", errno);
    }
    late_ = static_cast<int*>(memory);
    bytes_ = static_cast<unsigned char*>(memory) + entries * sizeof(int);
}

SharedProgress::~SharedProgress() {
    if (late_ != nullptr) {
        ::munmap(late_, size_);
    }
}

OutputSet::OutputSet() = default;
OutputSet::OutputSet(std::unique_ptr<State> state) : state_(std::move(state)) {}
OutputSet::OutputSet(OutputSet&&) noexcept = default;
OutputSet& OutputSet::operator=(OutputSet&& other) noexcept {
    if (this != &other) {
        roll_back();
        state_ = std::move(other.state_);
    }
    return *this;
}
OutputSet::~OutputSet() {
    roll_back();
}

OutputSet OutputSet::open(const std::vector<OutputRequest>& outputs, const std::string& run_id) {
    OutputSet set(std::make_unique<State>(outputs.size()));  // its destructor undoes what was begun
    auto& entries = set.state_->entries;
    entries.resize(outputs.size());
    std::vector<OutputFailure> failures;
    const auto note = [&failures](std::size_t i, const std::optional<TargetProblem>& problem) {
        if (problem) {
            failures.push_back({static_cast<int>(i), problem->message, problem->hint});
        }
        return problem.has_value();
    };
    for (std::size_t i = 0; i < outputs.size(); ++i) {
        auto& entry = entries[i];
        entry.file = outputs[i];
        auto found = find_output_target(entry.file.path);
        const bool now = entry.file.atomic && !entry.file.append;  // what is there stays until then
        if (entry.file.late && (!now || lacks_folder(entry.file.path))) {
            entry.way = OutputEntry::Way::deferred;
            continue;
        }
        if (note(i, found.problem)) {
            continue;
        }
        entry.target = std::move(found.target);
        entry.way = way_of(entry.file, entry.target);
        auto* const twin = std::find_if(entries.data(), &entry, [&entry](const OutputEntry& other) {
            return same_target(other.target, entry.target);
        });
        if (twin != &entry && twin->file.append && entry.file.append) {
            entry.shared_with = static_cast<int>(twin - entries.data());
        } else if (twin != &entry) {
            note(i, TargetProblem{"outputs '" + twin->file.path + "' and '" + entry.file.path +
                                      "' are the same file",
                                  "two stages cannot replace one file"});
            continue;
        }
        name_temporaries(entry, run_id, i);
        note(i, open_output(entry));
    }
    set.state_->run_id = run_id;
    share(entries);
    for (std::size_t i = 0; i < entries.size() && failures.empty(); ++i) {
        if (entries[i].created) {
            entries[i].created = false;
            note(i, create_output(entries[i]));
        }
    }
    if (!failures.empty()) {
        for (auto& entry : entries) {
            // an empty file that we made for a run which never began is not wanted
            if (entry.created) {
                remove_if_ours(entry.folder(), entry.target.base, entry.own.get());
            }
        }
        set.roll_back();
        throw OutputError(std::move(failures));
    }
    for (auto& entry : entries) {
        if (entry.way == OutputEntry::Way::in_place && ::ftruncate(entry.own.get(), 0) != 0) {
            throw SystemError("cannot truncate '" + entry.file.path + "'", errno);
        }
    }
    return set;
}

void adopt_late(OutputEntry& entry, const std::string& run_id, std::size_t index, int own) {
    auto found = find_output_target(entry.file.path);
    if (found.problem) return;
    entry.target = std::move(found.target);
    entry.way = way_of(entry.file, entry.target);
    name_temporaries(entry, run_id, index);
    entry.own.reset(own);
}

std::optional<OutputFailure> OutputSet::open_late(std::size_t i) {
    OutputEntry& entry = state_->entries.at(i);
    if (entry.way != OutputEntry::Way::deferred) return std::nullopt;
    auto found = find_output_target(entry.file.path);
    std::optional<TargetProblem> problem = std::move(found.problem);
    if (!problem) {
        entry.target = std::move(found.target);
        entry.way = way_of(entry.file, entry.target);
        name_temporaries(entry, state_->run_id, i);
        problem = open_output(entry);
    }
    if (!problem && entry.created) {
        entry.created = false;
        problem = create_output(entry);
    }
    if (problem) {
        return OutputFailure{static_cast<int>(i), problem->message, problem->hint};
    }
    if (entry.way == OutputEntry::Way::in_place) {
        [[maybe_unused]] const int ignored = ::ftruncate(entry.own.get(), 0);
    }
    state_->progress.set_late(i, entry.own.get());
    return std::nullopt;
}

std::size_t OutputSet::size() const noexcept {
    return state_ ? state_->entries.size() : 0;
}

int OutputSet::descriptor(std::size_t i) const noexcept {
    return i < size() ? state_->entries[i].given.get() : -1;
}

Fd OutputSet::take_stream(std::size_t i) {
    OutputEntry& entry = state_->entries.at(i);
    if (entry.own && ::ftruncate(entry.own.get(), 0) != 0) {
        throw SystemError("cannot truncate '" + entry.file.path + "'", errno);
    }
    if (!entry.own && entry.target.kind != OutputTarget::Kind::own_descriptor) {
        set_nonblocking(entry.given.get(), true);
    }
    return std::move(entry.given);
}

bool OutputSet::committed() const noexcept {
    return state_ && state_->progress.phase() == OutputPhase::committed;
}

void OutputSet::leave_open() noexcept {
    if (state_) {
        state_->leaves_open = true;
    }
}

void OutputSet::keep_only_rollback() noexcept {
    if (state_) {
        for (auto& entry : state_->entries) {
            entry.given.reset();
        }
    }
}

void OutputSet::begin_again() noexcept {
    for (std::size_t i = 0; i < size(); ++i) {
        OutputEntry& entry = state_->entries[i];
        if (entry.way == OutputEntry::Way::atomic && entry.own) {
            [[maybe_unused]] const int ignored = ::ftruncate(entry.own.get(), 0);
            ::lseek(entry.given.get(), 0, SEEK_SET);
        }
    }
}

std::string OutputSet::trouble(std::size_t i) const {
    const auto& entry = state_->entries.at(i);
    int code = 0;
    if (entry.own) {
        code = probe_room(entry.own.get(), entry.way != OutputEntry::Way::atomic);
    } else if (entry.target.kind == OutputTarget::Kind::device &&
               entry.target.status.st_rdev == ::makedev(1, 7)) {
        code = ENOSPC;  // full(4)
    }
    return code == 0 ? "" : "cannot write '" + entry.file.path + "': " + errno_text(code);
}

bool OutputSet::has_replaced() const noexcept {
    return state_ && !state_->entries.empty() && state_->progress.phase() == OutputPhase::committed;
}

std::string OutputSet::tail(std::size_t i, int lines) const {
    const auto& entry = state_->entries.at(i);
    return entry.own ? last_lines(entry.own.get(), entry.start, lines) : "";
}

}  // namespace pipectl
