// The real shell does everything that a shell does: it gets the text in which each pipeline of
// programs has become a `pipectl pipe`, with the words that it would have got.

#include "orchestrator/cli/shell_program.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "orchestrator/command/output.hpp"
#include "orchestrator/definition/parse.hpp"
#include "orchestrator/process/surroundings.hpp"
#include "orchestrator/shell/cover/cover.hpp"
#include "orchestrator/traces/run_folder.hpp"
#include "stages/base/error.hpp"
#include "stages/base/fd.hpp"
#include "stages/base/own_status.hpp"
#include "stages/base/text.hpp"

namespace pipectl {

namespace {

constexpr const char* kUsage =
    R"(usage: pipectl-sh [--explain] [--require] [OPTIONS OF THE SHELL] [FILE | -c TEXT] [WORDS..]

A shell (bash, or what PIPECTL_SH names) in which each pipeline of programs has the promises of
'pipectl pipe': the status of what failed first, no end of data that is not true, files that are
replaced when all went well. As SHELL in makefiles and crontabs, as 'shell: pipectl-sh {0}' in CI,
as '#!/usr/bin/env pipectl-sh'.

  --explain  for each pipeline its line, and why it is not covered; runs nothing
  --require  refuse a text with a pipeline that is not covered, or with eval (125)
)";

/// As shells have it.
constexpr int kWrongUsage = 2;

/// A word of a command line may not be longer; execve(2), MAX_ARG_STRLEN.
constexpr std::size_t kLongestWord = 120000;

struct ShellWords {
    bool explain = false;
    bool require = false;
    std::vector<std::string> options;  ///< of the real shell
    std::optional<std::string> text;   ///< behind -c
    bool lacks_text = false;           ///< nothing is behind it
    bool from_stdin = false;           ///< -s, -i, or nothing to run
    std::vector<std::string> operands;
};

/// As shells read them: letters behind one dash, of which c wants the text, o and O a name.
ShellWords read_shell_words(const std::vector<std::string>& words) {
    ShellWords given;
    bool command = false;
    std::size_t at = 0;
    for (; at < words.size(); ++at) {
        const std::string& word = words[at];
        if (word == "--explain" || word == "--require") {
            (word == "--explain" ? given.explain : given.require) = true;
            continue;
        }
        if (word == "--" || word == "-") {
            ++at;
            break;
        }
        if (word.size() < 2 || (word.front() != '-' && word.front() != '+')) break;
        if (word.starts_with("--")) {
            given.options.push_back(word);
            const bool valued = word == "--rcfile" || word == "--init-file";
            if (valued && at + 1 < words.size()) given.options.push_back(words[++at]);
            continue;
        }
        std::string letters;
        std::size_t names = 0;
        for (const char c : word.substr(1)) {
            if (c == 'c' && word.front() == '-') {
                command = true;
                continue;
            }
            given.from_stdin = given.from_stdin || c == 's' || c == 'i';
            names += c == 'o' || c == 'O' ? 1 : 0;
            letters += c;
        }
        if (!letters.empty()) given.options.push_back(word.front() + letters);
        for (; names > 0 && at + 1 < words.size(); --names)
            given.options.push_back(words[++at]);
    }
    given.operands.assign(words.begin() + static_cast<std::ptrdiff_t>(std::min(at, words.size())),
                          words.end());
    if (command && !given.operands.empty()) {
        given.text = given.operands.front();
        given.operands.erase(given.operands.begin());
    } else if (command) {
        given.lacks_text = true;
    } else if (given.operands.empty()) {
        given.from_stdin = true;
    }
    return given;
}

std::string real_shell() {
    const char* const chosen = std::getenv("PIPECTL_SH");
    return chosen != nullptr && *chosen != '\0' ? chosen : "bash";
}

int become_shell(const std::vector<std::string>& words) {
    const std::string shell = real_shell();
    std::vector<char*> argv = {const_cast<char*>(shell.c_str())};
    for (const std::string& word : words)
        argv.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);
    ::signal(SIGXFSZ, SIG_DFL);
    ::execvp(shell.c_str(), argv.data());
    const int code = errno;
    own_error("cannot execute '" + shell + "': " + std::strerror(code));
    return code == ENOENT ? kNotFoundStatus : kNotExecutableStatus;
}

/// This program, whatever PATH says.
std::string own_path() {
    std::string path = find_own_program("pipectl");
    if (path.empty()) throw SystemError("cannot find this program's own file", errno);
    return path;
}

/// No file's name and no variable's value is this by chance or on purpose.
std::string unguessable_word() {
    return ":" + make_run_id() + ":";
}

/// bash hands functions on as variables BASH_FUNC_name%%.
std::set<std::string> exported_functions() {
    constexpr std::string_view kPrefix = "BASH_FUNC_";
    std::set<std::string> names;
    for (char** each = environ; *each != nullptr; ++each) {
        const std::string_view entry(*each);
        if (!entry.starts_with(kPrefix)) continue;
        names.emplace(entry.substr(kPrefix.size(), entry.find("%%") - kPrefix.size()));
    }
    return names;
}

std::optional<std::string> text_of_file(const std::string& path) {
    try {
        return read_source(path).text;
    } catch (const SystemError&) {
        return std::nullopt;
    }
}

std::string explained(const shell::Cover& cover, const std::string& name) {
    std::string text;
    for (const shell::CoveredLine& line : cover.lines) {
        text += name + ":" + std::to_string(line.line) + ": " +
                (line.why.empty() ? "covered" : "not covered: " + line.why) + "\n";
    }
    return text;
}

/// Why --require refuses it; empty: all is covered.
std::string not_covered(const shell::Cover& cover, const std::string& name) {
    if (cover.evaluates) return name + ": 'eval' may run pipelines that nobody has seen";
    for (const shell::CoveredLine& line : cover.lines) {
        if (!line.why.empty()) {
            return name + ":" + std::to_string(line.line) + ": not covered: " + line.why;
        }
    }
    return {};
}

/// A text that is too long for a word is read from memory; bash takes its name from BASH_ARGV0.
std::vector<std::string> words_for(const ShellWords& given, std::string text,
                                   const std::string& name) {
    std::vector<std::string> words = given.options;
    if (text.size() < kLongestWord) {
        words.insert(words.end(), {"-c", std::move(text), name});
    } else {
        const Fd memory(::memfd_create("script", 0));
        text.insert(0, "BASH_ARGV0=" + quote_word(name) + "; ");
        if (!memory || write_all(memory.get(), text) != 0 ||
            ::lseek(memory.get(), 0, SEEK_SET) < 0) {
            throw SystemError("cannot keep the script in memory", errno);
        }
        words.push_back("/dev/fd/" + std::to_string(::dup(memory.get())));
    }
    words.insert(words.end(), given.operands.begin() + (given.operands.empty() ? 0 : 1),
                 given.operands.end());
    return words;
}

}  // namespace

int run_as_shell(const std::vector<std::string>& words) {
    if (words.size() == 1 && (words[0] == "--help" || words[0] == "-h")) return print(kUsage);
    const ShellWords given = read_shell_words(words);
    if (given.lacks_text) {
        print_error("pipectl-sh: -c: option requires an argument\n");
        return kWrongUsage;
    }
    if (given.from_stdin && !given.text) {
        if (given.explain || given.require) {
            return own_error("what a shell reads from stdin is not seen: name a file, or use -c");
        }
        std::vector<std::string> all = given.options;
        all.insert(all.end(), given.operands.begin(), given.operands.end());
        return become_shell(all);
    }
    const bool file = !given.text;
    const std::string name = file ? given.operands.front() : "-c";
    std::string text = given.text.value_or("");
    if (file) {
        const auto read = text_of_file(name);
        if (!read) {
            own_error("cannot read '" + name + "'");
            return kNotFoundStatus;
        }
        text = *read;
    }
    const shell::Cover cover = shell::cover_text({.text = text,
                                                  .command = quote_word(own_path()),
                                                  .separator = unguessable_word(),
                                                  .functions = exported_functions(),
                                                  .is_script = file,
                                                  .read = text_of_file});
    if (cover.error && (given.explain || given.require)) {
        return own_error(name + ":" + std::to_string(cover.error->place.line) +
                         ": not understood: " + cover.error->message);
    }
    if (given.explain) return print(explained(cover, name));
    if (given.require) {
        if (const std::string why = not_covered(cover, name); !why.empty()) return own_error(why);
    }
    const std::string zeroth = given.operands.empty() ? real_shell() : given.operands.front();
    return become_shell(words_for(given, cover.text, zeroth));
}

}  // namespace pipectl
