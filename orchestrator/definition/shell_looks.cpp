#include "orchestrator/definition/shell_looks.hpp"

#include <algorithm>
#include <array>

#include "stages/base/text.hpp"
#include "stages/base/variable_name.hpp"

namespace pipectl {

namespace {

constexpr std::string_view kShellLine = "a line for a shell: shell = \"..\"";

bool listed(std::string_view names, std::string_view name) {
    return !name.empty() && name.find(' ') == std::string_view::npos &&
           names.find(" " + std::string(name) + " ") != std::string_view::npos;
}

std::string_view base_name(std::string_view path) {
    return path.substr(path.rfind('/') + 1);
}

/// Programs for which `|`, `>`, `<` and `;` are words of their own language.
constexpr std::string_view kTakesOperators = " expr test [ tr parallel ssh watch tmux ";

/// Programs that take patterns and variables as they are, or hand the words to a shell elsewhere.
constexpr std::string_view kTakesPatterns =
    " expr test [ find fd git rsync tar bsdtar zip unzip 7z 7za cpio locate plocate rg ag ack ssh "
    "scp sftp parallel watch tmux envsubst case curl psql mysql sqlite3 docker podman "
    "kubectl make ";

/// Programs whose first word is a text in a language of their own.
constexpr std::string_view kTakesScript =
    " awk gawk mawk nawk sed perl jq yq xq ruby node python python3 grep egrep fgrep zgrep bc dc "
    "mlr datamash lua tclsh php sh bash dash ksh zsh m4 ";

/// One redirection: where its operator begins in a word, as a definition says it.
struct Redirection {
    std::string_view operators;
    std::string_view key;
    bool append;
};

constexpr std::array<Redirection, 9> kRedirections{{{"&>>", "stdout", true},
                                                    {"2>>", "stderr", true},
                                                    {"1>>", "stdout", true},
                                                    {">>", "stdout", true},
                                                    {"&>", "stdout", false},
                                                    {"2>", "stderr", false},
                                                    {"1>", "stdout", false},
                                                    {">", "stdout", false},
                                                    {"<", "stdin", false}}};

std::string in_quotes(std::string_view text) {
    return "'" + std::string(text) + "'";
}

std::string instead_of(const Redirection& redirection, std::string_view target) {
    const std::string key(redirection.key);
    if (target == "/dev/null") return key + " = { null = true }";
    const std::string path = "\"" + std::string(target.empty() ? "FILE" : target) + "\"";
    if (redirection.append) return key + " = { file = " + path + ", append = true }";
    return key + " = " + path;
}

const Redirection* redirection_of(std::string_view word) {
    const auto* const found =
        std::find_if(kRedirections.begin(), kRedirections.end(),
                     [&](const Redirection& each) { return word.starts_with(each.operators); });
    return found == kRedirections.end() ? nullptr : found;
}

/// What could be the path behind a redirection: a text such as "<html>" or "> 5" is none.
bool is_target(std::string_view text) {
    return text.find_first_of("<>=|&;()\"'` \t\n") == std::string_view::npos;
}

std::string_view trimmed(std::string_view text) {
    const std::size_t begin = text.find_first_not_of(" \t");
    return begin == std::string_view::npos ? std::string_view() : text.substr(begin);
}

std::optional<ShellLook> redirection_in(std::string_view word, std::string_view next) {
    if (word == "2>&1" || word == "&>1") {
        return ShellLook{in_quotes(word) + " is an argument here: no shell reads 'run'",
                         "stderr = \"stdout\" joins them"};
    }
    if (word == "1>&2" || word == ">&2") {
        return ShellLook{in_quotes(word) + " is an argument here: no shell reads 'run'",
                         std::string(kShellLine)};
    }
    const Redirection* const found = redirection_of(word);
    if (found == nullptr) return std::nullopt;
    std::string_view target = trimmed(word.substr(found->operators.size()));
    if (!is_target(target)) return std::nullopt;
    // a bare operator has its path in the next word
    if (target.empty() && !is_target(next)) return std::nullopt;
    return ShellLook{in_quotes(word) + " is an argument here, no redirection: no shell reads 'run'",
                     instead_of(*found, target.empty() ? next : target)};
}

bool is_program_like(std::string_view word) {
    return !word.empty() && (std::isalpha(static_cast<unsigned char>(word.front())) != 0 ||
                             word.front() == '/' || word.front() == '.');
}

std::optional<ShellLook> connection_in(std::string_view word, std::string_view next) {
    const bool pipe = word == "|" || word == "|&";
    const bool sequence = word == "&&" || word == "||" || word == ";";
    if (pipe && (next.empty() || is_program_like(next))) {
        return ShellLook{in_quotes(word) + " is an argument here, no pipe: no shell reads 'run'",
                         "each program is a stage of its own and reads the one above it; " +
                             std::string(kShellLine)};
    }
    if (sequence && is_program_like(next)) {
        return ShellLook{in_quotes(word) + " is an argument here: no shell reads 'run'",
                         std::string(kShellLine)};
    }
    if (word == "&" && next.empty()) {
        return ShellLook{"'&' is an argument here: no shell reads 'run'",
                         "stages run side by side by themselves"};
    }
    return std::nullopt;
}

/// The name behind the first '$' that could be a variable's; empty when there is none.
std::string_view variable_in(std::string_view text) {
    constexpr std::string_view kOfPaths =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-$:=@%+,~*?{}";
    if (text.find_first_not_of(kOfPaths) != std::string_view::npos) return {};
    for (std::size_t at = text.find('$'); at != std::string_view::npos;
         at = text.find('$', at + 1)) {
        const std::string_view rest = text.substr(at + 1);
        std::size_t size = 0;
        while (size < rest.size() && is_name(rest.substr(size, 1)) && rest[size] != '-') {
            ++size;
        }
        if (is_variable_name(rest.substr(0, size))) return rest.substr(0, size);
    }
    return {};
}

/// What is expanded by a shell, wherever the text stands.
std::optional<ShellLook> expansion_in(std::string_view text) {
    if (text == "~" || text.starts_with("~/")) {
        return ShellLook{
            in_quotes(text) + " is taken as it is: '~' is no folder here",
            "your home is ${env.HOME}: \"${env.HOME}" + std::string(text.substr(1)) + "\""};
    }
    if (const std::string_view name = variable_in(text); !name.empty()) {
        return ShellLook{
            in_quotes(text) + " is taken as it is: '$" + std::string(name) + "' is not replaced",
            "a variable of the environment is ${env." + std::string(name) + "}, a parameter ${" +
                std::string(name) + "}"};
    }
    const std::size_t call = text.find("$(");
    const bool ticks = text.size() > 2 && text.front() == '`' && text.back() == '`';
    if (ticks || (call != std::string_view::npos && text.find(')', call) != text.npos)) {
        return ShellLook{in_quotes(text) + " is taken as it is: no command in it is run",
                         "make it a parameter, --set name=\"$(command)\", or a port of a stage; " +
                             std::string(kShellLine)};
    }
    return std::nullopt;
}

/// A pattern of paths: "*.toml", "in/*", "log.?".
bool is_pattern(std::string_view text) {
    constexpr std::string_view kOfPatterns =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-*?";
    if (text.find_first_not_of(kOfPatterns) != std::string_view::npos) return false;
    if (text == "*") return true;
    for (std::size_t at = text.find_first_of("*?"); at != std::string_view::npos;
         at = text.find_first_of("*?", at + 1)) {
        const bool first = at == 0 || text[at - 1] == '/';
        const bool dotted = at > 0 && text[at - 1] == '.' && at + 1 == text.size() && at > 1;
        const bool ends = at + 1 == text.size() || text[at + 1] == '.' || text[at + 1] == '/';
        // ".*" and "a*" are patterns of texts more often than of paths
        if ((first && ends) || (dotted && is_name(text.substr(at - 2, 1)))) return true;
        if (text.find('/') != std::string_view::npos && at > 0 && text[at - 1] != '.') return true;
        if (ends && at + 1 < text.size() && text[at + 1] == '.' && is_name(text.substr(at - 1, 1)))
            return true;
    }
    return false;
}

std::optional<ShellLook> pattern_in(std::string_view text, std::string hint) {
    if (!is_pattern(text)) return std::nullopt;
    return ShellLook{in_quotes(text) + " is taken as it is: no file is looked for by it",
                     std::move(hint)};
}

/// "-c" and "-ec": what follows is for a shell.
bool ends_in_c(std::string_view word) {
    return word.size() > 1 && word.front() == '-' && word[1] != '-' && word.back() == 'c';
}

/// An option whose value may be the next word: "-d", "--delimiter", and neither "-f1" nor "--n=1".
bool may_take_value(std::string_view word) {
    if (word.starts_with("--")) return word.size() > 2 && word.find('=') == std::string_view::npos;
    return word.size() == 2 && word.front() == '-';
}

/// The first word that is no option, and does not follow one.
std::size_t first_operand(std::span<const std::string> words) {
    for (std::size_t i = 1; i < words.size(); ++i) {
        if (words[i].starts_with('-')) continue;
        if (i > 1 && words[i - 1].size() == 2 && words[i - 1].front() == '-') continue;
        return i;
    }
    return words.size();
}

}  // namespace

std::optional<ShellLook> shell_look_of_word(std::span<const std::string> words, std::size_t index) {
    const std::string_view word = words[index];
    const std::string_view next = index + 1 < words.size() ? words[index + 1] : std::string_view();
    const std::string_view before = index > 0 ? words[index - 1] : std::string_view();
    const std::string_view program = base_name(words.front());
    // most words have nothing of it
    if (word.find_first_of("|<>&;*?$~`") == std::string_view::npos) return std::nullopt;
    const bool of_option = before.size() > 1 && before.front() == '-';
    if (ends_in_c(before)) return std::nullopt;
    const bool script =
        listed(kTakesScript, program) && (of_option || index <= first_operand(words));
    if (index > 0 && !may_take_value(before) && !script && !listed(kTakesOperators, program)) {
        if (auto look = redirection_in(word, next)) return look;
        if (auto look = connection_in(word, next)) return look;
    }
    if (index > 0 && (script || listed(kTakesPatterns, program))) {
        // a path is one for these as well
        return word.starts_with("~/") && !script ? expansion_in(word) : std::nullopt;
    }
    if (auto look = expansion_in(word)) return look;
    if (index == 0 || of_option) return std::nullopt;
    return pattern_in(word, "a shell finds the files: shell = \"" + std::string(program) + " .. " +
                                std::string(word) + "\"");
}

std::optional<ShellLook> shell_look_of_path(std::string_view path, std::string_view key) {
    const std::string_view text = trimmed(path);
    if (const Redirection* const found = redirection_of(text)) {
        const std::string_view target = trimmed(text.substr(found->operators.size()));
        Redirection same = *found;
        same.key = key;
        return ShellLook{in_quotes(path) + " would be a file of that name",
                         instead_of(same, target)};
    }
    if (text.starts_with('|')) {
        return ShellLook{in_quotes(path) + " would be a file of that name",
                         "what reads it is a stage of its own"};
    }
    if (auto look = expansion_in(text)) return look;
    return pattern_in(
        text, "it is one path; a shell finds the files: shell = \"cat " + std::string(text) + "\"");
}

std::optional<ShellLook> shell_look_of_variable(std::string_view value) {
    if (value.find_first_of("$~`") == std::string_view::npos) return std::nullopt;
    return expansion_in(value);
}

}  // namespace pipectl
