#include "stages/flow/gathering.hpp"

namespace pipectl::helper {

void InOrder::begin(std::size_t replica) {
    turn_of_[replica] = first_ + turns_.size();
    turns_.emplace_back();
}

bool InOrder::reader_waits() const {
    return kept_.full() && !turns_.empty() && !turns_.front().queue.empty();
}

bool InOrder::wants(std::size_t replica) const {
    return is_first(replica) ? turns_.front().queue.empty() : !reader_waits();
}

void InOrder::add(std::size_t replica, std::string_view bytes) {
    Turn& turn = turns_[turn_of_[replica] - first_];
    if (is_first(replica) && turn.queue.empty() && !blocked_) {
        const std::size_t written = out_.write(bytes.data(), bytes.size());
        blocked_ = written < bytes.size();
        bytes.remove_prefix(written);
    }
    if (!out_.gone()) kept_.add(turn.queue, bytes);
}

void InOrder::end(std::size_t replica) {
    Turn& turn = turns_[turn_of_[replica] - first_];
    turn.complete = true;
    if (!is_first(replica)) kept_.close(turn.queue);
}

bool InOrder::flush() {
    bool moved = false;
    while (!turns_.empty() && !blocked_ && !out_.gone()) {
        Turn& turn = turns_.front();
        if (turn.queue.empty()) {
            if (!turn.complete) break;
            turns_.pop_front();
            ++first_;
            moved = true;
            continue;
        }
        const std::string_view bytes = kept_.front(turn.queue);
        const std::size_t written = out_.write(bytes.data(), bytes.size());
        blocked_ = written < bytes.size();
        moved = moved || written > 0;
        if (written > 0) kept_.consume(turn.queue, written);
    }
    return moved;
}

void InOrder::look(short events) {
    if (events != 0) blocked_ = false;
    out_.look(events);
}

void AsTheyCome::add(std::size_t replica, std::string_view bytes) {
    std::string& unfinished = unfinished_[replica];
    const std::size_t last = bytes.rfind('\n');
    if (last != std::string_view::npos) {
        if (!unfinished.empty()) {
            const std::size_t first = bytes.find('\n') + 1;
            unfinished.append(bytes.substr(0, first));
            queue_.add(unfinished);
            std::string().swap(unfinished);
            queue_.add(bytes.substr(first, last + 1 - first));
        } else {
            queue_.add(bytes.substr(0, last + 1));
        }
        bytes.remove_prefix(last + 1);
    }
    unfinished.append(bytes);
}

void AsTheyCome::end(std::size_t replica) {
    queue_.add(unfinished_[replica]);
    std::string().swap(unfinished_[replica]);
}

}  // namespace pipectl::helper
