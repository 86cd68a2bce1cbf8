// A definition as TOML, in the way people write it: no key that says what is so anyway.

#include <algorithm>
#include <set>

#include "orchestrator/shell/shell.hpp"
#include "stages/base/text.hpp"

namespace pipectl::shell {

namespace {

/// Columns of an array that stays on one line.
constexpr std::size_t kWidth = 96;

bool is_control(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}

std::string basic(const std::string& text) {
    constexpr char kHex[] = "0123456789ABCDEF";
    std::string quoted = "\"";
    for (const char c : text) {
        switch (c) {
            case '"': quoted += "\\\""; break;
            case '\\': quoted += "\\\\"; break;
            case '\n': quoted += "\\n"; break;
            case '\t': quoted += "\\t"; break;
            case '\r': quoted += "\\r"; break;
            default:
                if (is_control(c)) {
                    const auto byte = static_cast<unsigned char>(c);
                    quoted += "\\u00";
                    quoted += kHex[byte >> 4U];
                    quoted += kHex[byte & 15U];
                } else {
                    quoted += c;
                }
        }
    }
    return quoted + "\"";
}

/// The TOML string that is easiest to read.
std::string toml_string(const std::string& text) {
    bool control = false;
    for (const char c : text) {
        control = control || (is_control(c) && c != '\n' && c != '\t');
    }
    const bool lines = text.find('\n') != std::string::npos;
    const bool special = text.find_first_of("\"\\\t") != std::string::npos;
    if (control || (!lines && !special)) {
        return basic(text);
    }
    if (lines) {
        const bool short_text = std::count(text.begin(), text.end(), '\n') == 1 &&
                                text.size() < 40 && text.back() == '\n';
        if (short_text && !special) {
            return basic(text);
        }
        if (text.size() > 3 && text.find("'''") == std::string::npos && text.back() != '\'') {
            return "'''\n" + text + "'''";
        }
        return basic(text);
    }
    const bool literal = text.find('\'') == std::string::npos;
    return literal && text.find_first_of("\"\\") != std::string::npos ? "'" + text + "'"
                                                                      : basic(text);
}

/// In a shell's text only ${in.x}, ${out.x} and ${env.X} are ours.
bool is_ours(std::string_view inside) {
    return inside.starts_with("in.") || inside.starts_with("out.") || inside.starts_with("env.");
}

std::string escaped(const std::string& text, bool shell) {
    std::string made;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const bool reference = text.compare(at, 2, "${") == 0;
        const bool doubled = at > 0 && text[at - 1] == '$';
        if (reference && (!shell || doubled || is_ours(std::string_view(text).substr(at + 2, 5)))) {
            made += '$';
        }
        made += text[at];
    }
    return made;
}

std::string value_of(const Template& text, bool shell = false) {
    using Kind = Template::Piece::Kind;
    std::string joined;
    std::string plain;
    const auto flush = [&] {
        joined += escaped(plain, shell);
        plain.clear();
    };
    for (const Template::Piece& piece : text.pieces) {
        if (piece.kind == Kind::text) {
            plain += piece.value;
            continue;
        }
        flush();
        const char* prefix = piece.kind == Kind::input         ? "in."
                             : piece.kind == Kind::output      ? "out."
                             : piece.kind == Kind::environment ? "env."
                                                               : "";
        joined += "${" + std::string(prefix) + piece.value + "}";
    }
    flush();
    return joined;
}

std::string toml_template(const Template& text) {
    return toml_string(value_of(text));
}

std::string key(const std::string& name) {
    return is_name(name) ? name : basic(name);
}

std::string array(const std::vector<std::string>& values, std::size_t used) {
    std::string line = "[";
    std::string broken = "[\n";
    for (const std::string& value : values) {
        line += (line.size() > 1 ? ", " : "") + value;
        broken += "    " + value + ",\n";
    }
    const std::size_t first = line.find('\n');
    const std::size_t width = first == std::string::npos ? line.size() : first;
    return width + used > kWidth ? broken + "]" : line + "]";
}

std::string feed(const Feed& feed) {
    return basic(feed.stage.value + (feed.port == "stdout" ? "" : "." + feed.port));
}

std::string feeds(const std::vector<Feed>& all, std::size_t used) {
    if (all.size() == 1) {
        return feed(all.front());
    }
    std::vector<std::string> values;
    values.reserve(all.size());
    for (const Feed& each : all) {
        values.push_back(feed(each));
    }
    return array(values, used);
}

/// A path that must not look like one of the words that a definition refuses.
std::string path(const Template& text) {
    std::string value = value_of(text);
    for (const char* word : {"-", "stdin", "stdout", "stderr", "null", "none"}) {
        if (value == word) {
            value.insert(0, "./");
            break;
        }
    }
    return toml_string(value);
}

std::string input(const InputSpec& in) {
    if (const auto* file = std::get_if<FileInput>(&in)) {
        return path(file->path);
    }
    if (const auto* text = std::get_if<TextInput>(&in)) {
        return "{ text = " + toml_template(text->text) + " }";
    }
    return std::holds_alternative<Null>(in) ? "{ null = true }" : "{ inherit = true }";
}

std::string output(const OutputSpec& out) {
    if (const auto* file = std::get_if<FileOutput>(&out)) {
        const bool in_place = file->atomic == false;
        if (!file->append && !in_place) {
            return path(file->path);
        }
        return "{ file = " + path(file->path) + (file->append ? ", append = true" : "") +
               (!in_place || file->append ? "" : ", atomic = false") + " }";
    }
    if (std::holds_alternative<Null>(out)) {
        return "{ null = true }";
    }
    return std::holds_alternative<JoinStdout>(out) ? "\"stdout\"" : "{ inherit = true }";
}

std::string environment(const std::vector<std::pair<std::string, Template>>& env) {
    std::string table = "{ ";
    for (const auto& [name, value] : env) {
        table += (table.size() > 2 ? ", " : "") + key(name) + " = " + toml_template(value);
    }
    return table + " }";
}

/// The name that a stage has without the key.
std::string default_name(const Stage& stage) {
    if (stage.command == Stage::Command::shell) {
        return "sh";
    }
    std::string program = value_of(stage.run.front());
    program.erase(0, program.rfind('/') + 1);
    for (char& c : program) {
        c = is_name(std::string_view(&c, 1)) ? c : '-';
    }
    return program;
}

/// True when `name` is what is made of `base` by itself: "sort", "sort-2".
bool is_made_of(const std::string& name, const std::string& base) {
    return name == base ||
           (name.starts_with(base + "-") &&
            name.find_first_not_of("0123456789", base.size() + 1) == std::string::npos);
}

class Writer {
  public:
    explicit Writer(const Imported& imported) : imported_(imported) {}

    std::string run() {
        const Definition& definition = imported_.definition;
        for (const Stage& stage : definition.stages) {
            note(stage.from);
            for (const InputPort& port : stage.inputs) {
                note(port.feeds);
            }
        }
        for (const std::string& line : imported_.header) {
            comment(line);
        }
        header(definition);
        for (std::size_t i = 0; i < definition.stages.size(); ++i) {
            blank();
            if (i < imported_.comments.size()) {
                for (const std::string& line : imported_.comments[i]) {
                    comment(line);
                }
            }
            write(definition.stages[i]);
        }
        return std::move(text_);
    }

  private:
    void note(const std::vector<Feed>& all) {
        for (const Feed& each : all) {
            read_.insert(each.stage.value);
        }
    }

    void blank() {
        if (!text_.empty()) {
            text_ += '\n';
        }
    }

    /// Control characters may not stand in a comment.
    void comment(const std::string& line) {
        text_ += line.empty() ? "#" : line.starts_with('!') ? "# " : "#";
        for (const char c : line) {
            text_ += is_control(c) && c != '\t' ? ' ' : c;
        }
        text_ += '\n';
    }

    void entry(const std::string& name, const std::string& value) {
        text_ += name + " = " + value + "\n";
    }

    void header(const Definition& definition) {
        if (!definition.name.empty() || !definition.description.empty() || !definition.strict) {
            blank();
            text_ += "[pipeline]\n";
            if (!definition.name.empty()) {
                entry("name", toml_string(definition.name));
            }
            if (!definition.description.empty()) {
                entry("description", toml_string(definition.description));
            }
            if (!definition.strict) {
                entry("strict", "false");
            }
        }
        if (!definition.parameters.empty()) {
            blank();
            text_ += "[params]\n";
            for (const Parameter& each : definition.parameters) {
                parameter(each);
            }
        }
        if (!definition.env.empty()) {
            blank();
            text_ += "[env]\n";
            for (const auto& [name, value] : definition.env) {
                entry(key(name), toml_template(value));
            }
        }
    }

    void parameter(const Parameter& each) {
        std::string table;
        const auto add = [&](const std::string& part) {
            table += (table.empty() ? "{ " : ", ") + part;
        };
        if (!each.help.empty()) {
            add("help = " + toml_string(each.help));
        }
        if (each.required) {
            add("required = true");
        } else if (each.default_value) {
            const auto* text = std::get_if<std::string>(&*each.default_value);
            const std::string value =
                text != nullptr ? toml_string(*text)
                                : std::to_string(std::get<std::int64_t>(*each.default_value));
            add("default = " + value);
        }
        entry(key(each.name.value), table + " }");
    }

    void write(const Stage& stage) {
        text_ += "[[stage]]\n";
        if (read_.contains(stage.name.value) ||
            !is_made_of(stage.name.value, default_name(stage))) {
            entry("name", basic(stage.name.value));
        }
        if (!stage.from.empty()) {
            entry("from", feeds(stage.from, 7));
        }
        if (stage.fan_in) {
            entry("fan-in", stage.fan_in->value == FanInKind::lines ? "\"lines\"" : "\"concat\"");
        }
        if (!stage.inputs.empty()) {
            std::string table;
            for (const InputPort& port : stage.inputs) {
                table += (table.empty() ? "{ " : ", ") + key(port.name.value) + " = " +
                         feeds(port.feeds, 20);
            }
            entry("inputs", table + " }");
        }
        if (!stage.outputs.empty()) {
            std::vector<std::string> names;
            for (const auto& port : stage.outputs) {
                names.push_back(basic(port.value));
            }
            entry("outputs", array(names, 10));
        }
        if (!std::holds_alternative<std::monostate>(stage.in)) {
            entry("stdin", input(stage.in));
        }
        if (stage.command == Stage::Command::shell) {
            entry("shell", toml_string(value_of(stage.shell, true)));
        } else {
            std::vector<std::string> words;
            words.reserve(stage.run.size());
            for (const Template& word : stage.run) {
                words.push_back(toml_template(word));
            }
            entry("run", array(words, 6));
        }
        if (!stage.env.empty()) {
            entry("env", environment(stage.env));
        }
        if (stage.fan_out) {
            const int field = stage.fan_out->field;
            entry("fan-out", stage.fan_out->kind == FanOut::Kind::deal
                                 ? "\"deal\""
                                 : "{ by = \"hash\"" +
                                       (field > 0 ? ", field = " + std::to_string(field) : "") +
                                       " }");
        }
        if (stage.any_ok) {
            entry("ok", "\"any\"");
        } else if (stage.ok != std::vector<int>{0}) {
            std::vector<std::string> numbers;
            for (const int status : stage.ok) {
                numbers.push_back(std::to_string(status));
            }
            entry("ok", array(numbers, 5));
        }
        if (!std::holds_alternative<std::monostate>(stage.out)) {
            entry("stdout", output(stage.out));
        }
        if (!std::holds_alternative<std::monostate>(stage.err)) {
            entry("stderr", output(stage.err));
        }
        if (stage.detach) {
            entry("detach", "true");
        }
    }

    const Imported& imported_;
    std::set<std::string> read_;  ///< stages that something names
    std::string text_;
};

}  // namespace

std::string write_definition(const Imported& imported) {
    return Writer(imported).run();
}

}  // namespace pipectl::shell
