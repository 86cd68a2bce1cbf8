#include "orchestrator/shell/import/settings_functions.hpp"

#include <algorithm>
#include <string>

#include "orchestrator/shell/commands/builtins.hpp"
#include "orchestrator/shell/commands/command_list.hpp"
#include "orchestrator/shell/commands/posix.hpp"
#include "orchestrator/shell/syntax/fragment.hpp"

namespace pipectl::shell {

void add_function(std::string_view text, const Statement& statement,
                  const std::vector<Range>& before, std::vector<Function>& functions,
                  std::vector<Refusal>& refusals) {
    const Command& command = statement.command();
    const std::string& name = command.name;
    const auto refuse = [&](const std::string& message, std::string hint) {
        refusals.push_back(
            {statement.chain->range, "the function '" + name + "' " + message, std::move(hint)});
    };
    const bool known = std::any_of(functions.begin(), functions.end(),
                                   [&](const Function& each) { return each.name == name; });
    const bool used = std::any_of(before.begin(), before.end(), [&](Range range) {
        return mentions(text.substr(range.begin, range.end - range.begin), name);
    });
    if (known) {
        refuse("is defined twice", "a stage has one of them: give the second one another name");
    } else if (is_builtin(name) || has_trait(name, Trait::taken_by_name)) {
        refuse("stands for a command of this name", "give it a name of its own");
    } else if (used) {
        refuse("is used before it is defined", "define it above the pipelines");
    }
    functions.push_back({name, fragment(text, *statement.chain), is_posix(text, command)});
}

}  // namespace pipectl::shell
