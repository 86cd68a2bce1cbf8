#include "orchestrator/shell/import/own_folder.hpp"

#include <algorithm>
#include <string>

#include "orchestrator/shell/syntax/words.hpp"

namespace pipectl::shell {

namespace {

/// Without quotes and braces, which change nothing here.
constexpr std::string_view kForms[] = {"$(dirname $0)",
                                       "$(dirname -- $0)",
                                       "$(dirname $BASH_SOURCE)",
                                       "$(dirname $BASH_SOURCE[0])",
                                       "$(dirname -- $BASH_SOURCE[0])",
                                       "$0%/*",
                                       "$BASH_SOURCE%/*",
                                       "$BASH_SOURCE[0]%/*"};

bool is_own_folder(std::string_view word) {
    std::string plain;
    for (const char c : word) {
        if (c != '"' && c != '{' && c != '}') plain += c;
    }
    return std::ranges::find(kForms, plain) != std::end(kForms);
}

bool leaves(const Pipeline& line) {
    const Command& command = line.commands.front();
    return line.commands.size() == 1 && !command.words.empty() &&
           literal(command.words.front()) == "exit";
}

}  // namespace

std::optional<Range> own_folder_change(std::string_view text, const std::vector<Statement>& all) {
    for (const Statement& each : all) {
        const Chain& chain = *each.chain;
        const Command& command = chain.pipelines.front().commands.front();
        const bool cd = command.kind == Command::Kind::simple && !command.words.empty() &&
                        literal(command.words.front()) == "cd";
        if (!cd) {
            if (each.kind == Statement::Kind::assignment || each.kind == Statement::Kind::options ||
                each.kind == Statement::Kind::constant || each.kind == Statement::Kind::function) {
                continue;
            }
            return std::nullopt;
        }
        const bool alone = chain.pipelines.size() == 1 ||
                           (chain.pipelines.size() == 2 && chain.otherwise.front() &&
                            leaves(chain.pipelines.back()));
        const std::size_t last = command.words.size() - 1;
        const bool plain = last == 1 || (last == 2 && literal(command.words[1]) == "--");
        const Range word = command.words[last].range;
        const bool own = is_own_folder(text.substr(word.begin, word.end - word.begin));
        return alone && plain && own && !chain.background ? std::optional(chain.range)
                                                          : std::nullopt;
    }
    return std::nullopt;
}

}  // namespace pipectl::shell
