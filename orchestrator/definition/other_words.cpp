#include "orchestrator/definition/other_words.hpp"

#include <algorithm>
#include <iterator>

namespace pipectl {

namespace {

constexpr std::string_view kCommand =
    "a program and its arguments: run = [..]; a line for a shell: shell = \"..\"";
constexpr std::string_view kOrder =
    "what feeds its stdin: from = \"stage\"; an order without data: after = [\"stage\"]";
constexpr std::string_view kHelp = "what --set is told about it: help = \"..\"";
constexpr std::string_view kFile = "a file: file = \"..\"";

constexpr OtherWord kWords[] = {
    {"a stage", "command", kCommand, "shell", "run"},
    {"a stage", "cmd", kCommand, "shell", "run"},
    {"a stage", "exec", kCommand, "shell", "run"},
    {"a stage", "argv", kCommand, "shell", "run"},
    {"a stage", "program", kCommand},
    {"a stage", "entrypoint", kCommand},
    {"a stage", "script", "a line for a shell: shell = \"..\"", "shell"},
    {"a stage", "sh", "a line for a shell: shell = \"..\"", "shell"},
    {"a stage", "bash",
     "a line for a shell: shell = \"..\"; of bash: run = [\"bash\", \"-c\", \"..\"]"},
    {"a stage", "depends_on", kOrder},
    {"a stage", "depends-on", kOrder},
    {"a stage", "depends", kOrder},
    {"a stage", "dependencies", kOrder},
    {"a stage", "requires", kOrder},
    {"a stage", "input", "an edge: from = \"stage\"; a file: stdin = \"path\""},
    {"a stage", "in", "an edge: from = \"stage\"; a file: stdin = \"path\""},
    {"a stage", "reads", "an edge: from = \"stage\"; a file: stdin = \"path\""},
    {"a stage", "output", "a file: stdout = \"path\"", "stdout"},
    {"a stage", "out", "a file: stdout = \"path\"", "stdout"},
    {"a stage", "to", "the reader says it: from = \"stage\"; a file: stdout = \"path\""},
    {"a stage", "error", "a file: stderr = \"path\"", "stderr"},
    {"a stage", "channel", "the channel that feeds a stage: via = \"..\"", "via"},
    {"a stage", "environment", "variables: env = { NAME = \"value\" }", "env"},
    {"a stage", "dir", "the folder of a stage: cwd = \"..\"", "cwd"},
    {"a stage", "workdir", "the folder of a stage: cwd = \"..\"", "cwd"},
    {"a stage", "working-directory", "the folder of a stage: cwd = \"..\"", "cwd"},
    {"a stage", "working_directory", "the folder of a stage: cwd = \"..\"", "cwd"},
    {"a stage", "directory", "the folder of a stage: cwd = \"..\"", "cwd"},
    {"a stage", "description", "a comment says it: # .."},
    {"a stage", "id", "the name of a stage: name = \"..\"", "name"},
    {"a stage", "cancel", "signals = { cancel = \"SIGINT\" }"},
    {"a stage", "retries", "'retries' belongs under [pipeline]"},
    {"a stage", "grace", "'grace' belongs under [pipeline]"},
    {"a stage", "strict", "'strict' belongs under [pipeline]"},
    {"a parameter", "description", kHelp, "help"},
    {"a parameter", "desc", kHelp, "help"},
    {"a parameter", "doc", kHelp, "help"},
    {"a parameter", "value", "the value without --set: default = ..", "default"},
    {"a parameter", "optional", "a parameter with a default need not be set: default = .."},
    {"a parameter", "sensitive", "shown as *** everywhere: secret = true", "secret"},
    {"'stdin'", "path", kFile, "file"},
    {"'stdout'", "path", kFile, "file"},
    {"'stderr'", "path", kFile, "file"},
    {"'stdin'", "filename", kFile, "file"},
    {"'stdout'", "filename", kFile, "file"},
    {"'stderr'", "filename", kFile, "file"},
    {"'stdin'", "string", "a text: text = \"..\"", "text"},
    {"'stdin'", "data", "a text: text = \"..\"", "text"},
    {"[pipeline]", "retry", "the whole run again: retries = 3", "retries"},
    {"a stage", "retry", "the stage again, its edges open: restart = \"on-failure\""},
    {"[pipeline]", "help", "description = \"..\"", "description"},
    {"[pipeline]", "desc", "description = \"..\"", "description"},
    {"[pipeline]", "env", "variables of every stage stand under [env]"},
    {"[pipeline]", "params", "parameters stand under [params]"},
    {"a definition", "steps", "each stage begins with [[stage]]", "stage"},
    {"a definition", "parameters", "parameters stand under [params]", "params"},
    {"a definition", "vars", "parameters stand under [params]", "params"},
    {"a definition", "variables",
     "parameters stand under [params], variables of stages under [env]"},
    {"a definition", "environment", "variables of every stage stand under [env]", "env"},
};

}  // namespace

const OtherWord* other_word(std::string_view key, std::string_view where) {
    const auto* const found = std::ranges::find_if(
        kWords, [&](const OtherWord& word) { return word.key == key && word.where == where; });
    return found == std::end(kWords) ? nullptr : found;
}

}  // namespace pipectl
