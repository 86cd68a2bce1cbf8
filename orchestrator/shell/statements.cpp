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

/// NAME=$(mktemp ..): a fresh file, or a folder.
bool makes_temporary(const Word& word) {
    const Piece& last = word.pieces.back();
    if (word.pieces.size() > 2 + (last.value.empty() ? 1U : 0U)) {
        return false;
    }
    for (const Piece& piece : word.pieces) {
        if (piece.kind == Piece::Kind::command && piece.body && piece.body->chains.size() == 1) {
            const Chain& chain = piece.body->chains.front();
            const Command& command = chain.pipelines.front().commands.front();
            return chain.pipelines.size() == 1 && chain.pipelines.front().commands.size() == 1 &&
                   !command.words.empty() && literal(command.words.front()) == "mktemp";
        }
    }
    return false;
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
        if (bare && command.assignments.size() == 1 &&
            makes_temporary(command.assignments.front())) {
            return Kind::temporary;
        }
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

std::optional<std::vector<std::string>> file_arguments(const Command& command,
                                                       const std::set<std::string>& temporaries) {
    std::vector<std::string> paths;
    bool options = true;
    for (std::size_t i = 1; i < command.words.size(); ++i) {
        const auto path = path_key(command.words[i], temporaries);
        if (!path) {
            return std::nullopt;
        }
        if (options &&
            (*path == "--" || *path == "-f" || *path == "-rf" || *path == "-r" || *path == "-fr")) {
            options = *path != "--";
            continue;
        }
        if (options && path->starts_with('-')) {
            return std::nullopt;
        }
        paths.push_back(*path);
    }
    return paths;
}

Paths paths_of(const List& list, const std::set<std::string>& temporaries) {
    Paths paths;
    visit_commands(list, [&](const Command& command) {
        for (const auto& redirect : command.redirects) {
            const auto path = path_key(redirect->target, temporaries);
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
            if (const auto word = path_key(command.words[i], temporaries)) {
                (tee ? paths.written : paths.named).push_back(*word);
            }
        }
    });
    return paths;
}

}  // namespace pipectl::shell
