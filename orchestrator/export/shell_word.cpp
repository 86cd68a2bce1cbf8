#include "orchestrator/export/shell_word.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "orchestrator/plan/resolve.hpp"
#include "orchestrator/shell/commands/command_list.hpp"
#include "stages/base/text.hpp"

namespace pipectl {
namespace {

using Kind = Template::Piece::Kind;

constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr std::string_view kDigits = "0123456789";

bool one_of(std::string_view set, char c) {
    return set.find(c) != std::string_view::npos;
}

bool is_letter(char c) {
    return one_of(kLetters, c);
}

bool is_digit(char c) {
    return one_of(kDigits, c);
}

/// No shell does anything with these, wherever in a word they stand. '=' and '~' are not among
/// them: zsh looks `=word` up in PATH, and tildes are expanded after ':' and '=' as well.
bool is_harmless(char c) {
    return is_letter(c) || is_digit(c) || one_of("_@%+:,./-", c);
}

template <std::size_t N>
bool listed(const std::array<std::string_view, N>& list, std::string_view word) {
    return std::find(list.begin(), list.end(), word) != list.end();
}

constexpr std::array<std::string_view, 31> kReserved = {
    "if",     "then",    "else",    "elif",      "fi",      "do",       "done",     "case",
    "esac",   "while",   "until",   "for",       "in",      "function", "time",     "select",
    "repeat", "foreach", "end",     "nocorrect", "noglob",  "coproc",   "local",    "export",
    "return", "typeset", "declare", "readonly",  "integer", "float",    "namespace"};

/// The functions that scripts define.
constexpr std::array<std::string_view, 11> kFunctions = {
    "stage",  "need",  "finish",     "tidy",       "copy", "ask",
    "beside", "spool", "deal_lines", "hash_lines", "last"};

/// Variables that some shell gives a meaning, and those of the script itself.
constexpr std::array<std::string_view, 69> kTakenVariables = {"path",
                                                              "cdpath",
                                                              "fpath",
                                                              "manpath",
                                                              "mailpath",
                                                              "module_path",
                                                              "status",
                                                              "argv",
                                                              "pipestatus",
                                                              "signals",
                                                              "options",
                                                              "functions",
                                                              "aliases",
                                                              "commands",
                                                              "history",
                                                              "parameters",
                                                              "prompt",
                                                              "psvar",
                                                              "watch",
                                                              "modules",
                                                              "builtins",
                                                              "dirstack",
                                                              "jobstates",
                                                              "jobtexts",
                                                              "jobdirs",
                                                              "errnos",
                                                              "reswords",
                                                              "widgets",
                                                              "termcap",
                                                              "terminfo",
                                                              "userdirs",
                                                              "nameddirs",
                                                              "histchars",
                                                              "fignore",
                                                              "patchars",
                                                              "saliases",
                                                              "galiases",
                                                              "keymaps",
                                                              "usergroups",
                                                              "historywords",
                                                              "zsh_eval_context",
                                                              "UID",
                                                              "EUID",
                                                              "GID",
                                                              "EGID",
                                                              "PPID",
                                                              "GROUPS",
                                                              "RANDOM",
                                                              "SECONDS",
                                                              "LINENO",
                                                              "IFS",
                                                              "PATH",
                                                              "HOME",
                                                              "PWD",
                                                              "OLDPWD",
                                                              "ENV",
                                                              "OPTARG",
                                                              "OPTIND",
                                                              "OPTERR",
                                                              "PS1",
                                                              "PS2",
                                                              "PS4",
                                                              "work",
                                                              "ended",
                                                              "stage_name",
                                                              "stage_ok",
                                                              "stage_status",
                                                              "answer",
                                                              "file"};

struct Word {
    enum class Kind { text, variable, quoted };
    Kind kind;
    std::string text;  ///< quoted: in the shell's language
};

/// The pieces with neighbouring texts joined; empty texts are left out.
std::vector<Word> merged(const Template& text, const PortWord& port) {
    std::vector<Word> words;
    for (const Template::Piece& piece : text.pieces) {
        switch (piece.kind) {
            case Kind::parameter:
                words.push_back({Word::Kind::variable, script_variable(piece.value)});
                break;
            case Kind::environment: words.push_back({Word::Kind::variable, piece.value}); break;
            case Kind::replica:
            case Kind::words:
            case Kind::shared: break;  // refused
            case Kind::input:
            case Kind::output:
                if (port) words.push_back({Word::Kind::quoted, port(piece)});
                break;
            case Kind::text:
                if (piece.value.empty()) break;
                if (!words.empty() && words.back().kind == Word::Kind::text) {
                    words.back().text += piece.value;
                } else {
                    words.push_back({Word::Kind::text, piece.value});
                }
        }
    }
    return words;
}

/// Harmless between double quotes too, and not less readable there.
bool fits_double_quotes(std::string_view text) {
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return is_harmless(c) || one_of(" =~()[]{}*?|&;<>'#^\t", c); });
}

std::string single_quoted(std::string_view text) {
    std::string result = "'";
    for (const char c : text) {
        if (c == '\'') {
            result += "'\\''";
        } else {
            result += c;
        }
    }
    return result + "'";
}

}  // namespace

std::string shell_word(std::string_view text) {
    const bool bare = !text.empty() && std::all_of(text.begin(), text.end(), is_harmless);
    return bare ? std::string(text) : single_quoted(text);
}

std::string shell_program(std::string_view name) {
    if (shell::has_trait(name, shell::Trait::builtin_elsewhere) || listed(kFunctions, name)) {
        return "env " + shell_word(name);
    }
    return listed(kReserved, name) ? single_quoted(name) : shell_word(name);
}

std::string script_variable(std::string_view parameter) {
    std::string name = Resolver::variable_name(std::string(parameter));
    if (!is_variable_name(name) || name == "_") return "p_" + name;
    if (listed(kTakenVariables, name) || name.starts_with("BASH") || name.starts_with("ZSH") ||
        name.starts_with("new_")) {
        name += '_';
    }
    return name;
}

std::string template_word(const Template& text, const PortWord& port) {
    std::string result;
    std::string open;  // what stands between double quotes that are not closed yet
    const auto close = [&] {
        if (!open.empty()) result += '"' + open + '"';
        open.clear();
    };
    const auto pieces = merged(text, port);
    for (std::size_t i = 0; i < pieces.size(); ++i) {
        const Word& piece = pieces[i];
        if (piece.kind == Word::Kind::variable) {
            const bool last = i + 1 == pieces.size();
            const bool slash = !last && i + 1 < pieces.size() && pieces[i + 1].text[0] == '/' &&
                               pieces[i + 1].kind == Word::Kind::text;
            open += last || slash ? "$" + piece.text : "${" + piece.text + "}";
        } else if (piece.kind == Word::Kind::quoted) {
            close();
            result += piece.text;
        } else if (fits_double_quotes(piece.text) && pieces.size() > 1) {
            open += piece.text;
        } else {
            close();
            result += shell_word(piece.text);
        }
    }
    close();
    return result.empty() ? "''" : result;
}

std::string comment_text(std::string_view text) {
    std::string line(text.substr(0, text.find_last_not_of(" \n\t") + 1));
    std::replace(line.begin(), line.end(), '\n', ' ');
    return printable(line);
}

}  // namespace pipectl
