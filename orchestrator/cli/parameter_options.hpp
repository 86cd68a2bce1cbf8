#pragma once

// The parameters of a definition as options of `pipectl run`, behind the file: `run f.toml
// --minimum 5` is `run f.toml --set minimum=5`, and `run f.toml --help` tells what there is.

#include <optional>
#include <string>
#include <vector>

#include "orchestrator/command/command.hpp"
#include "orchestrator/definition/definition.hpp"

namespace pipectl {

/// Turns such options into settings; see Command::prepare. Reads the file when there are any.
std::optional<int> take_parameter_options(const Command& command, std::vector<std::string>& words);

/// Whether `run` has an option of this name, which is none for the parameter then.
bool is_run_option(std::string_view name);

/// A setting on a command line of `pipectl`, as other users see it too.
struct ShownSetting {
    std::string name;
    std::size_t word = 0;   ///< the index of the word that holds the value
    std::size_t begin = 0;  ///< its first byte there
};

/// All that look like one; `words` are those behind the program's name.
std::vector<ShownSetting> settings_among(const std::vector<std::string>& words);

}  // namespace pipectl
