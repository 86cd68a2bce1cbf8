#pragma once

// What pipectl writes where somebody else reads: stderr, a stream of events. Never waits for the
// reader.
//
// What the reader takes now is written. The rest waits here, up to a bound; texts beyond it are
// dropped whole, and counted. The open file description is often shared with the caller and with
// stages, so it is left as it is: pipes and terminals are opened a second time, non-blocking, and
// where that may not be (a terminal of another user) a write is made only when poll(2) promises
// room, and is interrupted should somebody else have taken it. Regular files are written to as
// they are: a disk is waited for.

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "stages/base/fd.hpp"

namespace pipectl {

class Outlet {
  public:
    /// `fd` is borrowed. Nothing is done with it before the first text.
    explicit Outlet(int fd) : fd_(fd) {}

    /// Writes the text, or keeps what the reader does not take. False when it was dropped, because
    /// too much waits already or because nobody can ever read it.
    bool put(std::string_view text) noexcept;

    /// Tries again to write what waits.
    void push() noexcept;

    /// Something waits for the reader.
    [[nodiscard]] bool stuck() const noexcept { return !waiting_.empty(); }
    /// How many bytes wait.
    [[nodiscard]] std::size_t waiting() const noexcept { return waiting_.size(); }
    /// How many lines were dropped since this was asked last.
    std::size_t take_dropped() noexcept { return std::exchange(dropped_lines_, 0); }
    /// The reader has gone, or writing failed: errno, 0 while all is well.
    [[nodiscard]] int error() const noexcept { return error_; }
    /// To wait for with POLLOUT while it is stuck.
    [[nodiscard]] int descriptor() const noexcept { return own_ ? own_.get() : fd_; }

    /// Waits until nothing is left, for as long as the reader takes something at least every
    /// `patience` and `enough` is false; it is asked twenty times a second. What is left then is
    /// dropped. False when something was.
    bool drain(std::chrono::milliseconds patience, const std::function<bool()>& enough) noexcept;

  private:
    enum class Way { unknown, direct, open_again, socket, careful };

    void find_way() noexcept;
    long write_some(std::string_view text) noexcept;
    void drop(std::string_view text) noexcept;

    int fd_;
    Fd own_;
    Way way_ = Way::unknown;
    std::size_t most_at_once_ = 0;
    std::string waiting_;
    std::size_t dropped_lines_ = 0;
    int error_ = 0;
};

/// Writes the text for as long as the reader takes something at least every `patience`; else as
/// write_all(). Returns 0, or the errno that stopped it: EAGAIN for a reader that takes nothing.
int write_bounded(int fd, std::string_view text, std::chrono::milliseconds patience) noexcept;

}  // namespace pipectl
