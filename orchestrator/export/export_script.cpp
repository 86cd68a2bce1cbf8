#include "orchestrator/export/export_script.hpp"

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <utility>

#include "orchestrator/export/script_functions.hpp"
#include "orchestrator/export/script_graph.hpp"
#include "orchestrator/export/script_notes.hpp"
#include "orchestrator/export/shell_word.hpp"
#include "orchestrator/export/stage_command.hpp"
#include "orchestrator/plan/ports.hpp"
#include "orchestrator/plan/remarks.hpp"
#include "orchestrator/plan/resolve.hpp"

namespace pipectl {
namespace {

using NodeKind = ScriptNode::Kind;
using What = Descriptor::What;

/// Reads well, and means the same, inside "${name:=...}" in every shell.
bool is_simple(std::string_view text) {
    return text.find_first_not_of(
               "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
               "_@%+:,./ -") == std::string_view::npos;
}

class ScriptWriter {
  public:
    ScriptWriter(const Definition& definition, const PlanRequest& request, const Plan& plan,
                 const ScriptGraph& graph)
        : definition_(definition), request_(request), plan_(plan), graph_(graph) {}

    [[nodiscard]] bool plain() const { return !managed_; }

    std::string run(const std::vector<Diagnostic>& notes) {
        find_files();
        managed_ = definition_.strict || !is_plain_chain();
        write_header(notes);
        write_env_file();
        write_parameters();
        write_surroundings();
        managed_ ? write_functions() : write_folder();
        text_ += '\n';
        for (std::size_t i = 0; i < graph_.jobs.size(); ++i) {
            write_job(graph_.jobs[i], i + 1 == graph_.jobs.size());
        }
        if (managed_) write_finish();
        return std::move(text_);
    }

  private:
    const ScriptNode& node(int index) const { return graph_.nodes[index]; }
    const Wire& wire(int index) const { return graph_.wires[index]; }
    const Stage& stage(const ScriptNode& of) const { return definition_.stages[of.process]; }
    const Stage& last_stage() const { return definition_.stages.back(); }

    static std::string fifo(const Wire& of) { return "\"$work/" + of.name + "\""; }

    void find_files() {
        for (const Stage& each : definition_.stages) {
            if (const auto* file = std::get_if<FileInput>(&each.in)) {
                needed_.push_back(template_word(file->path, nullptr));
            }
            for (const OutputSpec* output : {&each.out, &each.err}) {
                if (!is_new_file(*output)) continue;
                new_files_.push_back(template_word(std::get<FileOutput>(*output).path, nullptr));
                new_names_[output] = "\"" + new_folder(new_files_.size()) + "/new\"";
            }
        }
    }

    static std::string new_folder(std::size_t number) { return "$new_" + std::to_string(number); }

    bool is_plain_chain() const {
        return graph_.jobs.size() == 1 && new_files_.empty() &&
               last_stage().ok == std::vector<int>{0} && !last_stage().any_ok &&
               graph_.jobs[0].back() == plan_.last_stage &&
               std::all_of(graph_.nodes.begin(), graph_.nodes.end(),
                           [](const ScriptNode& each) { return each.kind == NodeKind::stage; });
    }

    void write_header(const std::vector<Diagnostic>& notes) {
        text_ = "#!/bin/sh\n# " + comment_text(definition_.name);
        if (!definition_.description.empty()) {
            text_ += ": " + comment_text(definition_.description);
        }
        text_ += "\n# Written by pipectl export from " +
                 comment_text(std::filesystem::path(request_.source).filename().string()) + ".\n";
        for (const Diagnostic& note : notes) {
            text_ += "# note: " + comment_text(note.message) + "\n";
        }
    }

    /// What is read here is what sh reads there; `.` looks up a name without '/' in PATH.
    void write_env_file() {
        if (!definition_.env_file) return;
        text_ += "\nnew_env=" + template_word(*definition_.env_file, nullptr) +
                 "\ncase $new_env in */*) ;; *) new_env=./$new_env ;; esac\n"
                 "set -a\n. \"$new_env\"\nset +a\n";
    }

    void write_parameters() {
        if (definition_.parameters.empty()) return;
        text_ += '\n';
        Remarks ignored;
        PlanRequest elsewhere = request_;
        elsewhere.environment.clear();  // the script has that of the machine where it runs
        elsewhere.env_file.clear();
        const Resolver resolver(definition_, elsewhere, ignored);
        std::string exported;
        if (std::any_of(definition_.parameters.begin(), definition_.parameters.end(),
                        [](const Parameter& each) { return each.secret; })) {
            text_ += ask_function(managed_) + '\n';
        }
        for (std::size_t i = 0; i < definition_.parameters.size(); ++i) {
            const Parameter& parameter = definition_.parameters[i];
            const std::string name = script_variable(parameter.name.value);
            const bool given =
                std::any_of(request_.set.begin(), request_.set.end(),
                            [&](const auto& each) { return each.first == parameter.name.value; });
            const std::string help = comment_text(parameter.help);
            const std::string& value = resolver.parameters()[i].value;
            if (parameter.env) {
                const std::string& variable = parameter.env->value;
                text_ += "[ -n \"${" + name + "+set}\" ] || [ -z \"${" + variable +
                         "+set}\" ] || " + name + "=$" + variable + "\n";
            }
            if (parameter.secret) {  // its value is nowhere in the script
                text_ += "ask " + name + " " + shell_word(help.empty() ? name : help);
            } else if (!given && !parameter.default_value) {
                const bool simple = !help.empty() && is_simple(help);
                text_ += ": \"${" + name + ":?" + (simple ? help : "must be set") + "}\"";
                if (!simple && !help.empty()) text_ += "  # " + help;
            } else {
                text_ += is_simple(value) ? ": \"${" + name + ":=" + value + "}\""
                                          : "[ -n \"${" + name + "+set}\" ] || " + name + "=" +
                                                shell_word(value);
                if (!help.empty()) text_ += "  # " + help;
            }
            text_ += '\n';
            if (name == Resolver::variable_name(parameter.name.value)) exported += " " + name;
        }
        const bool shells =
            std::any_of(definition_.stages.begin(), definition_.stages.end(),
                        [](const Stage& each) { return each.command == Stage::Command::shell; });
        if (shells && !exported.empty()) text_ += "export" + exported + "\n";
    }

    void write_surroundings() {
        if (!definition_.env.empty()) text_ += '\n';
        for (const auto& [name, value] : definition_.env) {
            if (!is_variable_name(name)) continue;  // stage_words() does it
            // an assignment of its own: some shells split the words of `export`
            text_ += name + "=" + template_word(value, nullptr) + "\nexport " + name + "\n";
        }
    }

    /// Behind the functions: they may start the script again, by its relative path.
    void write_folder() {
        if (!definition_.cwd) return;
        const auto own = std::filesystem::absolute(request_.source).parent_path();
        std::string folder;
        for (const Template::Piece& piece : definition_.cwd->pieces) {
            folder += piece.value;
        }
        text_ +=
            "\ncd -- " + shell_word((own / folder).lexically_normal().string()) + " || exit 125\n";
    }

    void write_functions() {
        FunctionNeeds needs;
        needs.strict = definition_.strict;
        needs.reads_files = definition_.strict && !needed_.empty();
        needs.new_files = new_files_.size();
        text_ += "\n" + script_functions(graph_, needs);
        write_folder();
        if (needs.reads_files) {
            text_ += "\nneed";
            for (const std::string& word : needed_) {
                text_ += " " + word;
            }
            text_ += '\n';
        }
        const bool asks = std::any_of(
            graph_.jobs.begin(), graph_.jobs.end() - 1,
            [this](const std::vector<int>& job) { return inherits_stdin(node(job.front())); });
        // a job in the background would have /dev/null
        if (asks) text_ += "\nexec 9<&0\n";
        for (std::size_t i = 0; i < new_files_.size(); ++i) {
            text_ += (i == 0 ? "\n" : "") + new_folder(i + 1).substr(1) + "=$(beside " +
                     new_files_[i] + ") || exit 125\n";
        }
        std::string fifos;
        for (const Wire& each : graph_.wires) {
            if (!each.pipe) fifos += (fifos.empty() ? " " : " \\\n    ") + fifo(each);
        }
        if (!fifos.empty()) text_ += "\nmkfifo" + fifos + " || exit 125\n";
    }

    What stdin_of(const ScriptNode& of) const {
        const Process& process = plan_.processes[of.process];
        return process.descriptors.empty() ? What::null : process.descriptors.front().what;
    }

    bool inherits_stdin(const ScriptNode& of) const {
        return of.kind == NodeKind::stage && stdin_of(of) == What::inherited;
    }

    /// The path of a named port.
    PortWord port_word(const ScriptNode& of) const {
        return [this, &of](const Template::Piece& piece) -> std::string {
            const Stage& owner = stage(of);
            if (piece.kind == Template::Piece::Kind::input) {
                const int number = input_descriptor(owner, find_input(owner, piece.value).value());
                for (const int input : of.inputs) {
                    if (wire(input).reader_number == number) return fifo(wire(input));
                }
            } else {
                const int number =
                    output_descriptor(owner, find_output(owner, piece.value).value());
                for (const int output : of.outputs) {
                    if (wire(output).writer_number == number) return fifo(wire(output));
                }
            }
            return "/dev/null";
        };
    }

    /// FIFOs at stdin, stdout and stderr. They come before files: a command that cannot open its
    /// file must not leave somebody waiting at its FIFO.
    std::string fifo_redirections(const ScriptNode& of) const {
        std::string result;
        for (const int input : of.inputs) {
            if (!wire(input).pipe && wire(input).reader_number == 0) {
                result += " <" + fifo(wire(input));
            }
        }
        for (const int output : of.outputs) {
            const Wire& each = wire(output);
            if (each.pipe || each.writer_number > 2) continue;
            result += (each.writer_number == 2 ? " 2>" : " >") + fifo(each);
        }
        return result;
    }

    std::string stage_text(const ScriptNode& of, bool background, StdinText& given) const {
        const Stage& owner = stage(of);
        const PortWord port = port_word(of);
        std::string text;
        if (managed_) text += "stage " + stage_label(owner) + " ";
        text += stage_words(definition_, owner, port) + fifo_redirections(of);
        given = stdin_text(owner, port);
        if (!given.operation.empty()) text += " " + given.operation;
        if (stdin_of(of) == What::null) text += " </dev/null";
        if (background && inherits_stdin(of)) text += " <&9";
        return text + file_redirections(owner, port, new_names_);
    }

    /// The words of those FIFOs that are neither piped nor `but`.
    std::string operands(const std::vector<int>& wires, int but) const {
        std::string result;
        for (const int each : wires) {
            if (each != but && !wire(each).pipe) result += " " + fifo(wire(each));
        }
        return result;
    }

    std::string helper_text(const ScriptNode& of) const {
        const auto stdin_fifo = [&](int input) {
            return wire(input).pipe ? std::string() : " <" + fifo(wire(input));
        };
        const auto stdout_fifo = [&](int output) {
            return wire(output).pipe ? std::string() : " >" + fifo(wire(output));
        };
        switch (of.kind) {
            case NodeKind::copy:
            case NodeKind::deal:
            case NodeKind::hash: {
                // the output that is piped, or else the first one, is stdout
                const auto piped = std::find_if(of.outputs.begin(), of.outputs.end(),
                                                [this](int each) { return wire(each).pipe; });
                const int out = piped == of.outputs.end() ? of.outputs.front() : *piped;
                std::string words = of.kind == NodeKind::copy   ? "copy"
                                    : of.kind == NodeKind::deal ? "deal_lines"
                                                                : "hash_lines";
                for (const std::string& argument : of.arguments) {
                    words += " " + shell_word(argument);
                }
                return words + operands(of.outputs, out) + stdin_fifo(of.inputs.front()) +
                       stdout_fifo(out);
            }
            case NodeKind::merge:
                return (wire(of.inputs.front()).pipe ? "concat -" : "concat") +
                       operands(of.inputs, -1) + stdout_fifo(of.outputs.front());
            case NodeKind::spool:
                // opens its output by itself, when it has everything
                return "spool" + operands(of.outputs, -1) + stdin_fifo(of.inputs.front());
            case NodeKind::recv:
            case NodeKind::send: break;
            case NodeKind::stage: return {};
        }
        std::string words = of.kind == NodeKind::recv ? "pipectl recv" : "pipectl send";
        for (const std::string& argument : of.arguments) {
            words += " " + shell_word(argument);
        }
        return words + fifo_redirections(of);
    }

    void write_job(const std::vector<int>& job, bool last) {
        for (std::size_t i = 0; i < job.size(); ++i) {
            const ScriptNode& of = node(job[i]);
            StdinText given;
            const std::string command =
                of.kind == NodeKind::stage ? stage_text(of, !last, given) : helper_text(of);
            if (i > 0) text_ += "    ";
            if (!given.command.empty()) text_ += given.command + " |\n    ";
            // some shells do not go on with an open(2) of a FIFO that the end of a job interrupts:
            // so it is not the main shell that opens one
            const bool alone =
                last && job.size() == 1 && given.command.empty() && !fifo_redirections(of).empty();
            text_ += alone ? "(" + command + ")" : command;
            if (i + 1 < job.size()) {
                text_ += " |";
            } else if (!last) {
                text_ += " &";
            }
            text_ += "\n" + given.body;
        }
        if (!last) text_ += '\n';
    }

    void write_finish() {
        text_ += definition_.strict ? "finish" : "finish_as " + last_stage().name.value;
        for (std::size_t i = 0; i < new_files_.size(); ++i) {
            text_ += " \"" + new_folder(i + 1) + "\" " + new_files_[i];
        }
        text_ += '\n';
    }

    const Definition& definition_;
    const PlanRequest& request_;
    const Plan& plan_;
    const ScriptGraph& graph_;
    std::vector<std::string> needed_;     ///< words of files that are read
    std::vector<std::string> new_files_;  ///< words of files that `finish` puts in place
    NewNames new_names_;                  ///< what they are called until then
    bool managed_ = true;                 ///< with `stage` and `finish`
    std::string text_;
};

}  // namespace

ExportResult export_script(const Definition& definition, PlanRequest request) {
    request.via = "pipe";
    request.allow_missing_parameters = true;
    ExportResult result;
    PlanResult planned = make_plan(definition, request);
    result.diagnostics = std::move(planned.diagnostics);
    if (has_errors(result.diagnostics)) return result;
    Remarks remarks;
    refuse_what_no_script_can(definition, remarks);
    if (remarks.any_errors()) {
        for (Diagnostic& each : remarks.take()) {
            result.diagnostics.push_back(std::move(each));
        }
        return result;
    }
    const ScriptGraph graph = script_graph(planned.plan);
    note_losses(definition, planned.plan, graph, remarks);
    const bool refused = remarks.any_errors();
    const std::vector<Diagnostic> notes = remarks.take();
    if (!refused) {
        ScriptWriter writer(definition, request, planned.plan, graph);
        result.script = writer.run(notes);
        result.plain = writer.plain();
        result.name = planned.plan.name;
        result.secret =
            std::any_of(definition.parameters.begin(), definition.parameters.end(),
                        [](const Parameter& each) { return each.secret && each.default_value; });
    }
    result.diagnostics.insert(result.diagnostics.end(), notes.begin(), notes.end());
    return result;
}

}  // namespace pipectl
