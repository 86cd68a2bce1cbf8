#include "orchestrator/cli/covered_shell.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "orchestrator/command/output.hpp"
#include "orchestrator/definition/parse.hpp"
#include "orchestrator/process/surroundings.hpp"
#include "orchestrator/traces/run_folder.hpp"
#include "stages/base/error.hpp"
#include "stages/base/fd.hpp"
#include "stages/base/own_status.hpp"
#include "stages/base/text.hpp"

namespace pipectl {

namespace {

/// A word of a command line may not be longer; execve(2), MAX_ARG_STRLEN.
constexpr std::size_t kLongestWord = 120000;

constexpr std::size_t kLargestScript = std::size_t{64} << 20;

/// The first file of that name in the folders of PATH; or empty.
std::string find_in(std::string_view folders, const std::string& name) {
    for (std::size_t at = 0; at <= folders.size();) {
        const std::size_t end = std::min(folders.find(':', at), folders.size());
        std::string path(folders.substr(at, end - at));
        path += (path.empty() ? "" : "/") + name;
        struct stat status {};
        if (::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode)) return path;
        at = end + 1;
    }
    return {};
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

/// The file as the shell would find it: a bare name in PATH, and then here.
std::string found_by_shell(const std::string& path) {
    const char* const folders = std::getenv("PATH");
    const std::string found =
        path.find('/') == std::string::npos ? find_in(folders != nullptr ? folders : "", path) : "";
    return found.empty() ? path : found;
}

/// Several bytes of a file's name as a variable's.
std::string variable_for(const std::string& path) {
    return "pipectl_source_" + std::to_string(std::hash<std::string>()(path));
}

/// BASH_SOURCE is nothing behind -c, and another path for a text that was covered.
shell::CoverRequest request_for(const TextToCover& text) {
    const std::string own = quote_word(own_path());
    const bool bash = real_shell().ends_with("bash");
    return {.text = text.text,
            .command = own,
            .separator = unguessable_word(),
            .name = text.name,
            .functions = exported_functions(),
            .source_variable = text.is_script ? "0" : "",
            .reader = !bash ? "" : own + " __covered" + (text.require ? " --require" : ""),
            .strict = text.strict,
            .read = text_of_file};
}

}  // namespace

std::string real_shell() {
    const char* const chosen = std::getenv("PIPECTL_SH");
    return chosen != nullptr && *chosen != '\0' ? chosen : "bash";
}

ScriptFile read_script(const std::string& path) {
    ScriptFile script;
    script.path = path;
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) script.path = found_by_shell(path);
    int code = ::stat(script.path.c_str(), &status) != 0 ? errno : 0;
    if (code == 0 && S_ISDIR(status.st_mode)) code = EISDIR;
    const Fd file(code == 0 ? ::open(script.path.c_str(), O_RDONLY | O_CLOEXEC) : -1);
    if (code == 0 && !file) code = errno;
    if (code != 0) {
        print_error("pipectl-sh: " + printable(path) + ": " + std::strerror(code) + "\n");
        script.status = code == ENOENT ? kNotFoundStatus : kNotExecutableStatus;
        return script;
    }
    script.text = read_all(file.get(), kLargestScript, path);
    return script;
}

shell::Cover cover(const TextToCover& text) {
    return shell::cover_text(request_for(text));
}

std::string why_not_covered(const shell::Cover& cover, const std::string& name) {
    if (cover.evaluates) {
        return name + ": 'eval', or a text that is sourced, may run pipelines that nobody has seen";
    }
    for (const shell::CoveredLine& line : cover.lines) {
        if (!line.why.empty()) {
            return name + ":" + std::to_string(line.line) + ": not covered: " + line.why;
        }
    }
    return {};
}

int print_covered(std::vector<std::string> words) {
    const bool require = words.front() == "--require";
    if (require) words.erase(words.begin());
    if (words.empty()) return own_error("a file is missing");
    const std::string& path = words.front();
    const auto text = text_of_file(found_by_shell(path));
    if (!text) return print(". " + quote_word(path) + "\n");
    const TextToCover file{.name = path, .text = *text, .strict = require, .require = require};
    shell::CoverRequest request = request_for(file);
    request.source_variable = variable_for(path);
    request.sources_unknown = words.size() > 1 && words[1] == "unknown";
    request.functions.insert(
        words.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(words.size(), 2)),
        words.end());
    const shell::Cover made = shell::cover_text(request);
    const std::string why = require ? why_not_covered(made, path) : "";
    if (!why.empty()) {
        return print("printf '%s\\n' " + quote_word("pipectl: " + why) + " >&2; exit 125\n");
    }
    return print(request.source_variable + "=" + quote_word(path) + "; " + made.text);
}

int become_shell(const std::string& shell, const std::vector<std::string>& words) {
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

int become_shell_of(const std::string& shell, std::vector<std::string> options, std::string text,
                    const std::vector<std::string>& operands) {
    const std::string& name = operands.front();
    // A text that is too long for a word is read from memory; bash takes its name from BASH_ARGV0.
    if (text.size() < kLongestWord) {
        options.insert(options.end(), {"-c", std::move(text), name});
    } else {
        const Fd memory(::memfd_create("script", 0));
        text.insert(0, "BASH_ARGV0=" + quote_word(name) + "; ");
        if (!memory || write_all(memory.get(), text) != 0 ||
            ::lseek(memory.get(), 0, SEEK_SET) < 0) {
            throw SystemError("cannot keep the script in memory", errno);
        }
        options.push_back("/dev/fd/" + std::to_string(::dup(memory.get())));
    }
    options.insert(options.end(), operands.begin() + 1, operands.end());
    return become_shell(shell, options);
}

}  // namespace pipectl
