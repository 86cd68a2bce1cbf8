// What bash would do, with as many stages as can be told apart.

#include "orchestrator/shell/translate/run_text.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "orchestrator/shell/syntax/parser.hpp"
#include "orchestrator/shell/translate/check_pipes.hpp"
#include "orchestrator/shell/translate/statements.hpp"
#include "orchestrator/shell/translate/templates.hpp"
#include "orchestrator/shell/translate/translator.hpp"

namespace pipectl::shell {

namespace {

/// Longer texts do not fit into one argument of a program (MAX_ARG_STRLEN, execve(2)).
constexpr std::size_t kLongestArgument = 120'000;

/// Neither split nor a pattern where a variable with such a value is not quoted.
constexpr const char* kPlain =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=,./:@%";

bool has(const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

/// One attempt; anything that is not sure gives up.
class RunTranslator {
  public:
    RunTranslator(const RunText& text, const Machine& machine) : text_(text), machine_(machine) {}

    bool run(RunTranslation& result) {
        const Parsed parsed = parse(text_.text);
        if (parsed.error) {
            result.diagnostics = {*parsed.error};
            return false;
        }
        const std::vector<Statement> all = statements(parsed.script.list);
        for (const Statement& each : all) {
            if (each.guarded || each.traces) {
                return give_up(each, each.traces ? "'set -x' and 'set -v'" : "'||' and conditions");
            }
        }
        std::size_t first = 0;
        while (first < all.size() && take_prelude(all[first])) {
            ++first;
        }
        const std::vector<Statement> rest(all.begin() + static_cast<std::ptrdiff_t>(first),
                                          all.end());
        rules_.strict = text_.strict;
        rules_.zero = text_.file;
        rules_.given_to_shell = text_.given_to_shell;
        rules_.machine = &machine_;
        if (text_.strict) {
            name_files(rest);
        }
        std::vector<Fifo> pipes;
        if (!find_pipes(rest, paths_of(parsed.script.list), pipes, result)) {
            return false;
        }
        Translator translator(text_.text, rules_, std::move(pipes));
        if (!translate(rest, translator)) {
            return false;
        }
        Translation made = translator.take();
        refusals_ = std::move(made.refusals);
        const std::vector<Refusal> wrong = check_pipes(made.graph);
        refusals_.insert(refusals_.end(), wrong.begin(), wrong.end());
        if (!refusals_.empty()) {
            return false;
        }
        if (made.graph.nodes.empty()) {
            return give_up({0, text_.text.size()}, "a text without a pipeline");
        }
        finish(made, result);
        return fits(made.graph, result.definition);
    }

    /// Why run() has given up.
    std::vector<Refusal> take_refusals() { return std::move(refusals_); }

  private:
    bool fits(const Graph& graph, const Definition& definition) {
        for (std::size_t i = 0; i < definition.stages.size(); ++i) {
            const Stage& stage = definition.stages[i];
            if (!stage.run.back().pieces.empty() &&
                stage.run.back().pieces.front().value.size() >= kLongestArgument) {
                return give_up(graph.nodes[i].range, "a stage of so long a text");
            }
        }
        return true;
    }

    bool give_up(Range range, const std::string& what) {
        refusals_.push_back({range, "--strict does not cover " + what,
                             "one pipeline is covered; without --strict the shell's rules hold"});
        return false;
    }

    bool give_up(const Statement& statement, const std::string& what) {
        return give_up(statement.chain->range, what);
    }

    /// What a statement is that is no pipeline, for messages.
    static std::string kind_of(const Statement& statement) {
        if (statement.chain->pipelines.size() > 1) {
            return "'&&' and '||'";
        }
        switch (statement.command().kind) {
            case Command::Kind::loop: return "a loop";
            case Command::Kind::conditional:
            case Command::Kind::test: return "a conditional";
            default: return "this statement beside a pipeline";
        }
    }

    /// What can be done again in every shell of a stage. False: the pipelines begin here.
    bool take_prelude(const Statement& statement) {
        const Command& command = statement.command();
        switch (statement.kind) {
            case Statement::Kind::assignment:
                if (!std::all_of(command.assignments.begin(), command.assignments.end(), is_pure)) {
                    return false;
                }
                set_variables(statement, false);
                break;
            case Statement::Kind::exported:
                if (!std::all_of(command.words.begin(), command.words.end(), is_pure)) {
                    return false;
                }
                set_variables(statement, true);
                break;
            case Statement::Kind::defaults:
                if (!std::all_of(command.words.begin(), command.words.end(), is_pure)) {
                    return false;
                }
                rules_.all_in_shell = true;  // what has a value is maybe exported
                values_.clear();
                break;
            case Statement::Kind::options:
                rules_.pipefail = rules_.pipefail || statement.pipefail;
                break;
            case Statement::Kind::function:
                rules_.functions.push_back({command.name, "", false});
                break;
            default: return false;
        }
        if (!rules_.prelude.empty()) {
            rules_.prelude += '\n';
        }
        rules_.prelude += fragment(text_.text, *statement.chain);
        return true;
    }

    void set_variables(const Statement& statement, bool exported) {
        if (!statement.literal_values) {
            rules_.all_in_shell = true;
            values_.clear();
            return;
        }
        for (const Assignment& each : statement.assigned) {
            values_[each.name] = each.value;
            if (exported || environment_.contains(each.name) || machine_.has_variable(each.name)) {
                environment_[each.name] = each.value;
            }
        }
    }

    /// Puts what the prelude sets into the names of the pipelines' files: a failed strict run keeps
    /// the old ones only where it opens them, and not a shell.
    void name_files(const std::vector<Statement>& all) const {
        for (const Statement& statement : all) {
            for (const Pipeline& line : statement.chain->pipelines) {
                for (const Command& command : line.commands) {
                    for (const auto& redirect : command.redirects) {
                        name_file(redirect->target);
                    }
                }
            }
        }
    }

    void name_file(Word& file) const {
        for (Piece& piece : file.pieces) {
            const auto value =
                piece.kind == Piece::Kind::parameter ? values_.find(piece.value) : values_.end();
            if (value == values_.end() ||
                (!piece.quoted && value->second.find_first_not_of(kPlain) != std::string::npos)) {
                continue;
            }
            piece.kind = Piece::Kind::text;
            piece.quoted = true;
            piece.value = value->second;
        }
    }

    /// Named pipes that the text makes or finds, when it writes and reads them itself.
    bool find_pipes(const std::vector<Statement>& all, const Paths& paths, std::vector<Fifo>& pipes,
                    RunTranslation& result) {
        for (const Statement& statement : all) {
            const bool makes = statement.kind == Statement::Kind::make_fifo;
            if (!makes && statement.kind != Statement::Kind::remove) {
                continue;
            }
            const auto names = file_arguments(statement.command(), {});
            if (!names) {
                return give_up(statement, "files whose names only the shell can tell");
            }
            const bool taken = makes ? make_pipes(statement, *names, paths, pipes, result)
                                     : remove_pipes(statement, *names, pipes, result);
            if (!taken) {
                return false;
            }
        }
        for (const std::string& name : paths.written) {
            const bool read = has(paths.read, name) || has(paths.named, name);
            if (read && machine_.look(name) == FileKind::fifo) {
                add_pipe(pipes, {name, all.front().chain->range, {}, {}, true, false});
            }
        }
        return true;
    }

    bool make_pipes(const Statement& statement, const std::vector<std::string>& names,
                    const Paths& paths, std::vector<Fifo>& pipes, RunTranslation& result) {
        auto& made = result.fifos_made;
        made.insert(made.end(), names.begin(), names.end());
        for (const std::string& name : names) {
            const FileKind kind = machine_.look(name);
            if (kind != FileKind::missing && kind != FileKind::fifo) {
                return give_up(statement, "a named pipe where a file is");
            }
            add_pipe(pipes,
                     {name, statement.chain->range, {}, {}, has(paths.written, name), false});
        }
        return true;
    }

    bool remove_pipes(const Statement& statement, const std::vector<std::string>& names,
                      const std::vector<Fifo>& pipes, RunTranslation& result) {
        for (const std::string& name : names) {
            const bool known = std::any_of(pipes.begin(), pipes.end(),
                                           [&](const Fifo& each) { return each.path == name; });
            if (!known) {
                return give_up(statement, "the removal of a file");
            }
            std::erase(result.fifos_made, name);
            result.files_removed.push_back(name);
        }
        return true;
    }

    /// One pipeline; or several in the background and one in front, which named pipes join.
    bool translate(const std::vector<Statement>& all, Translator& translator) {
        int foreground = 0;
        int background = 0;
        bool settled = false;  // a statement behind the last pipeline has status 0
        bool waited = false;
        for (const Statement& statement : all) {
            switch (statement.kind) {
                case Statement::Kind::make_fifo:
                case Statement::Kind::remove: settled = true; break;
                case Statement::Kind::wait:
                    if (statement.command().words.size() != 1) {
                        return give_up(statement, "'wait' for one job");
                    }
                    settled = waited = true;
                    break;
                case Statement::Kind::pipeline: {
                    const bool behind = statement.chain->background;
                    foreground += behind ? 0 : 1;
                    background += behind ? 1 : 0;
                    if (waited || foreground > 1 || (behind && foreground > 0)) {
                        return give_up(statement, "a second pipeline");
                    }
                    settled = settled && behind;
                    translator.pipeline(statement.line(), Flow{!behind, {}},
                                        {false, !behind, behind});
                    break;
                }
                default: return give_up(statement, kind_of(statement));
            }
        }
        if (foreground == 0 && !waited) {
            return give_up({0, text_.text.size()}, "a text without a pipeline in the foreground");
        }
        if (background == 0 && all.size() > 1 && translator.made().graph.fifos.empty()) {
            return give_up(all.back(), "a second statement");
        }
        always_well_ = settled;
        return true;
    }

    void finish(Translation& made, RunTranslation& result) {
        made.graph.move_to_end(made.main);
        Definition& definition = result.definition;
        definition = make_definition(made.graph, text_.text);
        definition.name = "-c";
        definition.strict = text_.strict;
        definition.pipefail = rules_.pipefail && !text_.strict;
        for (std::size_t i = 0; i < definition.stages.size(); ++i) {
            // process substitution and copies do not count
            definition.stages[i].any_ok = definition.pipefail && !made.graph.nodes[i].main;
        }
        for (const auto& [name, value] : environment_) {
            definition.env.emplace_back(name, text_template(value));
        }
        if (!text_.strict && (always_well_ || made.main < 0)) {
            definition.stages.back().any_ok = true;
        }
        for (const Node& node : made.graph.nodes) {
            result.offsets.push_back(node.range.begin);
        }
    }

    const RunText& text_;
    const Machine& machine_;
    Rules rules_;
    std::map<std::string, std::string> environment_;
    std::map<std::string, std::string> values_;  ///< of variables that the prelude sets
    bool always_well_ = false;
    std::vector<Refusal> refusals_;
};

}  // namespace

RunTranslation whole_text(const RunText& text) {
    RunTranslation result;
    result.whole = true;
    Definition& definition = result.definition;
    definition.name = "-c";
    definition.strict = text.strict;
    Stage stage;
    const Place place{1, 1};
    stage.name = {"bash", place};
    stage.place = stage.command_place = place;
    stage.run = text.file.empty() ? std::vector{text_template("bash"), text_template("-c"),
                                                text_template(text.text)}
                                  : std::vector{text_template("bash"), text_template(text.file)};
    for (Template& word : stage.run) {
        word.place = place;
    }
    // what is behind >(..) goes on when bash has ended: it may not have got all yet
    stage.detach = text.text.find(">(") != std::string::npos;
    definition.stages.push_back(std::move(stage));
    result.offsets = {0};
    return result;
}

RunTranslation translate_for_run(const RunText& text, const Machine& machine) {
    RunTranslation result;
    RunTranslator translator(text, machine);
    if (translator.run(result)) {
        return result;
    }
    if (!text.strict) {
        return whole_text(text);
    }
    // the shell's rules would hold inside of it, and nobody would know
    if (result.diagnostics.empty()) {  // else it is no text of the shell's
        result.diagnostics = diagnostics_of(text.text, translator.take_refusals());
    }
    return result;
}

}  // namespace pipectl::shell
