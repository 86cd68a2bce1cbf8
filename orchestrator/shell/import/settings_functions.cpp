#include "orchestrator/shell/import/settings_functions.hpp"

#include <algorithm>
#include <string>

#include "orchestrator/shell/commands/builtins.hpp"
#include "orchestrator/shell/commands/command_list.hpp"
#include "orchestrator/shell/commands/posix.hpp"
#include "orchestrator/shell/syntax/fragment.hpp"

namespace pipectl::shell {

void add_function(std::string_view text, const Statement& statement,
                  const std::vector<Range>& before, Settings& settings) {
    const Command& command = statement.command();
    const std::string& name = command.name;
    const Range range = statement.chain->range;
    auto& functions = settings.functions;
    const bool known = std::any_of(functions.begin(), functions.end(),
                                   [&](const Function& each) { return each.name == name; });
    const bool used = std::any_of(before.begin(), before.end(), [&](Range each) {
        return mentions(text.substr(each.begin, each.end - each.begin), name);
    });
    if (known) {
        settings.problems.push_back({Unsayable::function_twice, range, name});
    } else if (is_builtin(name) || has_trait(name, Trait::taken_by_name)) {
        settings.problems.push_back({Unsayable::function_of_command, range, name});
    } else if (used) {
        settings.problems.push_back({Unsayable::function_used_before, range, name});
    }
    functions.push_back({name, fragment(text, *statement.chain), is_posix(text, command)});
}

}  // namespace pipectl::shell
