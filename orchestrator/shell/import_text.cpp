// `pipectl import`: the statements of a text to one definition, or all the reasons why not.

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "orchestrator/definition/source_lines.hpp"
#include "orchestrator/shell/attach_comments.hpp"
#include "orchestrator/shell/expansions.hpp"
#include "orchestrator/shell/fragment.hpp"
#include "orchestrator/shell/judge.hpp"
#include "orchestrator/shell/order.hpp"
#include "orchestrator/shell/parser.hpp"
#include "orchestrator/shell/settings.hpp"
#include "orchestrator/shell/shell.hpp"
#include "orchestrator/shell/statements.hpp"
#include "orchestrator/shell/templates.hpp"
#include "orchestrator/shell/translator.hpp"
#include "stages/base/utf8.hpp"

namespace pipectl::shell {

namespace {

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
        settings_ = read_settings(text_, all_, refusals_);
        rules_.functions = settings_.functions;
        rules_.variables = settings_.variables;
        rules_.names = settings_.names;
        rules_.pipefail = settings_.pipefail;
        translator_.emplace(text_, rules_);
        find_pipes(parsed.script.list);
        check_order(
            text_, all_, rules_.names,
            [&](const std::string& path) { return translator_->graph.find_fifo(path) >= 0; },
            refusals_);
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

    // --- what joins the pipelines

    /// Named pipes, and temporary files that one pipeline writes and later ones read.
    void find_pipes(const List& list) {
        const Paths paths = paths_of(list, rules_.names);
        std::vector<std::string> removed;  // behind what writes them
        std::vector<std::string> written;
        for (const Statement& each : all_) {
            if (each.kind == Statement::Kind::pipeline) {
                List one;
                one.chains.push_back(*each.chain);
                const Paths here = paths_of(one, rules_.names);
                written.insert(written.end(), here.written.begin(), here.written.end());
            }
            const bool makes = each.kind == Statement::Kind::make_fifo;
            if (!makes && each.kind != Statement::Kind::remove) {
                continue;
            }
            const auto names = file_arguments(each.command(), rules_.names);
            if (!names) {
                refuse(each.chain->range, makes ? "named pipes whose names only the shell can tell"
                                                : "files whose names only the shell can tell");
                continue;
            }
            for (const std::string& name : *names) {
                if (makes) {
                    translator_->add_fifo(name, each.chain->range, has(paths.written, name));
                } else if (has(written, name) || !has(paths.written, name)) {
                    removed.push_back(name);
                    removals_.emplace_back(name, each.chain->range);
                }  // else it is written anew below
            }
        }
        for (const std::string& name : paths.written) {
            const bool read = has(paths.read, name) || has(paths.named, name);
            const bool temporary = name.find("${") != std::string::npos ||
                                   (has(removed, name) && machine_.look(name) != FileKind::regular);
            if (read && (temporary || machine_.look(name) == FileKind::fifo)) {
                translator_->add_fifo(name, all_.front().chain->range, true, temporary);
                const int number = translator_->graph.find_fifo(name);
                if (translator_->graph.fifos[static_cast<std::size_t>(number)].shared) {
                    check_writes(name);
                }
            }
        }
        for (const auto& [name, range] : removals_) {
            const bool temporary = name.find("${") != std::string::npos;
            if (translator_->graph.find_fifo(name) < 0 && !temporary) {
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

    /// A temporary file becomes an edge when all that is in it is written before it is read.
    void check_writes(const std::string& name) {
        bool written = false;
        bool read = false;
        for (const Statement& each : all_) {
            if (each.kind != Statement::Kind::pipeline) {
                continue;
            }
            List one;
            one.chains.push_back(*each.chain);
            const Paths paths = paths_of(one, rules_.names);
            if (has(paths.written, name)) {
                if (read || (written && truncates(one, name))) {
                    refuse(each.chain->range,
                           "the temporary file '" + name + "' is written again" +
                               (read ? ", after it was read" : ""),
                           "give the second one a name of its own");
                    return;
                }
                written = true;
            }
            read = read || has(paths.read, name) || has(paths.named, name);
        }
    }

    bool truncates(const List& list, const std::string& name) const {
        bool found = false;
        visit_commands(list, [&](const Command& command) {
            for (const auto& redirect : command.redirects) {
                const bool whole = redirect->kind == Redirect::Kind::out ||
                                   redirect->kind == Redirect::Kind::clobber ||
                                   redirect->kind == Redirect::Kind::both;
                found = found || (whole && path_key(redirect->target, rules_.names) == name);
            }
        });
        return found;
    }

    // --- the pipelines

    void pipelines() {
        const auto in_front = [](const Statement& each) {
            return each.kind == Statement::Kind::pipeline;
        };
        const auto count = std::count_if(all_.begin(), all_.end(), in_front);
        const Judge judge(text_, all_, rules_.names, machine_);
        std::vector<Source> outputs;
        Range last_range;
        for (const Statement& each : all_) {
            const Range range = each.chain->range;
            if (each.kind == Statement::Kind::pipeline) {
                if (each.chain != all_.front().chain &&
                    asks_for_status(text_.substr(range.begin, range.end - range.begin))) {
                    refuse(range, "this asks how the commands before it ended",
                           "the run's record says it for each stage: pipectl run --json FILE");
                    continue;
                }
                if (judge.is_needless(each, has_shell())) {
                    continue;
                }
                if (count > 1 && Judge::is_step(each)) {
                    refuse(range, "a step of its own, which the others may need",
                           "do it before or after the run");
                    continue;
                }
                if (judge.changes_shell(each)) {
                    refuse(range, "this sets variables or the shell itself, for what follows",
                           "set them above the pipelines: NAME=value");
                    continue;
                }
                const bool behind = each.chain->background;
                const Flow out =
                    translator_->pipeline(each.line(), Flow{!behind, {}}, count > 1, true);
                outputs.insert(outputs.end(), out.sources.begin(), out.sources.end());
                last_range = range;
                if (each.forgiven && translator_->main >= 0) {
                    translator_->graph.nodes[static_cast<std::size_t>(translator_->main)]
                        .stage.any_ok = true;
                }
                if (behind && translator_->graph.fifos.empty()) {
                    refuse(range, "a job in the background",
                           "the stages of a definition run at the same time anyway: "
                           "leave the '&' away");
                }
            } else if (each.kind == Statement::Kind::other) {
                judge.refuse(each, refusals_);
            }
        }
        check_separators();
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

    /// Some stage is a shell.
    bool has_shell() const {
        const auto& nodes = translator_->graph.nodes;
        return std::any_of(nodes.begin(), nodes.end(), [](const Node& node) {
            return node.stage.command == Stage::Command::shell ||
                   (!node.stage.run.empty() && node.stage.run.front().pieces.size() == 1 &&
                    node.stage.run.front().pieces.front().value == "bash");
        });
    }

    /// IFS is of the shell alone, and no stage of a shell has it.
    void check_separators() {
        if (!settings_.separators) {
            return;
        }
        if (has_shell()) {
            refuse(*settings_.separators, "'IFS' changes how the words of what follows are split",
                   "set it where it is needed: 'while IFS=, read ..'");
        }
    }

    // --- the definition

    void wrap_all() {
        refusals_.clear();
        if (looks_beside_itself(text_)) {
            refuse({0, text_.size()}, "the script looks for files beside itself",
                   "a definition has none for it: give the folder as a parameter");
            return;
        }
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
        definition.env = settings_.environment;
        for (const Variable& each : rules_.variables) {
            const bool edge = translator_->graph.find_fifo(each.value) >= 0;
            if (each.derived || (edge && !is_used(definition, each.name))) {
                continue;
            }
            Parameter parameter;
            parameter.name = {each.name, {}};
            parameter.help = each.help;
            parameter.required = each.required;
            if (!each.required) {
                parameter.default_value = default_value(each.value);
            }
            definition.parameters.push_back(std::move(parameter));
        }
        attach_comments(text_, script, translator_->graph,
                        all_.empty() ? text_.size() : all_.front().chain->range.begin, imported);
        result_.definitions.push_back(std::move(imported));
    }

    /// Some stage refers to the parameter.
    static bool is_used(const Definition& definition, const std::string& name) {
        const auto refers = [&](const Template& text) {
            return std::any_of(
                text.pieces.begin(), text.pieces.end(), [&](const Template::Piece& piece) {
                    return piece.kind == Template::Piece::Kind::parameter && piece.value == name;
                });
        };
        return std::any_of(
            definition.stages.begin(), definition.stages.end(), [&](const Stage& stage) {
                return std::any_of(stage.run.begin(), stage.run.end(), refers) ||
                       std::any_of(stage.env.begin(), stage.env.end(),
                                   [&](const auto& each) { return refers(each.second); });
            });
    }

    /// A number where that is the same text.
    static Scalar default_value(const std::string& text) {
        const bool number = !text.empty() && text.size() < 16 &&
                            text.find_first_not_of("0123456789") == std::string::npos &&
                            (text.front() != '0' || text == "0");
        return number ? Scalar(std::int64_t{std::stoll(text)}) : Scalar(text);
    }

    const SourceText& source_;
    std::string text_;
    const ImportOptions& options_;
    const Machine& machine_;
    std::vector<Statement> all_;
    Rules rules_;
    std::optional<Translator> translator_;
    std::vector<Refusal> refusals_;
    Settings settings_;
    std::vector<std::pair<std::string, Range>> removals_;
    ImportResult result_;
};

}  // namespace

ImportResult import_text(const SourceText& source, const ImportOptions& options,
                         const Machine& machine) {
    return Importer(source, options, machine).run();
}

}  // namespace pipectl::shell
