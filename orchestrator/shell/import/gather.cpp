// One walk over each statement of a text.

#include <algorithm>
#include <utility>

#include "orchestrator/shell/commands/builtins.hpp"
#include "orchestrator/shell/commands/command_list.hpp"
#include "orchestrator/shell/import/effects.hpp"
#include "orchestrator/shell/import/facts.hpp"
#include "orchestrator/shell/import/pipes.hpp"
#include "orchestrator/shell/syntax/expansions.hpp"
#include "orchestrator/shell/syntax/fragment.hpp"
#include "orchestrator/shell/syntax/places.hpp"

namespace pipectl::shell {

namespace {

std::optional<std::string> first_word(const Command& command) {
    return command.words.empty() ? std::nullopt : literal(command.words.front());
}

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

/// The words of a statement that is one plain command.
std::vector<std::string> plain_words(const Statement& statement) {
    const Pipeline& line = statement.line();
    std::vector<std::string> words;
    if (line.commands.size() == 1 && line.commands.front().kind == Command::Kind::simple) {
        for (const Word& word : line.commands.front().words) {
            words.push_back(literal(word).value_or(""));
        }
    }
    return words;
}

/// [ -r file ] || exit 1, command -v program || { ..; exit 1; }
bool only_checks(const Chain& chain) {
    if (chain.pipelines.size() != 2 || chain.pipelines.front().commands.size() != 1) {
        return false;
    }
    const Command& first = chain.pipelines.front().commands.front();
    const auto name = first_word(first);
    bool leaves = false;
    for (const Command& command : chain.pipelines.back().commands) {
        visit_commands(command,
                       [&](const Command& each) { leaves = leaves || first_word(each) == "exit"; });
    }
    return leaves &&
           (first.kind == Command::Kind::test || (name && has_trait(*name, Trait::check)));
}

/// It changes the shell, when the shell itself runs it.
bool sets_something(const Command& command) {
    const auto name = first_word(command);
    return command.kind == Command::Kind::simple &&
           ((command.words.empty() && !command.assignments.empty()) ||
            (name && is_builtin(*name) && !has_trait(*name, Trait::builtin_harmless)));
}

class Gatherer {
  public:
    Gatherer(Facts& facts, const Machine& machine)
        : facts_(facts), machine_(machine), places_(facts.text) {}

    void run() {
        facts_.rows.reserve(facts_.statements.size());
        for (const Statement& each : facts_.statements) {
            facts_.rows.push_back(row(each));
        }
        const auto pipelines = std::count_if(facts_.rows.begin(), facts_.rows.end(),
                                             [](const Row& each) { return each.is_pipeline(); });
        facts_.several = pipelines > 1;
        facts_.pipes = pipes_of(facts_, machine_);
    }

  private:
    Row row(const Statement& statement) {
        Row row;
        row.statement = &statement;
        row.range = statement.chain->range;
        row.line = places_.at(row.range.begin).line;
        row.first = statement.chain == facts_.statements.front().chain;
        row.last = statement.chain == facts_.statements.back().chain;
        row.program = first_word(statement.command());
        walk(row);
        if (row.is(Statement::Kind::make_fifo) || row.is(Statement::Kind::remove)) {
            row.operands = file_arguments(statement.command(), names());
        }
        if (row.is_pipeline()) {
            row.uses = uses_of(*statement.chain, names(), facts_.statements);
            row.asks_status = asks_for_status(slice(row.range));
            const bool is_step = facts_.steps.contains(row.range.begin);
            row.asks_status = !is_step && row.asks_status;
            row.sets = !is_step && sets(row);
            row.leaves =
                is_step && effects_of(facts_.text, *statement.chain, facts_.statements).leaves;
        }
        about_words(row, plain_words(statement));
        about_ends(row);
        return row;
    }

    /// What its words name, at any depth.
    void walk(Row& row) {
        visit_commands(*row.statement->chain, [&](const Command& command) {
            add_paths(command, names(), row.files);
            for (const auto& redirect : command.redirects) {
                const bool whole = redirect->kind == Redirect::Kind::out ||
                                   redirect->kind == Redirect::Kind::clobber ||
                                   redirect->kind == Redirect::Kind::both;
                if (const auto path = path_key(redirect->target, names()); whole && path) {
                    row.rewrites.push_back(*path);
                }
            }
            visit_words(command,
                        [&](const Word& word) { ++facts_.words[std::string(slice(word.range))]; });
        });
    }

    void about_words(Row& row, const std::vector<std::string>& words) const {
        const Command& command = row.statement->line().commands.front();
        row.is_step = !words.empty() && has_trait(words.front(), Trait::step);
        if (words.size() < 2 || !command.redirects.empty()) {
            return;
        }
        row.only_waits = words.front() == "sleep" && row.last;
        row.is_needless =
            words.front() == "mkdir" && words[1] == "-p" && words.size() > 2 &&
            std::all_of(command.words.begin() + 2, command.words.end(), [&](const Word& word) {
                const auto path = path_key(word, names());
                return path && !path->starts_with('-') && machine_.look(*path) == FileKind::other;
            });
    }

    void about_ends(Row& row) const {
        const Statement& statement = *row.statement;
        const Command& command = statement.command();
        const bool alone = !statement.line().negated && !row.background();
        const bool single = statement.chain->pipelines.size() == 1;
        const std::size_t words = command.words.size();
        const bool exits = row.last && alone && row.program == "exit";
        row.only_checks = only_checks(*statement.chain);
        row.succeeds = row.last && alone && single &&
                       ((exits && words == 2 && literal(command.words[1]) == "0") ||
                        row.program == ":" || (row.program == "true" && words == 1));
        row.settles =
            !row.is_pipeline() && row.program != "exit" && (row.program != "wait" || words == 1);
        // the run says how it ended, and cleans up by itself
        const bool ends =
            exits && (words == 1 || (words == 2 && (literal(command.words[1]) == "0" ||
                                                    is_status(command.words[1]))));
        row.is_harmless = single && (ends || (row.program == "trap" && is_cleanup(command)));
    }

    /// A function or a group, at the top, that sets what others may use.
    bool sets(const Row& row) const {
        const Pipeline& line = row.statement->line();
        if (line.commands.size() > 1 || row.last || row.background()) {
            return false;
        }
        bool found = false;
        const auto look = [&](const Command& each) { found = found || sets_something(each); };
        const Command& command = line.commands.front();
        if (command.kind == Command::Kind::group) {
            visit_commands(command, look);
        }
        const auto name =
            command.kind == Command::Kind::simple ? first_word(command) : std::nullopt;
        for (const Statement& each : facts_.statements) {
            if (each.kind == Statement::Kind::function && name && each.command().name == *name) {
                visit_commands(each.command(), look);
            }
        }
        return found;
    }

    /// trap 'rm -f "$file"' EXIT; or a function that does nothing else.
    bool is_cleanup(const Command& command) const {
        if (command.words.size() < 3) {
            return false;
        }
        const auto action = literal(command.words[1]);
        if (action == "-" || is_cleaning_function(action.value_or(""))) {
            return true;
        }
        std::string_view text = slice(command.words[1].range);
        text.remove_prefix(std::min(text.size(), text.find_first_not_of("'\"")));
        return text.starts_with("rm ") && text.find_first_of(";&|<>`(") == std::string_view::npos;
    }

    bool is_cleaning_function(const std::string& name) const {
        bool known = false;
        bool cleans = true;
        for (const Statement& each : facts_.statements) {
            if (each.kind != Statement::Kind::function || each.command().name != name) {
                continue;
            }
            known = true;
            visit_commands(each.command(), [&](const Command& inner) {
                const auto program = first_word(inner);
                cleans = cleans && (inner.kind != Command::Kind::simple || program == "rm" ||
                                    program == "rmdir" || program == ":" || program == "true");
            });
        }
        return known && cleans;
    }

    const PathNames& names() const { return facts_.settings.names; }

    std::string_view slice(Range range) const {
        return facts_.text.substr(range.begin, range.end - range.begin);
    }

    Facts& facts_;
    const Machine& machine_;
    Places places_;
};

}  // namespace

namespace {

/// A program whose end can be waited for, and nothing that changes the shell.
bool is_plain(const Pipeline& line) {
    const Command& command = line.commands.front();
    if (line.negated || line.timed || command.kind != Command::Kind::simple) return false;
    const auto program = first_word(command);
    return program && (!is_builtin(*program) || *program == "echo" || *program == "printf");
}

/// "a && b" as two statements, of which the second one comes when the first one has ended well.
void take_ands_apart(List& list) {
    std::vector<Chain> apart;
    for (Chain& chain : list.chains) {
        const bool plain = chain.pipelines.size() > 1 && !chain.background &&
                           std::none_of(chain.otherwise.begin(), chain.otherwise.end(),
                                        [](bool is) { return is; }) &&
                           std::all_of(chain.pipelines.begin(), chain.pipelines.end(), is_plain);
        if (!plain) {
            apart.push_back(std::move(chain));
            continue;
        }
        for (std::size_t i = 0; i < chain.pipelines.size(); ++i) {
            Chain one;
            one.range = chain.pipelines[i].range;
            if (i > 0) one.behind_and = chain.operators[i - 1];
            one.pipelines.push_back(std::move(chain.pipelines[i]));
            apart.push_back(std::move(one));
        }
    }
    list.chains = std::move(apart);
}

}  // namespace

Facts gather(std::string_view text, Script script, const Machine& machine,
             std::set<std::size_t> steps) {
    Facts facts;
    facts.steps = std::move(steps);
    facts.text = text;
    facts.script = std::move(script);
    List& list = facts.script.list;
    facts.renames = take_renames(text, list, read_settings(text, statements(list)).names, machine);
    take_ands_apart(list);
    facts.statements = statements(list);
    facts.settings = read_settings(text, facts.statements);
    Gatherer(facts, machine).run();
    return facts;
}

}  // namespace pipectl::shell
