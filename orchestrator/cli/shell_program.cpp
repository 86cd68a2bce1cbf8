// The real shell does everything that a shell does: it gets the text in which each pipeline of
// programs has become a `pipectl pipe`, with the words that it would have got.

#include "orchestrator/cli/shell_program.hpp"

#include "orchestrator/cli/covered_shell.hpp"
#include "orchestrator/cli/shell_words.hpp"
#include "orchestrator/command/output.hpp"
#include "orchestrator/shell/cover/cover.hpp"

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

std::string explained(const shell::Cover& cover, const std::string& name) {
    std::string text;
    for (const shell::CoveredLine& line : cover.lines) {
        text += name + ":" + std::to_string(line.line) + ": " +
                (line.why.empty() ? "covered" : "not covered: " + line.why) + "\n";
    }
    return text;
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
        return become_shell(real_shell(), all);
    }
    const bool file = !given.text;
    ScriptFile script{.path = "-c", .text = given.text.value_or("")};
    if (file) script = read_script(given.operands.front());
    if (script.status != 0) return script.status;
    const std::string& name = script.path;
    const shell::Cover made =
        cover({.name = name, .text = script.text, .is_script = file, .require = given.require});
    if (made.error && (given.explain || given.require)) {
        return own_error(name + ":" + std::to_string(made.error->place.line) +
                         ": not understood: " + made.error->message);
    }
    if (given.explain) return print(explained(made, name));
    if (given.require) {
        if (const std::string why = why_not_covered(made, name); !why.empty())
            return own_error(why);
    }
    std::vector<std::string> operands = given.operands;
    if (file) {
        operands.front() = name;
    } else if (operands.empty()) {
        operands = {real_shell()};
    }
    return become_shell_of(real_shell(), given.options, made.text, operands);
}

}  // namespace pipectl
