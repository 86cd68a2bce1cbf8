#include "orchestrator/shell/import/settings_reasons.hpp"

#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>

namespace pipectl::shell {

namespace {

struct UnsayableWords {
    Unsayable why;
    std::string_view message;  ///< "%": the name
    std::string_view hint;
};

constexpr UnsayableWords kUnsayable[] = {
    {Unsayable::adds, "'+=' adds to a variable", "give it its whole value at once"},
    {Unsayable::no_assignment, "this is not NAME=value", ""},
    {Unsayable::output_as_value, "a variable that gets a command's output",
     "give it a value, or ${NAME:-value}: it becomes a parameter"},
    {Unsayable::value_of_shell, "a variable whose value only the shell can tell",
     "give it a plain value: it becomes a parameter"},
    {Unsayable::default_of_shell, "a default that only the shell can tell",
     "give it a plain one: it becomes a parameter"},
    {Unsayable::default_unknown, "a default that only the shell can tell", ""},
    {Unsayable::set_twice, "the variable '%' is set twice", "a parameter has one value in a run"},
    {Unsayable::used_before, "the variable '%' is used before it is set here",
     "a parameter has one value in a run: set it above the pipelines"},
    {Unsayable::argument_differs, "'$%' is used in different ways",
     "give it a name above the pipelines, NAME=$%, and use that"},
    {Unsayable::environment_of_all, "'%' is of the environment of all that follows",
     "[env] sets it for every stage; 'export' before it says the same here"},
    {Unsayable::environment_of_shell, "a variable whose value only the shell can tell", ""},
    {Unsayable::export_below, "'export' changes what the commands below it are given",
     "[env] is for all stages: set it above the pipelines"},
    {Unsayable::rules_below, "'set' changes the rules for what follows alone",
     "one rule holds for a whole run: set it above the pipelines"},
    {Unsayable::function_twice, "the function '%' is defined twice",
     "a stage has one of them: give the second one another name"},
    {Unsayable::function_of_command, "the function '%' stands for a command of this name",
     "give it a name of its own"},
    {Unsayable::function_used_before, "the function '%' is used before it is defined",
     "define it above the pipelines"},
};

std::string with_name(std::string_view words, const std::string& name) {
    std::string text(words);
    if (const std::size_t at = text.find('%'); at != std::string::npos) {
        text.replace(at, 1, name);
    }
    return text;
}

}  // namespace

std::vector<Refusal> reasons_against(const Settings& settings) {
    std::vector<Refusal> refusals;
    for (const Problem& each : settings.problems) {
        const auto* const words =
            std::find_if(std::begin(kUnsayable), std::end(kUnsayable),
                         [&](const UnsayableWords& known) { return known.why == each.why; });
        refusals.push_back(
            {each.range, with_name(words->message, each.name), with_name(words->hint, each.name)});
    }
    return refusals;
}

}  // namespace pipectl::shell
