#pragma once

// One side of the conversation between the launcher of a run and a node: lines over descriptors
// that it does not own.
//
// It never waits: what the other side does not take yet waits in memory, and is sent on by the next
// call, or by the pulse. Sending may happen on two threads. Greetings that a login shell prints
// before the other side's first message are skipped, and kept to be shown.

#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "orchestrator/hosts/message.hpp"

namespace pipectl::hosts {

/// What is skipped before a first message, in bytes.
inline constexpr std::size_t kMostNoise = std::size_t{64} << 10;

class Talk {
  public:
    /// Sets both non-blocking. `longest`: bytes of a line that it takes.
    Talk(int in, int out, std::size_t longest);

    /// Never throws: an error of the connection is seen by who reads.
    void send(const Message& message) noexcept;
    /// Sends what waits; false when some still does.
    bool flush() noexcept;
    [[nodiscard]] bool has_waiting() noexcept;
    [[nodiscard]] int out() const noexcept { return out_; }
    [[nodiscard]] int in() const noexcept { return in_; }
    /// Called by send() when something waits; may be empty.
    void on_waiting(std::function<void()> wake) { wake_ = std::move(wake); }

    /// Takes what is there. False: there will be nothing more, or what came is too much.
    bool take() noexcept;
    /// The next message that has come. Throws WireError for a line that is none, once the first one
    /// has been one; and when more than kMostNoise came before it.
    std::optional<Message> next();
    /// What came before the first message.
    [[nodiscard]] const std::string& noise() const noexcept { return noise_; }
    /// Whatever waits to be sent is dropped, and nothing is sent any more.
    void close() noexcept;

  private:
    std::optional<std::string> next_line();

    int in_;
    int out_;
    std::size_t longest_;
    std::string taken_;
    std::size_t at_ = 0;  ///< of `taken_`: where the next line begins
    std::string noise_;
    bool spoke_ = false;  ///< the other side

    std::mutex lock_;
    std::string waiting_;
    bool closed_ = false;
    std::function<void()> wake_;
};

}  // namespace pipectl::hosts
