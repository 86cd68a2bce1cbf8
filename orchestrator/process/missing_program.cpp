#include "orchestrator/process/missing_program.hpp"

#include <string_view>
#include <utility>

#include "stages/base/text.hpp"
#include "stages/base/variable_name.hpp"

namespace pipectl {

namespace {

constexpr std::string_view kBlanks = " \t\n";

std::string in_double_quotes(std::string_view text) {
    return "\"" + std::string(text) + "\"";
}

/// "sudo sort" as `["sudo", "sort"]`.
std::string as_array(std::string_view text) {
    std::string array;
    while (!text.empty()) {
        const std::size_t begin = text.find_first_not_of(kBlanks);
        if (begin == std::string_view::npos) break;
        text.remove_prefix(begin);
        const std::string_view word = text.substr(0, text.find_first_of(kBlanks));
        array += (array.empty() ? "" : ", ") + in_double_quotes(word);
        text.remove_prefix(word.size());
    }
    return "[" + array + "]";
}

/// What is a shell's own command, and the key that does the same.
std::string instead_of_builtin(std::string_view name, const std::string& operand) {
    constexpr std::pair<std::string_view, std::string_view> kBuiltins[] = {
        {"export", "variables of a stage: env = { NAME = \"value\" }"},
        {"set", "parameters stand under [params]; a line for a shell: shell = \"..\""},
        {"source", "only a shell reads its scripts: shell = \". ./file; ..\""},
        {".", "only a shell reads its scripts: shell = \". ./file; ..\""},
        {"ulimit", "a shell sets it for what it starts: shell = \"ulimit ..; exec ..\""},
        {"umask", "the mask of a stage: umask = \"022\""},
        {"trap", "signals = { ignore = [..] }"},
        {"exec", "the program stands in its place: run = [\"program\", ..]"},
        {"eval", "a line for a shell: shell = \"..\""},
        {"alias", "a line for a shell: shell = \"..\""},
        {"read", "a line for a shell: shell = \"read line; ..\""},
        {"for", "a line for a shell: shell = \"for ..\""},
        {"while", "a line for a shell: shell = \"while ..\""},
        {"if", "a line for a shell: shell = \"if ..\""},
    };
    if (name == "cd") {
        return "the folder of a stage: cwd = " +
               in_double_quotes(operand.empty() ? "FOLDER" : operand);
    }
    for (const auto& [builtin, hint] : kBuiltins) {
        if (builtin == name) return std::string(hint);
    }
    return {};
}

}  // namespace

std::string hint_for_missing(const std::vector<std::string>& argv) {
    if (argv.empty()) return {};
    const std::string& name = argv.front();
    const std::size_t equals = name.find('=');
    if (equals != std::string::npos && is_variable_name(name.substr(0, equals))) {
        return "variables of a stage: env = { " + name.substr(0, equals) + " = " +
               in_double_quotes(name.substr(equals + 1)) + " }";
    }
    if (name.find_first_of(kBlanks) != std::string::npos && argv.size() == 1) {
        const bool shell = name.find_first_of("|&;<>$*?`'\"") != std::string::npos;
        return shell ? "a line for a shell: shell = " + in_double_quotes("..")
                     : "one text for each word: run = " + as_array(name);
    }
    if (name.find_first_of(kBlanks) != std::string::npos) {
        return "one text for each word: run = [\"program\", \"argument\"]";
    }
    return instead_of_builtin(name, argv.size() > 1 ? argv[1] : "");
}

}  // namespace pipectl
