#include "orchestrator/shell/translate/statements.hpp"

#include <algorithm>

#include "orchestrator/shell/commands/builtins.hpp"
#include "orchestrator/shell/commands/command_list.hpp"
#include "orchestrator/shell/syntax/fragment.hpp"

namespace pipectl::shell {

namespace {

using StatementKind = Statement::Kind;

/// `set` with nothing but -e, -u, -v, -x and -o pipefail, errexit, nounset.
bool read_options(const std::vector<std::string>& argv, Statement& statement) {
    bool named = false;
    for (auto word = argv.begin() + 1; word != argv.end(); ++word) {
        if (named) {
            named = false;
            statement.pipefail = statement.pipefail || *word == "pipefail";
            statement.errexit = statement.errexit || *word == "errexit";
            if (*word != "pipefail" && *word != "errexit" && *word != "nounset") {
                return false;
            }
            continue;
        }
        if (word->size() < 2 || word->front() != '-' ||
            word->find_first_not_of("euovx", 1) != std::string::npos ||
            word->find('o') < word->size() - 1) {
            return false;
        }
        statement.traces = statement.traces || word->find_first_of("vx") != std::string::npos;
        statement.errexit = statement.errexit || word->find('e') != std::string::npos;
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

/// NAME=$(mktemp ..), or NAME=/tmp/x.$$: a fresh file, or a folder.
bool makes_temporary(const Word& word) {
    bool pid = false;
    std::size_t pieces = 0;
    for (const Piece& piece : word.pieces) {
        pieces += piece.kind == Piece::Kind::text && piece.value.empty() ? 0 : 1;
        pid = pid || (piece.kind == Piece::Kind::parameter && piece.value == "$");
    }
    if (pid) {
        return is_assignment(word);
    }
    if (pieces != 2) {
        return false;
    }
    for (const Piece& piece : word.pieces) {
        if (piece.kind != Piece::Kind::command) {
            continue;
        }
        if (!piece.body) {  // `..`
            return piece.value == "mktemp" ||
                   (piece.value.starts_with("mktemp ") &&
                    piece.value.find_first_of(";&|<>$(\\`") == std::string::npos);
        }
        if (piece.body->chains.size() == 1) {
            const Chain& chain = piece.body->chains.front();
            const Command& command = chain.pipelines.front().commands.front();
            return chain.pipelines.size() == 1 && chain.pipelines.front().commands.size() == 1 &&
                   !command.words.empty() && literal(command.words.front()) == "mktemp";
        }
    }
    return false;
}

/// The only command of a pipeline, as it is.
const Command* only_command(const Pipeline& line) {
    return line.commands.size() == 1 && !line.negated && !line.timed ? &line.commands.front()
                                                                     : nullptr;
}

std::optional<std::string> program_of(const Command& command) {
    return command.kind == Command::Kind::simple && !command.words.empty()
               ? literal(command.words.front())
               : std::nullopt;
}

/// exit, exit 1, { echo ..; exit 1; }
bool is_exit(const Pipeline& line) {
    const Command* command = only_command(line);
    if (command != nullptr && command->kind == Command::Kind::group) {
        const List& body = command->bodies.front();
        return body.chains.back().pipelines.size() == 1 &&
               is_exit(body.chains.back().pipelines.front());
    }
    return command != nullptr && program_of(*command) == "exit";
}

/// true, :
bool is_true(const Pipeline& line) {
    const Command* command = only_command(line);
    const auto program = command != nullptr ? program_of(*command) : std::nullopt;
    return (program == "true" || program == ":") && command->words.size() == 1;
}

bool is_test(const Pipeline& line) {
    const Command& command = line.commands.front();
    const auto program = program_of(command);
    return line.commands.size() == 1 && !line.timed &&
           (command.kind == Command::Kind::test || program == "test" || program == "[");
}

bool makes_or_removes(const Pipeline& line) {
    const Command* command = only_command(line);
    const auto program = command != nullptr ? program_of(*command) : std::nullopt;
    return program == "mkfifo" || program == "rm";
}

/// if [ ! -p x ]; then mkfifo x; fi: what is between, when it is nothing else.
const Pipeline* conditional_fifo(const Command& command) {
    if (command.kind != Command::Kind::conditional || command.bodies.size() != 2 ||
        !command.words.empty() || !command.redirects.empty()) {
        return nullptr;
    }
    for (const List& body : command.bodies) {
        if (body.chains.size() != 1 || body.chains.front().pipelines.size() != 1 ||
            body.chains.front().background) {
            return nullptr;
        }
    }
    const Pipeline& then = command.bodies[1].chains.front().pipelines.front();
    return is_test(command.bodies[0].chains.front().pipelines.front()) && makes_or_removes(then)
               ? &then
               : nullptr;
}

StatementKind classify(const Chain& chain, Statement& statement);

StatementKind classify_conditional(const Pipeline& line, Statement& statement) {
    statement.guarded = true;
    statement.subject = &line.commands.front();
    return program_of(*statement.subject) == "rm" ? StatementKind::remove
                                                  : StatementKind::make_fifo;
}

/// What && and || join is one statement when the rest only asks whether it is needed, or what
/// becomes of a failure.
StatementKind classify_joined(const Chain& chain, Statement& statement) {
    const Pipeline& first = chain.pipelines.front();
    const Pipeline& second = chain.pipelines.back();
    if (chain.pipelines.size() != 2 || chain.background) {
        return StatementKind::other;
    }
    if (is_test(first) && makes_or_removes(second)) {
        return classify_conditional(second, statement);
    }
    if (!chain.otherwise.front() || (!is_exit(second) && !is_true(second))) {
        return StatementKind::other;
    }
    if (first.commands.front().kind == Command::Kind::conditional) {
        return StatementKind::other;
    }
    Chain alone;
    alone.pipelines = {first};
    alone.range = first.range;
    const StatementKind kind = classify(alone, statement);
    if (kind == StatementKind::pipeline && is_true(second)) {
        statement.guarded = statement.forgiven = true;
        return kind;
    }
    if (kind == StatementKind::temporary || kind == StatementKind::make_fifo ||
        kind == StatementKind::remove || kind == StatementKind::wait) {
        statement.guarded = true;
        return kind;
    }
    return StatementKind::other;
}

/// NAME=value and no command.
StatementKind classify_assignments(const Command& command, bool bare, Statement& statement) {
    read_assignments(command.assignments, 0, statement);
    if (!bare) {
        return StatementKind::other;
    }
    return std::all_of(command.assignments.begin(), command.assignments.end(), makes_temporary)
               ? StatementKind::temporary
               : StatementKind::assignment;
}

/// Builtins that mean something for all of the text when nothing else is done with them.
std::optional<StatementKind> classify_bare(const std::string& name, const Command& command,
                                           Statement& statement) {
    if (name == "readonly") {
        return StatementKind::constant;
    }
    if (name == "export") {
        read_assignments(command.words, 1, statement);
        return StatementKind::exported;
    }
    if (name == "set") {
        const auto argv = literal_words(command);
        return argv && read_options(*argv, statement) ? StatementKind::options
                                                      : StatementKind::other;
    }
    if (name == ":") {
        return StatementKind::defaults;
    }
    return name == "wait" ? std::optional(StatementKind::wait) : std::nullopt;
}

StatementKind classify_program(const std::string& name, const Command& command, bool background) {
    if (name == "mkfifo" || name == "rm") {
        if (background || !command.assignments.empty()) {
            return StatementKind::other;
        }
        return name == "rm" ? StatementKind::remove : StatementKind::make_fifo;
    }
    if (name == "printf" && command.words.size() > 1 && literal(command.words[1]) == "-v") {
        return StatementKind::other;  // it sets a variable
    }
    return !is_builtin(name) || has_trait(name, Trait::builtin_printing) ? StatementKind::pipeline
                                                                         : StatementKind::other;
}

StatementKind classify(const Chain& chain, Statement& statement) {
    const Pipeline& line = chain.pipelines.front();
    if (chain.pipelines.size() > 1) {
        return classify_joined(chain, statement);
    }
    const Command& command = line.commands.front();
    const bool single = line.commands.size() == 1;
    const bool bare =
        single && !line.negated && !line.timed && command.redirects.empty() && !chain.background;
    if (const Pipeline* inside = conditional_fifo(command);
        inside != nullptr && single && !chain.background) {
        return classify_conditional(*inside, statement);
    }
    if (command.kind == Command::Kind::function) {
        return bare ? StatementKind::function : StatementKind::other;
    }
    if (!single) {
        return StatementKind::pipeline;
    }
    if (command.kind != Command::Kind::simple) {
        const bool grouped =
            command.kind == Command::Kind::group || command.kind == Command::Kind::subshell;
        return grouped ? StatementKind::pipeline : StatementKind::other;
    }
    if (command.words.empty()) {
        return classify_assignments(command, bare, statement);
    }
    const auto name = literal(command.words.front());
    if (!name) {
        return StatementKind::pipeline;
    }
    const auto kind = bare ? classify_bare(*name, command, statement) : std::nullopt;
    return kind ? *kind : classify_program(*name, command, chain.background);
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
                                                       const PathNames& names) {
    std::vector<std::string> paths;
    bool options = true;
    for (std::size_t i = 1; i < command.words.size(); ++i) {
        const auto path = path_key(command.words[i], names);
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

void add_paths(const Command& command, const PathNames& names, Paths& paths) {
    for (const auto& redirect : command.redirects) {
        const auto path = path_key(redirect->target, names);
        if (!path || redirect->kind == Redirect::Kind::here_document ||
            redirect->kind == Redirect::Kind::here_string) {
            continue;
        }
        (redirect->kind == Redirect::Kind::in ? paths.read : paths.written).push_back(*path);
    }
    const bool tee = !command.words.empty() && literal(command.words.front()) == "tee";
    for (std::size_t i = 1; i < command.words.size(); ++i) {
        if (const auto word = path_key(command.words[i], names)) {
            (tee ? paths.written : paths.named).push_back(*word);
        }
        if (const auto value = option_value(command.words[i])) {
            if (const auto word = path_key(value->value, names)) {
                paths.named.push_back(*word);
            }
        }
    }
}

Paths paths_of(const List& list, const PathNames& names) {
    Paths paths;
    visit_commands(list, [&](const Command& command) { add_paths(command, names, paths); });
    return paths;
}

}  // namespace pipectl::shell
