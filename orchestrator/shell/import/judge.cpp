#include "orchestrator/shell/import/judge.hpp"

#include <algorithm>
#include <utility>

#include "orchestrator/shell/commands/builtins.hpp"
#include "orchestrator/shell/commands/command_list.hpp"
#include "orchestrator/shell/syntax/fragment.hpp"

namespace pipectl::shell {

namespace {

/// $? alone
bool is_status(const Word& word) {
    bool found = false;
    for (const Piece& piece : word.pieces) {
        const bool status = piece.kind == Piece::Kind::parameter && piece.value == "?";
        if (!status && !(piece.kind == Piece::Kind::text && piece.value.empty())) {
            return false;
        }
        found = found || status;
    }
    return found;
}

}  // namespace

std::vector<std::string> Judge::plain_words(const Statement& statement) {
    const Pipeline& line = statement.line();
    std::vector<std::string> words;
    if (line.commands.size() == 1 && line.commands.front().kind == Command::Kind::simple) {
        for (const Word& word : line.commands.front().words) {
            words.push_back(literal(word).value_or(""));
        }
    }
    return words;
}

bool Judge::is_step(const Statement& statement) {
    const auto words = plain_words(statement);
    return !words.empty() && has_trait(words.front(), Trait::step);
}

bool Judge::is_last(const Statement& statement) const {
    return statement.chain == all_.back().chain;
}

bool Judge::is_needless(const Statement& statement, bool in_shell) const {
    const auto words = plain_words(statement);
    if (words.size() < 2 || all_.size() == 1 ||
        !statement.line().commands.front().redirects.empty()) {
        return false;
    }
    if (words.front() == "sleep") {
        return is_last(statement) && !in_shell;
    }
    if (words.front() != "mkdir" || words[1] != "-p" || words.size() < 3) {
        return false;
    }
    const auto& all = statement.line().commands.front().words;
    return std::all_of(all.begin() + 2, all.end(), [&](const Word& word) {
        const auto path = path_key(word, names_);
        return path && !path->starts_with('-') && machine_.look(*path) == FileKind::other;
    });
}

bool Judge::changes_shell(const Statement& statement) const {
    const Pipeline& line = statement.line();
    if (line.commands.size() > 1 || is_last(statement) || statement.chain->background) {
        return false;
    }
    const Command& command = line.commands.front();
    const auto words = plain_words(statement);
    bool found = false;
    const auto look = [&](const Command& each) {
        if (each.kind != Command::Kind::simple) {
            return;
        }
        const auto name = each.words.empty() ? std::nullopt : literal(each.words.front());
        found = found || (each.words.empty() && !each.assignments.empty()) ||
                (name && is_builtin(*name) && !has_trait(*name, Trait::builtin_harmless));
    };
    if (command.kind == Command::Kind::group) {
        visit_commands(command, look);
    }
    for (const Statement& each : all_) {
        if (each.kind == Statement::Kind::function && !words.empty() &&
            each.command().name == words.front()) {
            visit_commands(each.command(), look);
        }
    }
    return found;
}

bool Judge::is_plain_end(const Statement& statement) const {
    const Command& command = statement.command();
    if (!is_last(statement) || statement.line().negated || statement.chain->background ||
        command.words.empty() || literal(command.words.front()) != "exit" ||
        command.words.size() > 2) {
        return false;
    }
    return command.words.size() == 1 || literal(command.words[1]) == "0" ||
           is_status(command.words[1]);
}

bool Judge::is_success(const Statement& statement) const {
    const Command& command = statement.command();
    const auto name = command.words.empty() ? std::nullopt : literal(command.words.front());
    return is_last(statement) && !statement.line().negated && !statement.chain->background &&
           statement.chain->pipelines.size() == 1 &&
           ((name == "exit" && command.words.size() == 2 && literal(command.words[1]) == "0") ||
            name == ":" || (name == "true" && command.words.size() == 1));
}

bool Judge::settles(const Statement& statement) const {
    const Command& command = statement.command();
    const auto name = command.words.empty() ? std::nullopt : literal(command.words.front());
    return statement.kind != Statement::Kind::pipeline && name != "exit" &&
           (name != "wait" || command.words.size() == 1);
}

/// [ -r file ] || exit 1, command -v program || { ..; exit 1; }
bool Judge::checks_only(const Chain& chain) {
    if (chain.pipelines.size() != 2 || chain.pipelines.front().commands.size() != 1) {
        return false;
    }
    const Command& first = chain.pipelines.front().commands.front();
    const auto name = first.words.empty() ? std::nullopt : literal(first.words.front());
    bool leaves = false;
    for (const Command& command : chain.pipelines.back().commands) {
        visit_commands(command, [&](const Command& each) {
            leaves = leaves || (!each.words.empty() && literal(each.words.front()) == "exit");
        });
    }
    return leaves &&
           (first.kind == Command::Kind::test || (name && has_trait(*name, Trait::check)));
}

void Judge::refuse(const Statement& statement, std::vector<Refusal>& refusals) const {
    const auto add = [&](Range range, std::string message, std::string hint = {}) {
        refusals.push_back({range, std::move(message), std::move(hint)});
    };
    const Chain& chain = *statement.chain;
    const Command& command = statement.command();
    const auto name = command.words.empty() ? std::nullopt : literal(command.words.front());
    if (checks_only(chain)) {
        add(chain.range, "a check before the pipelines",
            "pipectl looks for programs, files and folders before it starts anything: leave it "
            "away");
        return;
    }
    if (chain.pipelines.size() > 1 && name != "cd") {
        const Range at = chain.operators.front();
        const std::string sign(text_.substr(at.begin, at.end - at.begin));
        add(at, "'" + sign + "' runs the one behind it depending on the status of the other",
            sign == "&&" ? "two definitions: pipectl run one.toml && pipectl run two.toml"
                         : "ok = [0, 1] makes a status a good one");
        return;
    }
    const std::string wrap = "--wrap makes it one stage of a shell";
    switch (command.kind) {
        case Command::Kind::loop: add(chain.range, "a loop is not a pipeline", wrap); return;
        case Command::Kind::conditional:
        case Command::Kind::test: add(chain.range, "a conditional is not a pipeline", wrap); return;
        default: break;
    }
    if (is_plain_end(statement)) {
        return;
    }
    if (name == "trap") {
        // pipectl cleans up by itself: a trap that only removes the temporary files is not
        // needed
        if (is_cleanup(command)) {
            return;
        }
        add(chain.range, "a trap",
            "pipectl ends all stages and removes what is its own, whatever happens");
    } else if (name == "exec") {
        add(chain.range, "'exec' changes the descriptors of what follows",
            "redirect each command by itself");
    } else if (name == "cd") {
        add(chain.range, "'cd' changes the folder of what follows",
            "cwd = \".\" in [pipeline] is the definition's own folder; or run pipectl there");
    } else if (name == "mkfifo") {
        add(chain.range, "a named pipe with options, or in the background");
    } else {
        add(chain.range,
            name ? "'" + *name + "' changes the shell itself" : "this is not a pipeline", wrap);
    }
}

bool Judge::is_cleanup(const Command& command) const {
    if (command.words.size() < 3) {
        return false;
    }
    const auto action = literal(command.words[1]);
    if (action == "-" || is_cleaning_function(action.value_or(""))) {
        return true;
    }
    std::string_view text = text_.substr(command.words[1].range.begin,
                                         command.words[1].range.end - command.words[1].range.begin);
    text.remove_prefix(std::min(text.size(), text.find_first_not_of("'\"")));
    return text.starts_with("rm ") && text.find_first_of(";&|<>`(") == std::string_view::npos;
}

bool Judge::is_cleaning_function(const std::string& name) const {
    bool known = false;
    bool cleans = true;
    for (const Statement& each : all_) {
        if (each.kind != Statement::Kind::function || each.command().name != name) {
            continue;
        }
        known = true;
        visit_commands(each.command(), [&](const Command& inner) {
            const auto program = inner.words.empty() ? std::nullopt : literal(inner.words.front());
            cleans = cleans && (inner.kind != Command::Kind::simple || program == "rm" ||
                                program == "rmdir" || program == ":" || program == "true");
        });
    }
    return known && cleans;
}

}  // namespace pipectl::shell
