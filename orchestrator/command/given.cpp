#include "orchestrator/command/given.hpp"

#include <algorithm>
#include <cassert>

namespace pipectl {

std::string Given::operand(std::size_t index) const {
    return index < operands_.size() ? operands_[index] : std::string();
}

bool Given::has(std::string_view option) const {
    return options_.find(option_of(option).name) != options_.end();
}

std::string Given::value(std::string_view option, std::string_view otherwise) const {
    const auto found = options_.find(option);
    if (found != options_.end()) return found->second.back();
    const std::vector<std::string> choices = choices_of(option_of(option));
    return choices.empty() ? std::string(otherwise) : choices.front();
}

std::vector<std::string> Given::values(std::string_view option) const {
    const auto found = options_.find(option_of(option).name);
    return found == options_.end() ? std::vector<std::string>() : found->second;
}

bool Given::knows(std::string_view option) const {
    return std::ranges::find(command_->options, option, &CommandOption::name) !=
           command_->options.end();
}

bool Given::json() const {
    return has("--json") || (knows("--format") && value("--format") == "json");
}

const CommandOption& Given::option_of(std::string_view name) const {
    const auto found = std::ranges::find(command_->options, name, &CommandOption::name);
    assert(found != command_->options.end());
    return *found;
}

}  // namespace pipectl
