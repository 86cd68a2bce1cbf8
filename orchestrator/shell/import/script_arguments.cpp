#include "orchestrator/shell/import/script_arguments.hpp"

#include "orchestrator/shell/syntax/fragment.hpp"

namespace pipectl::shell {

void ScriptArguments::find(const Chain& chain) {
    visit_commands(chain, [&](const Command& command) {
        visit_words(command, [&](const Word& word) {
            for (const Piece& piece : word.pieces) {
                add(piece);
            }
        });
    });
}

void ScriptArguments::add(const Piece& piece) {
    const char digit = piece.value.empty() ? '0' : piece.value.front();
    if (piece.kind != Piece::Kind::parameter || digit < '1' || digit > '9') {
        return;
    }
    const std::string_view rest = std::string_view(piece.value).substr(1);
    ScriptArgument argument;
    argument.number = digit - '0';
    argument.place = piece.range;
    if (rest.starts_with(":-") || rest.starts_with("-")) {
        argument.value = rest.substr(rest.find('-') + 1);
        argument.shells_default = argument.value->find_first_of("$`\\\"'") != std::string::npos;
    }
    const auto [at, fresh] = found_.emplace(argument.number, argument);
    ScriptArgument& known = at->second;
    known.different = known.different || (!fresh && known.value != argument.value);
    known.shells_default = known.shells_default || argument.shells_default;
}

std::vector<ScriptArgument> ScriptArguments::all() const {
    std::vector<ScriptArgument> list;
    for (const auto& [number, argument] : found_) {
        list.push_back(argument);
    }
    return list;
}

}  // namespace pipectl::shell
