#pragma once

// A terminal for tests: programs started in it see a controlling terminal, the test sees the screen
// as text, presses keys, resizes, and hangs up. pty(7).

#include <termios.h>

#include <string>
#include <string_view>
#include <vector>

#include "stages/base/fd.hpp"
#include "tests/support/child.hpp"

namespace pipectl::test {

inline constexpr const char* kCtrlC = "\x03";
inline constexpr const char* kCtrlD = "\x04";
inline constexpr const char* kCtrlZ = "\x1a";
inline constexpr const char* kCtrlBackslash = "\x1c";

class Pty {
  public:
    explicit Pty(int rows = 24, int columns = 80);

    /// Starts a session leader with this terminal as its controlling one and as 0, 1 and 2, where
    /// `options` gives nothing else.
    Child start(const std::vector<std::string>& argv, RunOptions options = {});

    void send(std::string_view keys) const;
    /// All that has appeared on the screen so far, with the carriage returns removed.
    const std::string& screen();
    /// Waits for `text` in what has come since the last call that found its text.
    bool wait_for(std::string_view text, milliseconds limit = 10s);

    void resize(int rows, int columns) const;
    void hang_up();

    [[nodiscard]] pid_t foreground_group() const;
    /// The settings, with the input and output flags that a program in raw mode would have changed.
    [[nodiscard]] termios settings() const;
    /// The terminal's own side, for a test that opens it for a program by hand.
    [[nodiscard]] int terminal() const { return terminal_.get(); }

  private:
    Fd master_;
    Fd terminal_;
    std::string screen_;
    std::size_t seen_ = 0;
};

/// True when the settings are the same in all that matters to the next program.
bool same_settings(const termios& a, const termios& b);

/// An interactive shell with job control in a terminal: bash, without anyone's start-up files.
class JobShell {
  public:
    JobShell();

    /// Types a command line. Does not wait.
    void type(const std::string& line);
    /// Types a command line and waits for the next prompt; returns what appeared in between.
    std::string command(const std::string& line, milliseconds limit = 10s);
    /// Waits for the shell's prompt: the job in the foreground has ended or stopped.
    bool wait_for_prompt(milliseconds limit = 10s);

    Pty& terminal() { return pty_; }
    Child& shell() { return shell_; }

  private:
    Pty pty_;
    Child shell_;
};

}  // namespace pipectl::test
