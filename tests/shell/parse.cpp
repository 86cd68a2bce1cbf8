// What our parser makes of texts, for the property test: null-terminated texts on stdin, for each a
// line on stdout.
//
//   refused
//   <structure> TAB <word> TAB <word> ..     the words in hexadecimal, '?' for one that needs a
//   shell
//
// The structure names what shfmt names: s(assignments,words,redirections), {..}, (..), if, while,
// ...

#include <iostream>
#include <string>

#include "orchestrator/shell/syntax/parser.hpp"
#include "orchestrator/shell/syntax/words.hpp"

namespace {

using namespace pipectl::shell;

std::string shown(const List& list, std::string_view text);

std::string shown(const Command& command, std::string_view text) {
    std::string all;
    switch (command.kind) {
        case Command::Kind::simple:
            all = "s(" + std::to_string(command.assignments.size()) + "," +
                  std::to_string(command.words.size());
            break;
        case Command::Kind::group: all = "{" + shown(command.bodies.front(), text) + "}("; break;
        case Command::Kind::subshell: all = "(" + shown(command.bodies.front(), text) + ")("; break;
        case Command::Kind::loop: all = "loop("; break;
        case Command::Kind::conditional: all = "conditional("; break;
        case Command::Kind::test: all = "test("; break;
        case Command::Kind::arithmetic: all = "arithmetic("; break;
        case Command::Kind::function: all = "function("; break;
        case Command::Kind::coprocess: all = "coprocess("; break;
    }
    for (const auto& redirect : command.redirects) {
        all += " " + std::to_string(redirect->descriptor);
    }
    return all + ")";
}

std::string shown(const Pipeline& line, std::string_view text) {
    std::string all = line.negated ? "!" : "";
    for (std::size_t i = 0; i < line.commands.size(); ++i) {
        all += shown(line.commands[i], text);
        all += line.joined[i] ? "|&" : i + 1 < line.commands.size() ? "|" : "";
    }
    return all;
}

std::string shown(const List& list, std::string_view text) {
    std::string all;
    for (const Chain& chain : list.chains) {
        for (std::size_t i = 0; i < chain.pipelines.size(); ++i) {
            if (i > 0) {
                const Range at = chain.operators[i - 1];
                all += text.substr(at.begin, at.end - at.begin);
            }
            all += shown(chain.pipelines[i], text);
        }
        all += chain.background ? "&" : ";";
    }
    return all;
}

std::string hexadecimal(const std::string& text) {
    constexpr char kDigits[] = "0123456789abcdef";
    std::string all = "=";
    for (const char c : text) {
        all += kDigits[static_cast<unsigned char>(c) >> 4U];
        all += kDigits[static_cast<unsigned char>(c) & 15U];
    }
    return all;
}

}  // namespace

int main() {
    std::string text;
    while (std::getline(std::cin, text, '\0')) {
        const Parsed parsed = parse(text);
        if (parsed.error) {
            std::cout << "refused\n";
            continue;
        }
        std::cout << shown(parsed.script.list, text);
        for (const Chain& chain : parsed.script.list.chains) {
            for (const Pipeline& line : chain.pipelines) {
                for (const Command& command : line.commands) {
                    for (const Word& word : command.words) {
                        const auto value = literal(word);
                        std::cout << '\t' << (value ? hexadecimal(*value) : "?");
                    }
                }
            }
        }
        std::cout << '\n';
    }
    return 0;
}
