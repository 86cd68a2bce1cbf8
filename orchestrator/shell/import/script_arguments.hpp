#pragma once

// The arguments of a script that its pipelines use by their numbers: sort "$1", sort "${1:-f}".
// Internal to this folder.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/shell/syntax/syntax.hpp"

namespace pipectl::shell {

struct ScriptArgument {
    int number = 0;
    std::optional<std::string> value;  ///< of ${1:-value}
    Range place;                       ///< where it is first used
    bool different = false;            ///< it is used with other defaults, or with none, too
    bool shells_default = false;       ///< the default is not plain
};

class ScriptArguments {
  public:
    /// Adds those that the pipelines of the chain use.
    void find(const Chain& chain);
    /// By their numbers.
    [[nodiscard]] std::vector<ScriptArgument> all() const;

  private:
    void add(const Piece& piece);

    std::map<int, ScriptArgument> found_;
};

}  // namespace pipectl::shell
