#include "orchestrator/shell/import/effects.hpp"

#include <algorithm>
#include <optional>

#include "orchestrator/shell/commands/builtins.hpp"
#include "orchestrator/shell/syntax/words.hpp"

namespace pipectl::shell {

namespace {

constexpr int kDeepestCalls = 8;

bool is_one_of(std::string_view name, std::string_view names) {
    const std::string padded = " " + std::string(names) + " ";
    return padded.find(" " + std::string(name) + " ") != std::string::npos;
}

/// Builtins whose words name variables that they set.
constexpr std::string_view kSetting =
    "declare getopts let local mapfile printf read readarray readonly typeset unset";

/// Builtins that change nothing, or only what is inside of a loop or a function.
constexpr std::string_view kHarmless =
    ": [ break command continue echo false kill pwd return test times true type";

class EffectFinder {
  public:
    EffectFinder(std::string_view text, const std::vector<Statement>& all)
        : text_(text), all_(all) {}

    Effects run(const Chain& chain) {
        look(chain);
        return std::move(made_);
    }

  private:
    void look(const List& list) {
        for (const Chain& chain : list.chains)
            look(chain);
    }

    void look(const Chain& chain) {
        made_.to_the_end = made_.to_the_end || chain.background;
        for (const Pipeline& line : chain.pipelines) {
            // the stages of a pipeline are subshells
            if (line.commands.size() == 1) look(line.commands.front());
        }
    }

    void look(const Command& command) {
        using Kind = Command::Kind;
        for (const auto* words : {&command.assignments, &command.words}) {
            for (const Word& word : *words)
                look(word);
        }
        switch (command.kind) {
            case Kind::simple: return look_at_simple(command);
            case Kind::subshell: return;
            case Kind::function: made_.functions.insert(command.name); return;
            case Kind::coprocess: made_.to_the_end = true; return;
            case Kind::arithmetic: return add_names(slice(command.core));
            case Kind::test: made_.sets.insert("BASH_REMATCH"); return;
            case Kind::loop: look_at_loop(command); break;
            default: break;
        }
        for (const List& body : command.bodies)
            look(body);
    }

    /// for NAME, for ((NAME = ..
    void look_at_loop(const Command& command) {
        const std::string_view core = slice(command.core);
        if (!core.starts_with("for") && !core.starts_with("select")) return;
        add_names(core.substr(0, core.find("do")));
    }

    void look(const Word& word) {
        for (const Piece& piece : word.pieces) {
            const bool sets = piece.kind == Piece::Kind::arithmetic ||
                              (piece.kind == Piece::Kind::parameter &&
                               piece.value.find('=') != std::string::npos);
            if (sets) add_names(slice(piece.range));
        }
    }

    void look_at_simple(const Command& command) {
        if (command.words.empty()) {
            for (const Word& word : command.assignments)
                add_name(word);
            return;
        }
        const auto name = literal(command.words.front());
        if (!name || call(*name) || !is_builtin(*name)) return;
        if (is_one_of(*name, kSetting)) {
            if (*name == "getopts") made_.sets.insert({"OPTARG", "OPTIND"});
            if (*name == "mapfile" || *name == "readarray") made_.sets.insert("MAPFILE");
            if (*name == "read") made_.sets.insert("REPLY");
            for (std::size_t i = 1; i < command.words.size(); ++i)
                add_name(command.words[i]);
        } else if (*name == "exit") {
            const auto status =
                command.words.size() == 2 ? literal(command.words[1]) : std::nullopt;
            const bool fails = status && status->find_first_not_of("0123456789") == status->npos &&
                               status->find_first_not_of('0') != status->npos;
            (fails ? made_.leaves : made_.to_the_end) = true;
        } else if (!is_one_of(*name, kHarmless)) {
            made_.to_the_end = true;
        }
    }

    /// A function of the text does what is in it.
    bool call(const std::string& name) {
        bool known = false;
        for (const Statement& each : all_) {
            if (each.kind != Statement::Kind::function || each.command().name != name) continue;
            known = true;
            if (depth_ >= kDeepestCalls) continue;
            ++depth_;
            for (const List& body : each.command().bodies)
                look(body);
            --depth_;
        }
        return known;
    }

    void add_name(const Word& word) {
        const std::string value = word.pieces.empty() ? "" : word.pieces.front().value;
        made_.sets.insert(value.substr(0, name_length(value)));
    }

    /// All that could be a variable's name there.
    void add_names(std::string_view text) {
        for (std::size_t at = 0; at < text.size();) {
            const std::size_t length = is_letter(text[at]) ? name_length(text.substr(at)) : 0;
            if (length > 0) made_.sets.emplace(text.substr(at, length));
            at += std::max<std::size_t>(length, 1);
        }
    }

    [[nodiscard]] std::string_view slice(Range range) const {
        return text_.substr(range.begin, range.end - range.begin);
    }

    std::string_view text_;
    const std::vector<Statement>& all_;
    Effects made_;
    int depth_ = 0;
};

}  // namespace

Effects effects_of(std::string_view text, const Chain& chain, const std::vector<Statement>& all) {
    Effects effects = EffectFinder(text, all).run(chain);
    effects.sets.erase("");
    return effects;
}

}  // namespace pipectl::shell
