#include "orchestrator/command/command.hpp"

#include <algorithm>

namespace pipectl {

const Command* find_command(CommandList commands, std::string_view name) {
    const auto found = std::ranges::find(commands, name, &Command::name);
    return found == commands.end() ? nullptr : *found;
}

std::vector<std::string> choices_of(const CommandOption& option) {
    std::vector<std::string> words;
    std::string_view rest = option.value;
    if (rest.find('|') == std::string_view::npos) return words;
    while (!rest.empty()) {
        words.emplace_back(rest.substr(0, rest.find('|')));
        rest.remove_prefix(std::min(rest.size(), words.back().size() + 1));
    }
    return words;
}

}  // namespace pipectl
