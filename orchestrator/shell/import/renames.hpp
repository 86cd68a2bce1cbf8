#pragma once

// `command > f.tmp; mv f.tmp f`: a file that is there when it is complete, by hand. A definition's
// outputs are so by themselves. Internal to this folder.

#include <set>
#include <string>
#include <string_view>

#include "orchestrator/shell/syntax/syntax.hpp"
#include "orchestrator/shell/syntax/words.hpp"
#include "orchestrator/shell/translate/machine.hpp"

namespace pipectl::shell {

struct Renames {
    std::set<const Redirect*> outputs;  ///< they lead to the final name now
    std::set<std::string> moved;        ///< keys of the names before it
    std::set<std::size_t> settled;      ///< where pipelines begin whose status is the mv's
};

/// Takes each such `mv` out of the list, where nothing else names the file that is moved, and
/// nothing below may use it by its new name before the run has ended.
Renames take_renames(std::string_view text, List& list, const PathNames& names,
                     const Machine& machine);

}  // namespace pipectl::shell
