#include "orchestrator/shell/translate/rules.hpp"

#include <algorithm>

#include "orchestrator/shell/translate/templates.hpp"

namespace pipectl::shell {

std::string argument_name(int number) {
    return "arg" + std::to_string(number);
}

Template value_of(const Variable& variable) {
    if (variable.derived) {
        return *variable.derived;
    }
    Template value;
    append(value, Template::Piece::Kind::parameter, variable.name);
    return value;
}

const Variable* Rules::variable(const std::string& name) const {
    const auto found = std::find_if(variables.begin(), variables.end(),
                                    [&](const Variable& each) { return each.name == name; });
    return found == variables.end() ? nullptr : &*found;
}

bool Rules::is_function(const std::string& name) const {
    return std::any_of(functions.begin(), functions.end(),
                       [&](const Function& each) { return each.name == name; });
}

}  // namespace pipectl::shell
