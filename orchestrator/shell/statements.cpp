#include "orchestrator/shell/statements.hpp"

#include <algorithm>

#include "orchestrator/shell/fragment.hpp"

namespace pipectl::shell {

namespace {

using Kind = Statement::Kind;

/// `set` with nothing but -e, -u, -f and -o pipefail, errexit, nounset.
bool read_options(const std::vector<std::string>& argv, Statement& statement) {
    bool named = false;
    for (auto word = argv.begin() + 1; word != argv.end(); ++word) {
        if (named) {
            named = false;
            statement.pipefail = statement.pipefail || *word == "pipefail";
            if (*word != "pipefail" && *word != "errexit" && *word != "nounset") {
                return false;
            }
            continue;
        }
        if (word->size() < 2 || word->front() != '-' ||
            word->find_first_not_of("euo", 1) != std::string::npos ||
            word->find('o') < word->size() - 1) {
            return false;
        }
        named = word->ends_with('o');
    }
    return !named && argv.size() > 1;
}

/// The literal words of a command; nothing when one needs a shell.
std::optional<std::vector<std::string>> literal_words(const Command& command) {
    std::vector<std::string> argv;
    for (const Word& word : command.words) {
        auto value = literal(word);
        if (!value) {
            return std::nullopt;
        }
        argv.push_back(std::move(*value));
    }
    return argv;
}

void read_assignments(const std::vector<Word>& words, std::size_t from, Statement& statement) {
    for (std::size_t i = from; i < words.size(); ++i) {
        if (auto assigned = literal_assignment(words[i])) {
            statement.assigned.push_back(std::move(*assigned));
        } else {
            statement.literal_values = false;
        }
    }
}

Kind classify(const Chain& chain, Statement& statement) {
    const Pipeline& line = chain.pipelines.front();
    if (chain.pipelines.size() > 1) {
        return Kind::other;
    }
    const Command& command = line.commands.front();
    const bool bare = line.commands.size() == 1 && !line.negated && !line.timed &&
                      command.redirects.empty() && !chain.background;
    if (command.kind == Command::Kind::function) {
        return line.commands.size() == 1 && bare ? Kind::function : Kind::other;
    }
    if (line.commands.size() == 1 && command.kind != Command::Kind::simple) {
        const bool grouped =
            command.kind == Command::Kind::group || command.kind == Command::Kind::subshell;
        return grouped ? Kind::pipeline : Kind::other;
    }
    if (line.commands.size() > 1) {
        return Kind::pipeline;
    }
    if (command.words.empty()) {
        read_assignments(command.assignments, 0, statement);
        return bare ? Kind::assignment : Kind::other;
    }
    const auto name = literal(command.words.front());
    if (!name) {
        return Kind::pipeline;
    }
    const auto argv = literal_words(command);
    if (bare && *name == "export") {
        read_assignments(command.words, 1, statement);
        return Kind::exported;
    }
    if (bare && *name == ":") {
        return Kind::defaults;
    }
    if (bare && *name == "set") {
        return argv && read_options(*argv, statement) ? Kind::options : Kind::other;
    }
    if (bare && *name == "wait") {
        return Kind::wait;
    }
    if (*name == "mkfifo" || (*name == "rm" && line.commands.size() == 1)) {
        if (!argv) {
            return Kind::other;
        }
        for (std::size_t i = 1; i < argv->size(); ++i) {
            const std::string& word = (*argv)[i];
            if (word == "-f" || word == "--") {
                continue;
            }
            if (word.starts_with('-')) {
                return Kind::other;
            }
            statement.names.push_back(word);
        }
        return !chain.background && command.assignments.empty()
                   ? (*name == "rm" ? Kind::remove : Kind::make_fifo)
                   : Kind::other;
    }
    if (is_builtin(*name)) {
        constexpr std::string_view kFilters[] = {"echo", "printf", "true", "false", "test", "["};
        return std::find(std::begin(kFilters), std::end(kFilters), *name) != std::end(kFilters)
                   ? Kind::pipeline
                   : Kind::other;
    }
    return Kind::pipeline;
}

}  // namespace

std::vector<Statement> statements(const List& list) {
    std::vector<Statement> all;
    all.reserve(list.chains.size());
    for (const Chain& chain : list.chains) {
        Statement statement;
        statement.chain = &chain;
        statement.kind = classify(chain, statement);
        all.push_back(std::move(statement));
    }
    return all;
}

bool is_pure(const Word& word) {
    return std::all_of(word.pieces.begin(), word.pieces.end(), [](const Piece& piece) {
        return piece.kind == Piece::Kind::text ||
               (piece.kind == Piece::Kind::parameter &&
                piece.value.find_first_of("$`!?") == std::string::npos);
    });
}

Paths paths_of(const List& list) {
    Paths paths;
    visit_commands(list, [&](const Command& command) {
        for (const auto& redirect : command.redirects) {
            const auto path = literal(redirect->target);
            if (!path || redirect->kind == Redirect::Kind::here_document ||
                redirect->kind == Redirect::Kind::here_string) {
                continue;
            }
            (redirect->kind == Redirect::Kind::in ? paths.read : paths.written).push_back(*path);
        }
        if (command.words.empty()) {
            return;
        }
        const bool tee = literal(command.words.front()) == "tee";
        for (std::size_t i = 1; i < command.words.size(); ++i) {
            if (const auto word = literal(command.words[i])) {
                (tee ? paths.written : paths.named).push_back(*word);
            }
        }
    });
    return paths;
}

}  // namespace pipectl::shell
