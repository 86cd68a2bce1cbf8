// The statements of a text to one definition, or all the reasons why not.

#include "orchestrator/shell/import/import_text.hpp"

#include <algorithm>
#include <utility>

#include "orchestrator/diagnostic/source_lines.hpp"
#include "orchestrator/shell/import/attach_comments.hpp"
#include "orchestrator/shell/import/find_pipes.hpp"
#include "orchestrator/shell/import/judge.hpp"
#include "orchestrator/shell/import/order.hpp"
#include "orchestrator/shell/import/renames.hpp"
#include "orchestrator/shell/import/settings.hpp"
#include "orchestrator/shell/import/shared_files.hpp"
#include "orchestrator/shell/import/strict_note.hpp"
#include "orchestrator/shell/syntax/expansions.hpp"
#include "orchestrator/shell/syntax/fragment.hpp"
#include "orchestrator/shell/syntax/parser.hpp"
#include "orchestrator/shell/syntax/path_pattern.hpp"
#include "orchestrator/shell/syntax/places.hpp"
#include "orchestrator/shell/translate/run_text.hpp"
#include "orchestrator/shell/translate/statements.hpp"
#include "orchestrator/shell/translate/statuses.hpp"
#include "orchestrator/shell/translate/templates.hpp"
#include "orchestrator/shell/translate/translator.hpp"
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
        Parsed parsed = parse(text_);
        if (parsed.error) {
            result_.diagnostics.push_back(*parsed.error);
            return result();
        }
        read(parsed.script.list);
        translator_.emplace(text_, rules_);
        translator_->is_shared = [&](const Word& target) { return shared_->holds(target); };
        find_pipes(parsed.script.list, all_, rules_.names, machine_, renames_.moved, *translator_,
                   refusals_);
        check_order(text_, all_, rules_.names, order_questions(), refusals_);
        pipelines();
        const bool other = std::any_of(all_.begin(), all_.end(), [](const Statement& each) {
            return each.kind == Statement::Kind::other;
        });
        if (!other && !translator_->unseen_pipe) {
            translator_->check_fifos();  // else it may be that one which reads or writes it
        }
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
    /// The statements, and what they set.
    void read(List& list) {
        all_ = statements(list);
        std::vector<Refusal> ignored;
        renames_ = take_renames(text_, list, read_settings(text_, all_, ignored).names, machine_);
        all_ = statements(list);
        settings_ = read_settings(text_, all_, refusals_);
        rules_.import = true;
        rules_.strict = !options_.shell_rules;
        rules_.wrap = options_.wrap;
        rules_.machine = &machine_;
        rules_.functions = settings_.functions;
        rules_.variables = settings_.variables;
        rules_.names = settings_.names;
        rules_.pipefail = settings_.pipefail;
        rules_.renamed = renames_.outputs;
        rules_.statements = all_;
        for (const auto& [name, value] : settings_.environment) {
            rules_.exported.insert(name);
        }
        shared_.emplace(text_, list, all_, rules_.names);
    }

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

    // --- the pipelines

    void pipelines() {
        const auto count = std::count_if(all_.begin(), all_.end(), is_pipeline);
        const Judge judge(text_, all_, rules_.names, machine_);
        std::vector<Source> outputs;
        Range last_range;
        const Statement* last = nullptr;  // the one whose status is the text's
        for (const Statement& each : all_) {
            last = is_pipeline(each) && !is_dropped(judge, each) ? &each : last;
        }
        for (const Statement& each : all_) {
            const Range range = each.chain->range;
            if (each.kind == Statement::Kind::other) {
                judge.refuse(each, refusals_);
            }
            if (!is_pipeline(each) || is_dropped(judge, each) || !is_good(judge, each, count > 1)) {
                continue;
            }
            const bool behind = each.chain->background;
            const bool asked = &each == last ? !settled_behind(judge, each) : settings_.errexit;
            const Flow out = translator_->pipeline(each.line(), Flow{!behind, {}},
                                                   {count > 1, true, behind || !asked});
            check_errexit(each, !out.sources.empty());
            outputs.insert(outputs.end(), out.sources.begin(), out.sources.end());
            last_range = range;
            if (translator_->main >= 0 && (each.forgiven || (&each == last && ends_well(judge)))) {
                main_stage().any_ok = true;
                std::erase_if(translator_->failures, [&](const Translator::Failure& failure) {
                    return failure.range == each.line().commands.back().range;
                });
            }
            if (behind && translator_->graph.fifos.empty()) {
                refuse(range, "a job in the background",
                       "the stages of a definition run at the same time anyway: "
                       "leave the '&' away");
            }
        }
        check_separators();
        check_shell_rules(count > 1);
        // what several pipelines print comes in their order
        if (count > 1 &&
            (outputs.size() > 1 || (outputs.size() == 1 && is_read(outputs.front())))) {
            Node node;
            node.range = last_range;
            node.label = "output";
            node.stage.run = {text_template("cat")};
            node.from = outputs;
            translator_->graph.nodes.push_back(std::move(node));
        }
    }

    /// A stage has it already: what is printed as well is a copy.
    bool is_read(const Source& source) const {
        const auto same = [&](const Source& each) {
            return each.node == source.node && each.port == source.port && each.fifo == source.fifo;
        };
        return source.port != "stdout" ||
               std::any_of(translator_->graph.nodes.begin(), translator_->graph.nodes.end(),
                           [&](const Node& node) {
                               return std::any_of(node.from.begin(), node.from.end(), same);
                           });
    }

    /// With `set -e` what is printed behind a failure is not. Printing itself waits in its order; a
    /// file comes into being at the end.
    void check_errexit(const Statement& each, bool prints) {
        if (settings_.errexit && prints && !silent_.empty()) {
            refuse(each.chain->range,
                   "with 'set -e' this runs only when line " + silent_ + " has ended well",
                   "the stages of a definition run at the same time: make two definitions of it");
        }
        const bool to_file = !prints && translator_->main >= 0 &&
                             !std::holds_alternative<std::monostate>(main_stage().out);
        if (to_file && silent_.empty() && !never_fails(each.line().commands.back())) {
            silent_ = std::to_string(Places(text_).at(each.chain->range.begin).line);
        }
    }

    OrderQuestions order_questions() const {
        const Judge judge(text_, all_, rules_.names, machine_);
        return {[this](const std::string& path) {
                    const auto& fifos = translator_->graph.fifos;
                    return std::any_of(fifos.begin(), fifos.end(), [&](const Fifo& each) {
                        return path_pattern(each.path) == path;
                    });
                },
                [this, judge](const Statement& each) { return is_dropped(judge, each); }};
    }

    static bool is_pipeline(const Statement& each) {
        return each.kind == Statement::Kind::pipeline;
    }

    Stage& main_stage() {
        return translator_->graph.nodes[static_cast<std::size_t>(translator_->main)].stage;
    }

    /// It needs no stage.
    bool is_dropped(const Judge& judge, const Statement& each) const {
        return judge.is_needless(each, has_shell()) ||
               (each.chain != all_.front().chain && judge.is_success(each));
    }

    /// A statement that is left away stands behind it, and its status is 0.
    bool settled_behind(const Judge& judge, const Statement& line) const {
        bool behind = false;
        bool settled = renames_.settled.contains(line.chain->range.begin);
        for (const Statement& each : all_) {
            settled = settled || (behind && (is_pipeline(each) || judge.settles(each)));
            behind = behind || &each == &line;
        }
        return settled && !settings_.errexit;
    }

    /// `exit 0` at the end; by the shell's rules, whatever settles it.
    bool ends_well(const Judge& judge) const {
        if (settings_.errexit) {
            return false;
        }
        const Statement& end = all_.back();
        const bool settles = judge.settles(end) || (is_pipeline(end) && is_dropped(judge, end));
        return judge.is_success(end) ? all_.size() > 1 : options_.shell_rules && settles;
    }

    /// False: there is a reason against it.
    bool is_good(const Judge& judge, const Statement& each, bool several) {
        const Range range = each.chain->range;
        if (each.chain != all_.front().chain &&
            asks_for_status(text_.substr(range.begin, range.end - range.begin))) {
            refuse(range, "this asks how the commands before it ended",
                   "the run's record says it for each stage: pipectl run --json FILE");
            return false;
        }
        if (several && Judge::is_step(each)) {
            refuse(range, "a step of its own, which the others may need",
                   "do it before or after the run");
            return false;
        }
        if (judge.changes_shell(each)) {
            refuse(range, "this sets variables or the shell itself, for what follows",
                   "set them above the pipelines: NAME=value");
            return false;
        }
        return true;
    }

    /// By these rules the last stage's status is all that counts.
    void check_shell_rules(bool several) {
        if (!options_.shell_rules) {
            return;
        }
        for (const Statement& each : all_) {
            if (each.pipefail || (each.errexit && several)) {
                refuse(each.chain->range,
                       each.pipefail ? "'pipefail' asks for each stage's status"
                                     : "'set -e' ends the text at its first failure",
                       "this is what a strict definition does: leave --shell-rules away");
            }
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
        const bool joined = translator_->graph.nodes.back().label == "output";
        translator_->graph.move_to_end(joined && rules_.strict
                                           ? static_cast<int>(translator_->graph.nodes.size()) - 1
                                           : translator_->main);
        Definition& definition = imported.definition;
        definition = make_definition(translator_->graph, text_);
        definition.name = options_.name;
        definition.strict = rules_.strict;
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
        result_.note = strict_note(*translator_);
        if (!result_.note.empty()) {
            imported.header.push_back(" " + result_.note);
        }
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
    Renames renames_;
    std::optional<SharedFiles> shared_;
    std::string silent_;  ///< the line of a pipeline that may fail, and prints nothing before that
    ImportResult result_;
};

}  // namespace

ImportResult import_text(const SourceText& source, const ImportOptions& options,
                         const Machine& machine) {
    return Importer(source, options, machine).run();
}

}  // namespace pipectl::shell
