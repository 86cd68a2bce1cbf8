#include "stages/flow/line_queue.hpp"

namespace pipectl::helper {

namespace {

constexpr std::size_t kFull = std::size_t{256} << 10;

}  // namespace

bool LineQueue::full() const {
    return pending_.size() - begin_ >= kFull;
}

void LineQueue::add(std::string_view lines) {
    if (lines.empty()) return;
    if (open_line_) pending_ += '\n';
    pending_ += lines;
    open_line_ = lines.back() != '\n';
}

bool LineQueue::flush() {
    if (blocked_ || out_.gone() || empty()) return false;
    const std::size_t size = pending_.size() - begin_;
    const std::size_t written = out_.write(pending_.data() + begin_, size);
    blocked_ = written < size;
    if (written == 0) return out_.gone();
    begin_ += written;
    inside_line_ = pending_[begin_ - 1] != '\n';
    if (empty()) {
        // a very long line's memory is given back
        if (pending_.capacity() > 4 * kFull) std::string().swap(pending_);
        pending_.clear();
        begin_ = 0;
    } else if (begin_ >= kFull) {
        pending_.erase(0, begin_);
        begin_ = 0;
    }
    return true;
}

void LineQueue::look(short events) {
    if (events != 0) blocked_ = false;
    out_.look(events);
}

std::string LineQueue::take_unseen() {
    std::string lines = pending_.substr(begin_);
    pending_.clear();
    begin_ = 0;
    if (inside_line_) {
        const std::size_t newline = lines.find('\n');
        lines.erase(0, newline == std::string::npos ? newline : newline + 1);
    }
    return lines;
}

}  // namespace pipectl::helper
