#include "orchestrator/shell/commands/builtins.hpp"

#include <algorithm>
#include <cstddef>

#include "orchestrator/shell/commands/command_list.hpp"

namespace pipectl::shell {

namespace {

/// Only what bash's printf and that of coreutils print alike.
bool plain_format(const std::vector<std::string>& argv) {
    if (argv.size() < 2 || argv[1].starts_with('-')) {
        return false;
    }
    const std::string& format = argv[1];
    bool numbers = false;
    for (std::size_t at = 0; at < format.size(); ++at) {
        if (format[at] == '\\') {
            ++at;
            if (at >= format.size() ||
                std::string_view("nrt\\").find(format[at]) == std::string_view::npos) {
                return false;
            }
        } else if (format[at] == '%') {
            ++at;
            if (at >= format.size() ||
                std::string_view("sd%").find(format[at]) == std::string_view::npos) {
                return false;
            }
            numbers = numbers || format[at] == 'd';
        }
    }
    return !numbers || std::all_of(argv.begin() + 2, argv.end(), [](const std::string& text) {
        return !text.empty() && text.size() < 15 && (text.front() != '0' || text == "0") &&
               text.find_first_not_of("0123456789") == std::string::npos;
    });
}

}  // namespace

bool is_builtin(std::string_view name) {
    return has_trait(name, Trait::builtin);
}

bool same_as_program(const std::vector<std::string>& argv) {
    const std::string& name = argv.front();
    if (name == "true" || name == "false") {
        return argv.size() == 1;
    }
    if (name == "echo") {
        return std::none_of(argv.begin() + 1, argv.end(), [](const std::string& word) {
            return word.starts_with('-') || word.find('\\') != std::string::npos;
        });
    }
    return name == "printf" && plain_format(argv);
}

}  // namespace pipectl::shell
