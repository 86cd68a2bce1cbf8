// `pipectl import`: the statements of a text to one definition, or all the reasons why not.

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "orchestrator/definition/source_lines.hpp"
#include "orchestrator/shell/parser.hpp"
#include "orchestrator/shell/places.hpp"
#include "orchestrator/shell/shell.hpp"
#include "orchestrator/shell/statements.hpp"
#include "orchestrator/shell/translator.hpp"
#include "stages/base/utf8.hpp"

namespace pipectl::shell {

namespace {

Template text_template(std::string text) {
    Template made;
    made.pieces.push_back({Template::Piece::Kind::text, std::move(text)});
    return made;
}

/// Programs that are there for what they do to files, not for what they print.
constexpr auto kSteps = std::to_array<std::string_view>(
    {"bunzip2", "bzip2", "chgrp",   "chmod", "chown", "cp",     "cpio",  "csplit",
     "gunzip",  "gzip",  "install", "ln",    "mkdir", "mktemp", "mv",    "patch",
     "rm",      "rmdir", "rsync",   "sleep", "split", "tar",    "touch", "truncate",
     "unlink",  "unxz",  "unzip",   "xz",    "zip",   "zstd"});

/// The first byte that is not UTF-8, if any.
std::optional<std::size_t> not_utf8(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        const CodePoint point = first_code_point(text.substr(at));
        if (!point.valid) {
            return at;
        }
        at += point.size;
    }
    return std::nullopt;
}

bool has(const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

class Importer {
  public:
    Importer(const SourceText& source, const ImportOptions& options, const Machine& machine)
        : source_(source), text_(source.text), options_(options), machine_(machine) {}

    ImportResult run() {
        if (const auto wrong = not_utf8(text_)) {
            refuse({*wrong, *wrong + 1}, "a byte that is not UTF-8",
                   "a definition is UTF-8; in a string of a program write it as an escape");
            return result();
        }
        if (const std::size_t nul = text_.find('\0'); nul != std::string_view::npos) {
            refuse({nul, nul + 1}, "a NUL byte, which no argument of a program can have",
                   "is this a script?");
            return result();
        }
        const Parsed parsed = parse(text_);
        if (parsed.error) {
            result_.diagnostics.push_back(*parsed.error);
            return result();
        }
        all_ = statements(parsed.script.list);
        rules_.import = true;
        rules_.strict = true;
        rules_.wrap = options_.wrap;
        rules_.machine = &machine_;
        settings();
        translator_.emplace(text_, rules_);
        find_pipes(parsed.script.list);
        check_order();
        pipelines();
        translator_->check_fifos();
        refusals_.insert(refusals_.end(), translator_->refusals.begin(),
                         translator_->refusals.end());
        if (translator_->graph.nodes.empty() && refusals_.empty()) {
            refuse({0, text_.size()}, "there is no pipeline in this text");
        }
        if (!refusals_.empty() && options_.wrap) {
            wrap_all();
        } else if (refusals_.empty()) {
            finish(parsed.script);
        }
        return result();
    }

  private:
    void refuse(Range range, std::string message, std::string hint = {}) {
        refusals_.push_back({range, std::move(message), std::move(hint)});
    }

    ImportResult result() {
        const SourceLines lines(source_.text);
        std::stable_sort(
            refusals_.begin(), refusals_.end(),
            [](const Refusal& a, const Refusal& b) { return a.range.begin < b.range.begin; });
        for (const Refusal& each : refusals_) {
            Diagnostic diagnostic;
            diagnostic.place = lines.place(each.range.begin);
            const std::size_t line_end = std::min(text_.find('\n', each.range.begin), text_.size());
            diagnostic.length = static_cast<int>(std::min(each.range.end, line_end) -
                                                 std::min(each.range.begin, line_end));
            diagnostic.message = each.message;
            diagnostic.hint = each.hint;
            result_.diagnostics.push_back(std::move(diagnostic));
        }
        return std::move(result_);
    }

    // --- what is set before the pipelines

    void settings() {
        for (const Statement& each : all_) {
            const Range range = each.chain->range;
            switch (each.kind) {
                case Statement::Kind::assignment: assign(each); break;
                case Statement::Kind::exported: export_variables(each); break;
                case Statement::Kind::defaults: defaults(each.command()); break;
                case Statement::Kind::options:
                    rules_.pipefail = rules_.pipefail || each.pipefail;
                    break;
                case Statement::Kind::function: {
                    const Command& command = each.command();
                    rules_.functions.push_back(
                        {command.name,
                         std::string(text_.substr(range.begin, range.end - range.begin)),
                         is_posix(text_, command)});
                    break;
                }
                case Statement::Kind::temporary: {
                    std::string name = each.command().assignments.front().pieces.front().value;
                    name.pop_back();
                    rules_.temporaries.insert(std::move(name));
                    break;
                }
                default: break;
            }
        }
    }

    void add_variable(Variable variable, Range range) {
        const bool known =
            std::any_of(rules_.variables.begin(), rules_.variables.end(),
                        [&](const Variable& each) { return each.name == variable.name; });
        if (known) {
            refuse(range, "the variable '" + variable.name + "' is set twice",
                   "a parameter has one value in a run");
            return;
        }
        variable.one_word = !variable.value.empty() &&
                            variable.value.find_first_of(" \t\n*?[") == std::string::npos;
        rules_.variables.push_back(std::move(variable));
    }

    /// Variables that programs inherit already, or that steer the shell itself.
    static bool is_of_environment(std::string_view name) {
        constexpr auto kNames = std::to_array<std::string_view>(
            {"CDPATH", "HOME", "IFS", "LANG", "PATH", "PWD", "TERM", "TMPDIR", "TZ", "USER"});
        return std::find(kNames.begin(), kNames.end(), name) != kNames.end() ||
               name.starts_with("LC_");
    }

    /// NAME=value and NAME=${OTHER:-value} are parameters.
    void assign(const Statement& statement) {
        for (const Word& word : statement.command().assignments) {
            if (const auto assigned = literal_assignment(word)) {
                if (is_of_environment(assigned->name)) {
                    refuse(word.range,
                           "'" + assigned->name + "' is of the environment of all that follows",
                           "[env] sets it for every stage; 'export' before it says the same here");
                    continue;
                }
                add_variable({assigned->name, assigned->value, false, {}, true}, word.range);
                continue;
            }
            const std::string& first = word.pieces.front().value;
            const std::size_t quotes = word.pieces.size() > 1 && word.pieces[1].value.empty() &&
                                               word.pieces[1].kind == Piece::Kind::text
                                           ? 1
                                           : 0;
            const bool alone =
                word.pieces.size() == 2 + quotes && first.ends_with('=') && !first.ends_with("+=");
            const Piece& value = word.pieces.back();
            const std::size_t colon = value.value.find(":-");
            if (alone && value.kind == Piece::Kind::parameter && colon != std::string::npos &&
                value.value.find_first_of("$`\\'\"", colon) == std::string::npos) {
                add_variable({first.substr(0, first.size() - 1),
                              value.value.substr(colon + 2),
                              false,
                              {},
                              true},
                             word.range);
            } else if (alone && value.kind == Piece::Kind::parameter && value.value.size() == 1 &&
                       value.value >= "1" && value.value <= "9") {
                add_variable({first.substr(0, first.size() - 1), "", true, "", true}, word.range);
            } else if (needs(word) == Need::command) {
                refuse(word.range, "a variable that gets a command's output",
                       "give it a value, or ${NAME:-value}: it becomes a parameter");
            } else {
                refuse(word.range, "a variable whose value only the shell can tell",
                       "give it a plain value: it becomes a parameter");
            }
        }
    }

    void export_variables(const Statement& statement) {
        for (std::size_t i = 1; i < statement.command().words.size(); ++i) {
            const Word& word = statement.command().words[i];
            if (const auto assigned = literal_assignment(word)) {
                environment_.emplace_back(assigned->name, text_template(assigned->value));
                continue;
            }
            const auto name = literal(word);
            const auto known =
                std::find_if(rules_.variables.begin(), rules_.variables.end(),
                             [&](const Variable& each) { return each.name == name; });
            if (!name || !is_variable(*name)) {
                refuse(word.range, "a variable whose value only the shell can tell");
            } else if (known != rules_.variables.end()) {
                Template value;
                value.pieces.push_back({Template::Piece::Kind::parameter, *name});
                environment_.emplace_back(*name, std::move(value));
            }
        }
    }

    /// : "${name:=value}" and "${name:?help}"
    void defaults(const Command& command) {
        for (std::size_t i = 1; i < command.words.size(); ++i) {
            const Word& word = command.words[i];
            for (const Piece& piece : word.pieces) {
                if (piece.kind != Piece::Kind::parameter) {
                    continue;
                }
                const std::size_t end = piece.value.find_first_of(":=?");
                const std::string name = piece.value.substr(0, end);
                std::size_t behind = end == std::string::npos ? end : end + 1;
                if (behind != std::string::npos && piece.value[end] == ':') {
                    ++behind;
                }
                if (behind == std::string::npos || behind > piece.value.size() ||
                    !is_variable(name) ||
                    piece.value.find_first_of("$`\\'\"", end) != std::string::npos) {
                    refuse(word.range, "a default that only the shell can tell");
                    continue;
                }
                const bool required = piece.value[behind - 1] == '?';
                const std::string rest = piece.value.substr(behind);
                add_variable({name, required ? "" : rest, required, required ? rest : "", true},
                             word.range);
            }
        }
    }

    // --- what joins the pipelines

    /// Named pipes, and temporary files that one pipeline writes and later ones read.
    void find_pipes(const List& list) {
        const Paths paths = paths_of(list, rules_.temporaries);
        std::vector<std::string> removed;
        for (const Statement& each : all_) {
            const bool makes = each.kind == Statement::Kind::make_fifo;
            if (!makes && each.kind != Statement::Kind::remove) {
                continue;
            }
            const auto names = file_arguments(each.command(), rules_.temporaries);
            if (!names) {
                refuse(each.chain->range, makes ? "named pipes whose names only the shell can tell"
                                                : "files whose names only the shell can tell");
                continue;
            }
            for (const std::string& name : *names) {
                if (makes) {
                    translator_->add_fifo(name, each.chain->range, has(paths.written, name));
                } else {
                    removed.push_back(name);
                    removals_.emplace_back(name, each.chain->range);
                }
            }
        }
        for (const std::string& name : paths.written) {
            const bool read = has(paths.read, name) || has(paths.named, name);
            const bool temporary = name.starts_with("${") ||
                                   (has(removed, name) && machine_.look(name) != FileKind::regular);
            if (read && (temporary || machine_.look(name) == FileKind::fifo)) {
                translator_->add_fifo(name, all_.front().chain->range, true, temporary);
            }
        }
        for (const auto& [name, range] : removals_) {
            const bool folder = name.starts_with("${") && name.ends_with('}');
            if (translator_->graph.find_fifo(name) < 0 && !folder) {
                refuse(range, "'" + name + "' is removed, and nothing in the text makes it",
                       "a definition removes nothing; do it before or after the run");
            }
        }
        // what occurs more than once is written as the shell does, so that others can see it
        std::map<std::string, int> count;
        for (const auto* names : {&paths.written, &paths.read, &paths.named}) {
            for (const std::string& name : *names) {
                ++count[name];
            }
        }
        for (const auto& [name, times] : count) {
            if (times > 1 && !name.starts_with('-')) {
                translator_->shared_files.insert(name);
            }
        }
    }

    /// Pipelines that use each other's files can only run one after the other.
    void check_order() {
        struct Uses {
            const Statement* statement;
            Paths paths;
        };
        std::vector<Uses> before;
        for (const Statement& each : all_) {
            if (each.kind != Statement::Kind::pipeline) {
                continue;
            }
            List one;
            one.chains.push_back(*each.chain);
            const Paths paths = paths_of(one, rules_.temporaries);
            for (const Uses& earlier : before) {
                check_pair(earlier.paths, *earlier.statement, paths, each);
            }
            before.push_back({&each, paths});
        }
    }

    void check_pair(const Paths& first, const Statement& earlier, const Paths& second,
                    const Statement& later) {
        const auto line = [&](const Statement& statement) {
            return std::to_string(Places(text_).at(statement.chain->range.begin).line);
        };
        const auto is_pipe = [&](const std::string& name) {
            return translator_->graph.find_fifo(name) >= 0 || name.starts_with("/dev/");
        };
        for (const std::string& name : first.written) {
            if (is_pipe(name) || name.starts_with('-')) {
                continue;
            }
            const bool reads = has(second.read, name) || has(second.named, name);
            if (reads || has(second.written, name)) {
                refuse(later.chain->range,
                       std::string("this ") + (reads ? "reads" : "writes") + " '" + name +
                           "', which line " + line(earlier) + " writes: the two run in order",
                       reads ? "when nothing else needs the file, remove it at the end: 'rm' makes "
                               "it an edge"
                             : "the stages of a definition run at the same time");
                return;
            }
        }
        for (const std::string& name : second.written) {
            if (!is_pipe(name) && !name.starts_with('-') &&
                (has(first.read, name) || has(first.named, name))) {
                refuse(later.chain->range,
                       "this writes '" + name + "', which line " + line(earlier) +
                           " reads: the two run in order",
                       "the stages of a definition run at the same time");
                return;
            }
        }
    }

    // --- the pipelines

    void pipelines() {
        const auto in_front = [](const Statement& each) {
            return each.kind == Statement::Kind::pipeline;
        };
        const auto count = std::count_if(all_.begin(), all_.end(), in_front);
        std::vector<Source> outputs;
        Range last_range;
        for (const Statement& each : all_) {
            const Range range = each.chain->range;
            if (each.kind == Statement::Kind::pipeline) {
                if (each.chain != all_.front().chain && asks_for_status(each)) {
                    refuse(range, "this asks how the commands before it ended",
                           "the run's record says it for each stage: pipectl run --json FILE");
                    continue;
                }
                if (count > 1 && is_step(each)) {
                    refuse(range, "a step of its own, which the others may need",
                           "do it before or after the run");
                    continue;
                }
                const bool behind = each.chain->background;
                const Flow out =
                    translator_->pipeline(each.line(), Flow{!behind, {}}, count > 1, true);
                outputs.insert(outputs.end(), out.sources.begin(), out.sources.end());
                last_range = range;
                if (behind && translator_->graph.fifos.empty()) {
                    refuse(range, "a job in the background",
                           "the stages of a definition run at the same time anyway: "
                           "leave the '&' away");
                }
            } else if (each.kind == Statement::Kind::other) {
                refuse_other(each);
            }
        }
        // what several pipelines print comes in their order
        if (count > 1 && outputs.size() > 1) {
            Node node;
            node.range = last_range;
            node.label = "output";
            node.stage.run = {text_template("cat")};
            node.from = outputs;
            translator_->graph.nodes.push_back(std::move(node));
        }
    }

    /// $?, $! or PIPESTATUS: what they say is not there when all runs at the same time.
    [[nodiscard]] bool asks_for_status(const Statement& statement) const {
        const Range range = statement.chain->range;
        const std::string_view text =
            std::string_view(text_).substr(range.begin, range.end - range.begin);
        return text.find("$?") != std::string_view::npos ||
               text.find("$!") != std::string_view::npos ||
               text.find("PIPESTATUS") != std::string_view::npos;
    }

    static bool is_step(const Statement& statement) {
        const Pipeline& line = statement.line();
        if (line.commands.size() > 1 || line.commands.front().words.empty()) {
            return false;
        }
        const auto name = literal(line.commands.front().words.front());
        return name && std::find(kSteps.begin(), kSteps.end(), *name) != kSteps.end();
    }

    void refuse_other(const Statement& statement) {
        const Chain& chain = *statement.chain;
        if (chain.pipelines.size() > 1) {
            const Range at = chain.operators.front();
            const std::string sign(text_.substr(at.begin, at.end - at.begin));
            refuse(at, "'" + sign + "' runs the one behind it depending on the status of the other",
                   sign == "&&" ? "two definitions: pipectl run one.toml && pipectl run two.toml"
                                : "ok = [0, 1] makes a status a good one");
            return;
        }
        const Command& command = statement.command();
        const std::string wrap = "--wrap makes it one stage of a shell";
        switch (command.kind) {
            case Command::Kind::loop: refuse(chain.range, "a loop is not a pipeline", wrap); return;
            case Command::Kind::conditional:
            case Command::Kind::test:
                refuse(chain.range, "a conditional is not a pipeline", wrap);
                return;
            default: break;
        }
        const auto name = command.words.empty() ? std::nullopt : literal(command.words.front());
        if (name == "trap") {
            // pipectl cleans up by itself: a trap that only removes the temporary files is not
            // needed
            if (is_cleanup(command)) {
                return;
            }
            refuse(chain.range, "a trap",
                   "pipectl ends all stages and removes what is its own, whatever happens");
        } else if (name == "exec") {
            refuse(chain.range, "'exec' changes the descriptors of what follows",
                   "redirect each command by itself");
        } else if (name == "cd") {
            refuse(chain.range, "'cd' changes the folder of what follows",
                   "cwd = \"..\" in the stages, or run pipectl there");
        } else if (name == "mkfifo") {
            refuse(chain.range, "a named pipe with options, or in the background");
        } else {
            refuse(chain.range,
                   name ? "'" + *name + "' changes the shell itself" : "this is not a pipeline",
                   wrap);
        }
    }

    /// trap 'rm -f "$file"' EXIT
    bool is_cleanup(const Command& command) const {
        if (command.words.size() < 3) {
            return false;
        }
        const auto action = literal(command.words[1]);
        return action && action->starts_with("rm ") &&
               action->find_first_of(";&|<>`(") == std::string::npos;
    }

    // --- the definition

    void wrap_all() {
        refusals_.clear();
        RunText whole;
        whole.text = source_.text;
        Imported imported;
        imported.definition = whole_text(whole).definition;
        imported.definition.name = options_.name;
        imported.definition.strict = true;
        result_.definitions.push_back(std::move(imported));
    }

    void finish(const Script& script) {
        Imported imported;
        translator_->graph.move_to_end(translator_->graph.nodes.back().label == "output"
                                           ? static_cast<int>(translator_->graph.nodes.size()) - 1
                                           : translator_->main);
        Definition& definition = imported.definition;
        definition = make_definition(translator_->graph, text_);
        definition.name = options_.name;
        definition.strict = true;
        definition.env = environment_;
        for (const Variable& each : rules_.variables) {
            Parameter parameter;
            parameter.name = {each.name, {}};
            parameter.help = each.help;
            parameter.required = each.required;
            if (!each.required) {
                parameter.default_value = default_value(each.value);
            }
            definition.parameters.push_back(std::move(parameter));
        }
        attach_comments(script, imported);
        result_.definitions.push_back(std::move(imported));
    }

    /// A number where that is the same text.
    static Scalar default_value(const std::string& text) {
        const bool number = !text.empty() && text.size() < 16 &&
                            text.find_first_not_of("0123456789") == std::string::npos &&
                            (text.front() != '0' || text == "0");
        return number ? Scalar(std::int64_t{std::stoll(text)}) : Scalar(text);
    }

    void attach_comments(const Script& script, Imported& imported) {
        const auto& nodes = translator_->graph.nodes;
        imported.comments.resize(nodes.size());
        const std::size_t first = all_.empty() ? text_.size() : all_.front().chain->range.begin;
        for (const Comment& comment : script.comments) {
            std::string line(
                text_.substr(comment.range.begin + 1, comment.range.end - comment.range.begin - 1));
            if (comment.range.begin == 0 && line.starts_with('!')) {
                continue;
            }
            if (comment.own && comment.range.begin < first) {
                imported.header.push_back(std::move(line));
                continue;
            }
            // a comment inside of a stage's own text has stayed there
            const bool inside = std::any_of(nodes.begin(), nodes.end(), [&](const Node& node) {
                return comment.range.begin > node.range.begin &&
                       comment.range.end <= node.range.end;
            });
            if (inside) {
                continue;
            }
            // behind a command: it is about that; on a line of its own: about the next one
            std::size_t best = nodes.size();
            for (std::size_t i = 0; i < nodes.size(); ++i) {
                const std::size_t at = nodes[i].range.begin;
                const bool fits = comment.own ? at > comment.range.begin : at < comment.range.begin;
                const bool nearer =
                    best == nodes.size() ||
                    (comment.own ? at < nodes[best].range.begin : at > nodes[best].range.begin);
                best = fits && nearer ? i : best;
            }
            if (best == nodes.size()) {
                imported.header.push_back(std::move(line));
            } else {
                imported.comments[best].push_back(std::move(line));
            }
        }
    }

    const SourceText& source_;
    std::string text_;
    const ImportOptions& options_;
    const Machine& machine_;
    std::vector<Statement> all_;
    Rules rules_;
    std::optional<Translator> translator_;
    std::vector<Refusal> refusals_;
    std::vector<std::pair<std::string, Template>> environment_;
    std::vector<std::pair<std::string, Range>> removals_;
    ImportResult result_;
};

}  // namespace

ImportResult import_text(const SourceText& source, const ImportOptions& options,
                         const Machine& machine) {
    return Importer(source, options, machine).run();
}

}  // namespace pipectl::shell
