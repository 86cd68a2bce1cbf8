#include "stages/flow/distribute.hpp"

#include <algorithm>

#include "stages/flow/readers.hpp"

namespace pipectl::helper {

Distributor::Distributor(const std::vector<int>& outputs, Choose choose)
    : left_(outputs.size(), false), finished_(outputs.size(), false), choose_(std::move(choose)) {
    queues_.reserve(outputs.size());
    for (const int fd : outputs) {
        queues_.emplace_back(fd);
    }
}

void Distributor::run() {
    while (!in_.ended() || !in_.lines().empty() || !delivered()) {
        bool moved = distribute();
        if (in_.lines().empty()) moved = in_.read_some() || moved;
        for (LineQueue& queue : queues_) {
            moved = queue.flush() || moved;
        }
        look();
        finish_complete();
        if (!moved) wait();
    }
}

/// Puts the lines that are here into queues until one that should get the next is full.
bool Distributor::distribute() {
    bool moved = false;
    for (;;) {
        const std::string_view line = in_.line();
        if (line.empty()) return moved;
        LineQueue& queue = queues_[target(line)];
        if (!queue.out().gone()) {
            if (queue.full()) return moved;
            queue.add(line);
        }
        in_.consume(line.size());
        next_turn();
        moved = true;
    }
}

std::size_t Distributor::target(std::string_view line) const {
    return choose_ ? choose_(line, queues_.size()) : turn_;
}

/// To the next output that still takes lines, if there is one.
void Distributor::next_turn() {
    for (std::size_t i = 0; i < queues_.size(); ++i) {
        turn_ = (turn_ + 1) % queues_.size();
        if (open(turn_)) return;
    }
}

bool Distributor::open(std::size_t output) const {
    return !queues_[output].out().gone() && !finished_[output];
}

/// Deals with readers that have left since the last look.
void Distributor::look() {
    bool all_gone = true;
    for (std::size_t i = 0; i < queues_.size(); ++i) {
        if (!finished_[i]) queues_[i].look(0);
        all_gone = all_gone && queues_[i].out().gone();
    }
    if (all_gone) end_without_readers();
    if (!open(turn_)) next_turn();
    for (std::size_t i = 0; i < queues_.size(); ++i) {
        if (!queues_[i].out().gone() || left_[i]) continue;
        left_[i] = true;
        const std::string unseen = queues_[i].take_unseen();
        if (!choose_) deal_again(unseen);
    }
}

void Distributor::deal_again(std::string_view lines) {
    while (!lines.empty() && open(turn_)) {
        const std::size_t newline = lines.find('\n');
        const std::size_t size = newline == std::string_view::npos ? lines.size() : newline + 1;
        queues_[turn_].add(lines.substr(0, size));
        next_turn();
        lines.remove_prefix(size);
    }
}

/// After the last line an output that has its share sees the end, though others still read theirs.
void Distributor::finish_complete() {
    if (!in_.ended() || !in_.lines().empty()) return;
    for (std::size_t i = 0; i < queues_.size(); ++i) {
        if (!open(i) || !queues_[i].empty() || delivered()) continue;
        queues_[i].finish();
        finished_[i] = true;
    }
}

bool Distributor::delivered() const {
    return std::all_of(queues_.begin(), queues_.end(),
                       [](const LineQueue& queue) { return queue.empty(); });
}

void Distributor::wait() {
    if (in_.ended() && in_.lines().empty() && delivered()) return;
    waiting_.clear();
    std::vector<LineQueue*> watched;
    for (std::size_t i = 0; i < queues_.size(); ++i) {
        if (!open(i)) continue;
        waiting_.add(queues_[i].out().fd(), queues_[i].empty() ? 0 : POLLOUT);
        watched.push_back(&queues_[i]);
    }
    if (!in_.ended() && in_.lines().empty()) waiting_.add(in_.fd(), POLLIN);
    waiting_.wait();
    for (std::size_t i = 0; i < watched.size(); ++i) {
        watched[i]->look(waiting_.events(i));
    }
    look();
}

}  // namespace pipectl::helper
