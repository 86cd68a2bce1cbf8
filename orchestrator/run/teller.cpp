#include "orchestrator/run/teller.hpp"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "stages/base/error.hpp"
#include "stages/base/text.hpp"

namespace pipectl {

namespace {

/// What waits for a front that is stopped, at most.
constexpr std::size_t kMostKept = 1 << 20;

std::string count_of_lines(std::size_t count) {
    return std::to_string(count) + (count == 1 ? " line was" : " lines were");
}

}  // namespace

Teller::Teller() : stderr_(std::make_unique<Outlet>(STDERR_FILENO)) {}

void Teller::send_events_to(Fd file, std::string path) {
    events_file_ = std::move(file);
    events_path_ = std::move(path);
    events_ = std::make_unique<Outlet>(events_file_.get());
}

void Teller::say(std::string_view text) noexcept {
    if (text.empty()) {
        return;  // nothing to wake the front for
    }
    if (socket_ >= 0) {
        hand_over(FrontWord::Kind::text, text);
    } else {
        pass_on_bytes(text);
    }
}

void Teller::complain(std::string_view message) noexcept {
    say("pipectl: " + printable(message) + "\n");
}

void Teller::tell_event(std::string_view line) noexcept {
    if (!events_) {
        return;
    }
    if (socket_ >= 0) {
        hand_over(FrontWord::Kind::event, line);
    } else {
        write_event(line);
    }
}

void Teller::use_front(int socket, int front_end, int front_pidfd) noexcept {
    socket_ = socket;
    front_end_ = front_end;
    front_pidfd_ = front_pidfd;
}

void Teller::replace_front() noexcept {
    socket_ = -1;
    while (const auto word = take_word(front_end_)) {
        pass_on(*word);
    }
    for (const FrontWord& word : std::exchange(kept_, {})) {
        pass_on(word);
    }
}

void Teller::hand_over(FrontWord::Kind kind, std::string_view payload) noexcept {
    do {
        const std::string_view piece = payload.substr(0, kLongestWord);
        payload.remove_prefix(piece.size());
        if (send_kept() && send_word(socket_, kind, piece) == 0) {
            continue;
        }
        // the last word is never left out
        if (kind == FrontWord::Kind::result || kept_bytes_ + piece.size() <= kMostKept) {
            kept_.push_back({kind, std::string(piece)});
            kept_bytes_ += piece.size();
        }
    } while (!payload.empty());
}

/// In their order. False when some are still here.
bool Teller::send_kept() noexcept {
    while (!kept_.empty()) {
        if (send_word(socket_, kept_.front().kind, kept_.front().payload) != 0) {
            return false;
        }
        kept_bytes_ -= kept_.front().payload.size();
        kept_.pop_front();
    }
    return true;
}

void Teller::finish(std::string_view result) noexcept {
    hand_over(FrontWord::Kind::result, result);
    while (!send_kept()) {
        // both ends are in the table of descriptors that we share: only the handle tells
        pollfd ends[2] = {{socket_, POLLOUT, 0}, {front_pidfd_, POLLIN, 0}};
        if ((::poll(ends, 2, -1) < 0 && errno != EINTR) || ends[1].revents != 0) {
            return;
        }
    }
}

void Teller::pass_on(const FrontWord& word) noexcept {
    if (word.kind == FrontWord::Kind::text) {
        pass_on_bytes(word.payload);
    } else if (word.kind == FrontWord::Kind::event) {
        write_event(word.payload);
    }
}

void Teller::pass_on_bytes(std::string_view bytes) noexcept {
    push();
    (void)stderr_->put(bytes);
}

void Teller::write_event(std::string_view line) noexcept {
    if (events_lost_ || events_->put(line)) {
        return;
    }
    lose_events(events_->error() == 0 ? "its reader has fallen behind"
                                      : errno_text(events_->error()));
}

/// A stream with a gap would be taken for a whole one.
void Teller::lose_events(const std::string& why) noexcept {
    if (!std::exchange(events_lost_, true)) {
        complain("cannot write events to '" + events_path_ + "': " + why);
    }
}

void Teller::push() noexcept {
    stderr_->push();
    if (!stderr_->stuck() && stderr_->error() == 0) {
        if (const std::size_t lines = stderr_->take_dropped(); lines > 0) {
            (void)stderr_->put("pipectl: " + count_of_lines(lines) +
                               " dropped: nobody read stderr\n");
        }
    }
    if (events_) {
        events_->push();
    }
}

void Teller::drain(std::chrono::milliseconds patience,
                   const std::function<bool()>& enough) noexcept {
    push();
    if (events_ && !events_lost_ && !events_->drain(patience, enough)) {
        lose_events(events_->error() == 0 ? "nobody reads it" : errno_text(events_->error()));
    }
    stderr_->drain(patience, enough);
    if (stderr_->error() == 0) {
        push();
    }
}

}  // namespace pipectl
