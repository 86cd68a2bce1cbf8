#include "orchestrator/compare/risky_commands.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string_view>

#include "orchestrator/compare/script_calls.hpp"
#include "orchestrator/shell/commands/command_list.hpp"

namespace pipectl::compare {

namespace {

using shell::has_trait;
using shell::Trait;
using Words = std::span<const std::string>;

constexpr int kDeepest = 16;  ///< programs that run programs that run ...

std::string_view base_name(std::string_view path) {
    return path.substr(path.rfind('/') + 1);
}

bool is_shell(std::string_view name) {
    return has_trait(name, Trait::shell) || has_trait(name, Trait::other_shell);
}

/// A place that keeps nothing, or a port of the stage: /dev/fd/N.
bool keeps_nothing(std::string_view path) {
    return path.empty() || path == "-" || path.starts_with("${PIPECTL_ROUND_TRIPS") ||
           path == "$PIPECTL_ROUND_TRIPS" || path == "/dev/null" || path == "/dev/stdout" ||
           path == "/dev/stderr" || path == "/dev/tty" || path.starts_with("/dev/fd/") ||
           path.starts_with("$PIPECTL_OUT_") || path.starts_with("${PIPECTL_OUT_");
}

bool is_option(std::string_view word) {
    return word.size() > 1 && word.front() == '-';
}

/// -i, also among other letters (-ni), as sed and perl have them; what stands behind one of
/// `valued` is a value.
bool has_letter(Words words, char letter, std::string_view valued) {
    return std::any_of(words.begin(), words.end(), [&](std::string_view word) {
        return is_option(word) && word[1] != '-' &&
               word.substr(0, word.find_first_of(valued)).find(letter) != std::string_view::npos;
    });
}

bool has_any(Words words, std::initializer_list<std::string_view> options) {
    return std::any_of(words.begin(), words.end(), [options](std::string_view word) {
        return std::any_of(options.begin(), options.end(), [word](std::string_view option) {
            return word == option || (option.starts_with("--") && word.starts_with(option) &&
                                      word.size() > option.size() && word[option.size()] == '=');
        });
    });
}

bool has_operand_that_stays(Words words) {
    return std::any_of(words.begin(), words.end(), [](std::string_view word) {
        return !is_option(word) && !keeps_nothing(word);
    });
}

std::string runs(std::string_view name) {
    return "runs '" + std::string(name) + "'";
}

std::string risk(Words argv, int depth);

/// A text that the parser does not understand may call whatever it names.
std::string risk_of_names(std::string_view script) {
    constexpr std::string_view kBetween = " \t\n;|&(){}<>`'\"$";
    for (std::size_t at = script.find_first_not_of(kBetween); at != std::string_view::npos;) {
        const std::size_t end = std::min(script.find_first_of(kBetween, at), script.size());
        const std::string_view name = base_name(script.substr(at, end - at));
        if (has_trait(name, Trait::risky)) return runs(name);
        at = script.find_first_not_of(kBetween, end);
    }
    return {};
}

std::string risk_of_script(std::string_view script, int depth) {
    if (depth > kDeepest) return {};
    const ScriptCalls calls = calls_of(script);
    if (!calls.understood) return risk_of_names(script);
    for (const auto& command : calls.commands) {
        if (std::string reason = risk(command, depth + 1); !reason.empty()) return reason;
    }
    for (const std::string& text : calls.scripts) {
        if (std::string reason = risk_of_script(text, depth + 1); !reason.empty()) return reason;
    }
    for (const std::string& target : calls.written) {
        if (!keeps_nothing(target)) return std::string(kWritesFile) + "'" + target + "' by itself";
    }
    return {};
}

std::string risk_of_shell(Words words, int depth) {
    for (std::size_t i = 0; i + 1 < words.size(); ++i) {
        const std::string& word = words[i];
        if (is_option(word) && word[1] != '-' && word.find('c') != std::string::npos) {
            return risk_of_script(words[i + 1], depth);
        }
    }
    return {};
}

/// `eval` puts its words together with blanks.
std::string risk_of_eval(Words words, int depth) {
    std::string script;
    for (const std::string& word : words) {
        script += (script.empty() ? "" : " ") + word;
    }
    return risk_of_script(script, depth);
}

std::string risk_of_find(Words words, int depth) {
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string& word = words[i];
        if (word == "-delete" || word.starts_with("-fprint") || word == "-fls") {
            return "runs 'find' with '" + word + "'";
        }
        if (word == "-exec" || word == "-execdir" || word == "-ok" || word == "-okdir") {
            if (std::string reason = risk(words.subspan(i + 1), depth + 1); !reason.empty()) {
                return reason;
            }
        }
    }
    return {};
}

std::string risk_behind(const shell::Wrapper& wrapper, Words words, int depth) {
    int operands = wrapper.operands;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string_view word = words[i];
        if (wrapper.name == "command" && (word == "-v" || word == "-V")) {
            return {};  // it only asks where the command is
        }
        if (is_option(word)) {
            // "-n 5" takes a further word, "-n5" and "--name=5" do not
            if (word.size() == 2 && wrapper.valued.find(word[1]) != std::string_view::npos) ++i;
        } else if (word.find('=') != std::string_view::npos && wrapper.name == "env") {
            continue;
        } else if (operands-- <= 0) {
            return risk(words.subspan(i), depth + 1);
        }
    }
    return {};
}

// --- programs whose arguments tell

std::string risk_of_dd(Words words) {
    for (const std::string& word : words) {
        if (word.starts_with("of=") && !keeps_nothing(word.substr(3))) {
            return "runs 'dd' with '" + word + "'";
        }
    }
    return {};
}

std::string risk_of_fetching(std::string_view name, Words words) {
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string& word = words[i];
        const bool names = word == "-X" || word == "--request";
        const std::string method = names && i + 1 < words.size() ? words[i + 1]
                                   : word.starts_with("-X")      ? word.substr(2)
                                                                 : "GET";
        if (method != "GET" && method != "HEAD") return runs(name) + " with " + method;
    }
    const bool to_stdout = std::any_of(words.begin(), words.end(), [](std::string_view word) {
        return word == "-O-" || word == "-qO-" || word == "-" || word == "-nvO-";
    });
    const bool sends =
        name == "curl"
            ? has_any(words, {"-d", "--data", "-T", "-F", "--upload-file", "--form", "-o", "-O",
                              "--output", "--data-raw", "--data-binary", "--json"})
            : name == "wget" &&
                  (!to_stdout || has_any(words, {"--post-data", "--post-file", "--method"}));
    return sends ? runs(name) + " to send or save" : "";
}

std::string risk_of_git(Words words) {
    const auto command = std::find_if(words.begin(), words.end(),
                                      [](std::string_view word) { return !is_option(word); });
    const bool repeatable = command == words.end() || has_trait(*command, Trait::git_repeatable);
    return repeatable ? "" : "runs 'git " + *command + "'";
}

std::string risk_of_tar(Words words) {
    const bool extracts =
        has_any(words, {"--extract", "--get", "--append", "--update", "--delete"}) ||
        has_letter(words, 'x', "fCTX") ||
        (!words.empty() && !is_option(words[0]) && words[0].find('x') != std::string::npos);
    return extracts ? "runs 'tar' to extract or change" : "";
}

std::string risk_of_compressor(std::string_view name, Words words) {
    const bool keeps =
        has_any(words, {"-c", "--stdout", "--to-stdout", "-t", "--test", "-l", "--list", "-"}) ||
        has_letter(words, 'c', "S");
    return has_operand_that_stays(words) && !keeps ? runs(name) + " on a file" : "";
}

std::string risk_of_editor(std::string_view name, Words words) {
    const bool in_place = has_letter(words, 'i', "efMIl") || has_any(words, {"--in-place"});
    return in_place ? runs(name) + " in place" : "";
}

std::string risk_of_sort(Words words) {
    const bool writes = has_letter(words, 'o', "tkST") || has_any(words, {"--output"});
    return writes ? "runs 'sort' with an output file" : "";
}

std::string risk_of_awk(std::string_view name, Words words) {
    const bool calls = std::any_of(words.begin(), words.end(), [](const std::string& word) {
        return word.find("system(") != std::string::npos;
    });
    return calls ? runs(name) + " with system()" : "";
}

std::string risk_by_arguments(std::string_view name, Words words) {
    if (name == "tee") return has_operand_that_stays(words) ? "runs 'tee' on a file" : "";
    if (name == "dd") return risk_of_dd(words);
    if (name == "git") return risk_of_git(words);
    if (name == "tar") return risk_of_tar(words);
    if (name == "sort") return risk_of_sort(words);
    if (name == "sed" || name == "perl" || name == "ruby") return risk_of_editor(name, words);
    if (name == "nawk" || has_trait(name, Trait::awk)) return risk_of_awk(name, words);
    if (name == "lz4" || has_trait(name, Trait::compressor)) return risk_of_compressor(name, words);
    if (has_trait(name, Trait::fetching)) return risk_of_fetching(name, words);
    if (has_trait(name, Trait::network)) return runs(name) + ", which talks to others";
    return {};
}

std::string risk(Words argv, int depth) {
    if (argv.empty() || depth > kDeepest) return {};
    const std::string_view name = base_name(argv.front());
    const Words words = argv.subspan(1);
    if (has_trait(name, Trait::risky) || name.starts_with("mkfs")) return runs(name);
    if (is_shell(name)) return risk_of_shell(words, depth);
    if (name == "eval") return risk_of_eval(words, depth);
    if (name == "find") return risk_of_find(words, depth);
    if (const shell::Wrapper* const wrapper = shell::find_wrapper(name)) {
        return risk_behind(*wrapper, words, depth);
    }
    return risk_by_arguments(name, words);
}

}  // namespace

std::string risk_of(const std::vector<std::string>& argv) {
    return risk(argv, 0);
}

}  // namespace pipectl::compare
