#pragma once

// Texts that several reports share: names and commands made harmless, times, sizes, colours.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/event/event.hpp"
#include "orchestrator/event/exit_status.hpp"
#include "stages/base/text.hpp"

namespace pipectl {

/// So many digits of a run's id are shown to people.
inline constexpr std::size_t kShortId = 8;

/// "'a', 'b'"; past ten names the rest is counted: "'a', .., 'j' and 290 more".
std::string name_list(std::vector<std::string> names);

/// A command on one line, cut with "..." where it is very long.
std::string shown_command(const std::vector<std::string>& argv);

/// "0", "3", "SIGKILL".
std::string short_status(const ExitStatus& status);

/// "3.4 MiB".
std::string format_memory(long bytes);

/// "  replica 3", below its stage.
std::string replica_name(std::size_t number);

/// "12 blocks"
std::string blocks_of(const ReplicaWork& replica);

/// SGR sequences, or nothing at all.
class Colours {
  public:
    explicit Colours(bool on) : on_(on) {}
    [[nodiscard]] std::string bold(const std::string& text) const { return wrap("1", text); }
    [[nodiscard]] std::string red(const std::string& text) const { return wrap("1;31", text); }
    [[nodiscard]] std::string yellow(const std::string& text) const { return wrap("1;33", text); }
    [[nodiscard]] std::string faint(const std::string& text) const { return wrap("2", text); }

  private:
    [[nodiscard]] std::string wrap(const char* code, const std::string& text) const {
        return on_ ? std::string("\x1b[") + code + "m" + text + "\x1b[0m" : text;
    }
    bool on_;
};

}  // namespace pipectl
