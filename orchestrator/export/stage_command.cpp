#include "orchestrator/export/stage_command.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "orchestrator/plan/ports.hpp"
#include "orchestrator/plan/resolve.hpp"
#include "stages/base/signal_name.hpp"

namespace pipectl {
namespace {

using Kind = Template::Piece::Kind;

/// True when the stage may look at the variables that hold its ports' paths.
bool reads_port_variables(const Stage& stage) {
    const auto mentions = [](const Template& text) {
        return std::any_of(text.pieces.begin(), text.pieces.end(), [](const auto& piece) {
            return piece.kind == Kind::text && piece.value.find("PIPECTL_") != std::string::npos;
        });
    };
    return stage.native || mentions(stage.shell) ||
           std::any_of(stage.run.begin(), stage.run.end(), mentions);
}

std::string assignment(const std::string& name, const std::string& word) {
    return (is_variable_name(name) ? name : shell_word(name)) + "=" + word;
}

/// `env A=1 B=2 ` or empty.
std::string environment(const Definition& definition, const Stage& stage, const PortWord& port) {
    std::string words;
    const auto add = [&words](const std::string& name, const std::string& word) {
        words += assignment(name, word) + " ";
    };
    for (const auto& [name, value] : definition.env) {
        // the others are exported at the top
        if (!is_variable_name(name)) add(name, template_word(value, nullptr));
    }
    if (stage.command == Stage::Command::shell) {
        for (const Parameter& parameter : definition.parameters) {
            const std::string name = Resolver::variable_name(parameter.name.value);
            const std::string ours = script_variable(parameter.name.value);
            if (ours != name) add(name, "\"$" + ours + "\"");
        }
    }
    for (const auto& [name, value] : stage.env) {
        add(name, template_word(value, port));
    }
    if (reads_port_variables(stage)) {
        add("PIPECTL_STAGE", stage.name.value);
        for (int i = kStdinPort + 1; i < input_count(stage); ++i) {
            const std::string& name = input_name(stage, i);
            add("PIPECTL_IN_" + Resolver::variable_name(name), port({Kind::input, name}));
        }
        for (int i = kStderrPort + 1; i < output_count(stage); ++i) {
            const std::string& name = output_name(stage, i);
            add("PIPECTL_OUT_" + Resolver::variable_name(name), port({Kind::output, name}));
        }
    }
    return words.empty() ? words : "env " + words;
}

/// `sh -c '... exec "$@"' FOLDER `, for what only a process can change about itself; or empty.
std::string surroundings(const Stage& stage, const PortWord& port) {
    std::string script;
    if (!stage.signals.ignore.empty()) {
        script += "trap \"\"";
        for (const int number : stage.signals.ignore) {
            script += " " + signal_name(number).substr(3);  // without SIG
        }
        script += " && ";
    }
    if (stage.umask) {
        std::array<char, 16> octal{};
        std::snprintf(octal.data(), octal.size(), "%03o", *stage.umask);
        script += std::string("umask ") + octal.data() + " && ";
    }
    if (stage.cwd) script += "cd -- \"$0\" && ";
    if (script.empty()) return script;
    const std::string zero = stage.cwd ? template_word(*stage.cwd, port) : "sh";
    return "sh -c " + shell_word(script + "exec \"$@\"") + " " + zero + " ";
}

/// The script of a `shell` stage. A port's path is pasted into it: it was made by mktemp(1), and
/// may stand where a variable would not be expanded.
std::string script_word(const Stage& stage, const PortWord& port) {
    Template text;
    for (const Template::Piece& piece : stage.shell.pieces) {
        const bool is_ours = piece.kind == Kind::input || piece.kind == Kind::output;
        if (is_ours) {
            text.pieces.push_back(piece);
        } else if (piece.kind == Kind::text) {
            text.pieces.push_back({Kind::text, piece.value});
        } else {
            text.pieces.push_back({Kind::text, "${" +
                                                   (piece.kind == Kind::parameter
                                                        ? Resolver::variable_name(piece.value)
                                                        : piece.value) +
                                                   "}"});
        }
    }
    return template_word(text, port);
}

/// The program's name, when it has no reference in it.
bool is_plain(const Template& text) {
    return std::all_of(text.pieces.begin(), text.pieces.end(),
                       [](const auto& piece) { return piece.kind == Kind::text; });
}

std::string plain_text(const Template& text) {
    std::string result;
    for (const Template::Piece& piece : text.pieces) {
        result += piece.value;
    }
    return result;
}

std::string program_word(const Template& text, bool behind_env, const PortWord& port) {
    if (!is_plain(text)) return template_word(text, port);
    const std::string name = plain_text(text);
    return behind_env ? shell_word(name) : shell_program(name);
}

std::string output_word(const OutputSpec& output, const PortWord& port, const NewNames& new_names) {
    struct RedirectWord {
        const PortWord& port;
        const NewNames& new_names;
        const OutputSpec& output;
        std::string operator()(const FileOutput& file) const {
            const auto found = new_names.find(&output);
            return (file.append ? ">>" : ">") +
                   (found != new_names.end() ? found->second : template_word(file.path, port));
        }
        std::string operator()(const Null&) const { return ">/dev/null"; }
        std::string operator()(const JoinStdout&) const { return ">&1"; }
        std::string operator()(std::monostate) const { return {}; }
        std::string operator()(const Inherit&) const { return {}; }
        std::string operator()(const Endpoint&) const { return {}; }
    };
    return std::visit(RedirectWord{port, new_names, output}, output);
}

}  // namespace

std::string stage_words(const Definition& definition, const Stage& stage, const PortWord& port) {
    std::string words = surroundings(stage, port);
    if (stage.nice && stage.nice->value != 0) {
        words += "nice -n " + std::to_string(stage.nice->value) + " ";
    }
    words += environment(definition, stage, port);
    if (stage.command == Stage::Command::shell) {
        return words + "sh -c " + script_word(stage, port);
    }
    if (stage.command == Stage::Command::use) words += "pipectl-helper";
    for (std::size_t i = 0; i < stage.run.size(); ++i) {
        if (stage.command == Stage::Command::use) {
            words += " " + template_word(stage.run[i], port);
            continue;
        }
        words += i == 0 ? program_word(stage.run[i], !words.empty(), port)
                        : " " + template_word(stage.run[i], port);
    }
    return words;
}

std::string file_redirections(const Stage& stage, const PortWord& port, const NewNames& new_names) {
    std::string result;
    if (const auto* file = std::get_if<FileInput>(&stage.in)) {
        result += " <" + template_word(file->path, port);
    }
    for (const OutputSpec* output : {&stage.out, &stage.err}) {
        const std::string word = output_word(*output, port, new_names);
        if (!word.empty()) result += (output == &stage.err ? " 2" : " ") + word;
    }
    return result;
}

StdinText stdin_text(const Stage& stage, const PortWord& port) {
    const auto* given = std::get_if<TextInput>(&stage.in);
    if (given == nullptr) return {};
    StdinText result;
    const std::string text = is_plain(given->text) ? plain_text(given->text) : std::string();
    const bool lines = !text.empty() && text.back() == '\n' && text.find('\n') + 1 < text.size();
    if (!lines) {
        result.command = "printf %s " + template_word(given->text, port);
        return result;
    }
    std::string end = "END";
    while (("\n" + text).find("\n" + end + "\n") != std::string::npos) {
        end += "_";
    }
    result.operation = "<<'" + end + "'";
    result.body = text + end + "\n";
    return result;
}

bool is_new_file(const OutputSpec& output) {
    const auto* file = std::get_if<FileOutput>(&output);
    if (file == nullptr || file->append || !file->atomic.value_or(true)) return false;
    // a device is written to
    return !(is_plain(file->path) && plain_text(file->path).starts_with("/dev/"));
}

std::string stage_label(const Stage& stage) {
    std::string label = stage.name.value;
    if (stage.any_ok) return label + ":ok=any";
    if (stage.ok == std::vector<int>{0}) return label;
    label += ":ok=";
    for (std::size_t i = 0; i < stage.ok.size(); ++i) {
        label += (i > 0 ? "," : "") + std::to_string(stage.ok[i]);
    }
    return label;
}

}  // namespace pipectl
