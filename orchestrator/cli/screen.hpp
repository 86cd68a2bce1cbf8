#pragma once

// The whole terminal for a page that is drawn again and again, and given back as it was.
//
// Keys come without Enter and without echo when stdin is the terminal. The signals that would end
// or stop the program are taken from a descriptor, so that the terminal is put right first; what
// was asked for is then done.

#include <termios.h>

#include <optional>
#include <string>

#include "stages/base/fd.hpp"

namespace pipectl {

class Screen {
  public:
    /// Takes the terminal that stdout is. Throws SystemError.
    Screen();
    ~Screen();
    Screen(const Screen&) = delete;
    Screen& operator=(const Screen&) = delete;

    /// Its size; a usual one where it does not tell.
    [[nodiscard]] std::size_t lines() const;
    [[nodiscard]] std::size_t columns() const;

    void draw(const std::string& page);

    /// Waits for a key, at most so long. Nothing when the time has passed, or the page is to be
    /// drawn anew (its size has changed, the program was stopped and goes on).
    std::optional<char> wait_for_key(int milliseconds);

    /// The signal that is to end the program, once it came; 0: none.
    [[nodiscard]] int signal() const { return signal_; }

  private:
    void take();
    void give_back() noexcept;
    void on_signal();

    termios modes_{};
    bool has_keys_ = false;
    Fd signals_;
    int signal_ = 0;
};

}  // namespace pipectl
