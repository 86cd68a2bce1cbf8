#include "stages/flow/spill.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "stages/base/error.hpp"
#include "stages/flow/jobs.hpp"
#include "stages/flow/moved.hpp"
#include "stages/flow/readers.hpp"

namespace pipectl::helper {

Spill::Spill(const Bounds& bounds, const std::vector<int>& outputs)
    : bounds_(bounds), log_(bounds.memory, bounds.disk) {
    cursors_.reserve(outputs.size());
    for (const int fd : outputs) {
        cursors_.push_back({.out = Output(fd)});
    }
}

void Spill::copy(int in) {
    while (!cursors_.empty() && (!ended_ || !delivered())) {
        bool moved = take(in);
        for (Cursor& cursor : cursors_) {
            moved = deliver(cursor) || moved;
            cursor.out.look(0);
        }
        drop_gone();
        finish_complete();
        if (!moved && !(ended_ && delivered())) wait(in);
    }
}

/// Takes what the input has, as much as one block.
bool Spill::take(int in) {
    if (ended_) return false;
    std::span<char> space = log_.space();
    full_ = space.empty() && bounds_.wait_when_full;
    // poll(2) first, as the description may be blocking and is not ours to change
    if (full_ || !is_ready(in, POLLIN)) return false;
    if (space.empty()) {
        log_.spill();
        space = log_.space();
    }
    const ssize_t got = ::read(in, space.data(), space.size());
    if (got < 0) {
        if (errno == EAGAIN || errno == EINTR) return false;
        throw SystemError(cannot_read(in), errno);
    }
    log_.commit(got);
    count_moved(in, got);
    ended_ = got == 0;
    return true;
}

/// Writes a block's worth at most, so that the input is looked at again soon.
bool Spill::deliver(Cursor& cursor) {
    if (cursor.blocked || cursor.out.gone() || cursor.offset == log_.end()) return false;
    const std::span<const char> data = log_.at(cursor.offset);
    const std::size_t written = cursor.out.write(data.data(), data.size());
    cursor.offset += written;
    cursor.blocked = written < data.size();
    return written > 0 || cursor.out.gone();
}

void Spill::drop_gone() {
    std::erase_if(cursors_, [](const Cursor& cursor) { return cursor.out.gone(); });
    if (cursors_.empty() && !finished_) end_without_readers();
    std::uint64_t least = log_.end();
    for (const Cursor& cursor : cursors_) {
        least = std::min(least, cursor.offset);
    }
    log_.release(least);
}

/// An output that has everything sees the end, though another is still behind: its reader may be
/// what that one waits for.
void Spill::finish_complete() {
    if (!ended_ || cursors_.size() < 2) return;
    const auto complete = [this](const Cursor& cursor) { return cursor.offset == log_.end(); };
    for (Cursor& cursor : cursors_) {
        if (!complete(cursor)) continue;
        cursor.out.finish();
        finished_ = true;
    }
    std::erase_if(cursors_, complete);
}

bool Spill::delivered() const {
    return std::all_of(cursors_.begin(), cursors_.end(),
                       [this](const Cursor& cursor) { return cursor.offset == log_.end(); });
}

void Spill::wait(int in) {
    waiting_.clear();
    for (const Cursor& cursor : cursors_) {
        waiting_.add(cursor.out.fd(), cursor.offset < log_.end() ? POLLOUT : 0);
    }
    if (!ended_ && !full_) waiting_.add(in, POLLIN);
    waiting_.wait();
    for (std::size_t i = 0; i < cursors_.size(); ++i) {
        cursors_[i].out.look(waiting_.events(i));
        if (waiting_.events(i) != 0) cursors_[i].blocked = false;
    }
    drop_gone();
}

}  // namespace pipectl::helper
