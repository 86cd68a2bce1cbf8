// pipectl: which subcommand is meant. The subcommands' own words are their business.

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>

#include <algorithm>
#include <exception>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "orchestrator/cli/arguments.hpp"
#include "orchestrator/cli/commands.hpp"
#include "orchestrator/cli/shown_words.hpp"
#include "orchestrator/process/title.hpp"
#include "stages/base/text.hpp"

namespace pipectl {

namespace {

constexpr Command kCommands[] = {
    {"run", "run FILE", "run a pipeline ('-': from stdin)", run_command_line},
    {"check", "check FILE...", "all errors and warnings, with positions", check_command},
    {"plan", "plan FILE", "what would be started", plan_command},
    {"graph", "graph FILE", "the pipeline as a picture", graph_command},
    {"compare", "compare FILE", "run it over several channels, and say which is best",
     compare_command},
    {"bench", "bench", "measure the channels themselves", bench_command},
    {"import", "import TEXT", "a shell pipeline as a definition", import_command},
    {"export", "export FILE", "a definition as a POSIX shell script", export_command},
    {"ps", "ps", "the runs that go on", ps_command},
    {"top", "top [RUN]", "watch them", top_command},
    {"stop", "stop RUN...", "cancel them", stop_command},
    {"signal", "signal RUN SIG", "send a signal to a run or a stage", signal_command},
    {"history", "history [NAME]", "the runs that have ended", history_command},
    {"report", "report FILE.json", "a run's record, as text or as a page", report_command},
    {"ipc", "ipc ls|clean", "kernel objects of runs, and what a crash left", ipc_command},
    {"send", "send ENDPOINT", "a channel's sending end by hand", send_command},
    {"recv", "recv ENDPOINT", "its receiving end", recv_command},
    {"channels", "channels", "the kinds of channels and this machine's limits", channels_command},
    {"doctor", "doctor", "what this machine offers, and what is lost without it", doctor_command},
    {"init", "init [FILE]", "a definition to start from", init_command},
    {"schema", "schema", "the definition language, for editors", schema_command},
    {"completions", "completions SHELL", "for bash, zsh and fish", completions_command},
};

constexpr std::string_view kExamples =
    "examples:\n"
    "  pipectl run slow.toml --set log=access.log   run a pipeline\n"
    "  pipectl run words.toml < book.txt | head     as a part of another one\n"
    "  pipectl check pipelines/*.toml               find errors, start nothing\n"
    "  pipectl plan slow.toml                       see what would be started\n"
    "  pipectl graph slow.toml --format svg         draw it\n"
    "\n";

constexpr std::string_view kDefinition =
    "\n"
    "A definition is a TOML file; each stage is a program that reads the one above it:\n"
    "\n"
    "  [[stage]]\n"
    "  run = [\"zcat\", \"access.log.gz\"]\n"
    "\n"
    "  [[stage]]\n"
    "  shell = \"sort | uniq -c | sort -rn\"\n"
    "\n"
    "  [[stage]]\n"
    "  run = [\"head\", \"-n\", \"20\"]\n"
    "  stdout = \"top.txt\"\n";

std::string help_text(bool all) {
    std::string text(all ? kExamples : std::string_view());
    text += "usage: pipectl COMMAND [OPTIONS] ...\n\ncommands:\n";
    for (const Command& command : kCommands) {
        if (command.run != nullptr) {
            text += "  " + std::string(command.usage);
            text +=
                std::string(18 - command.usage.size(), ' ') + std::string(command.summary) + "\n";
        }
    }
    text += "\n  pipectl COMMAND --help says more about a command; --version [--json]\n";
    return all ? text + std::string(kDefinition) : text;
}

int show_version(bool json) {
    const std::string version = PIPECTL_VERSION;
#ifdef __OPTIMIZE__
    const std::string build = "optimised, C++ compiler " __VERSION__;
#else
    const std::string build = "not optimised, C++ compiler " __VERSION__;
#endif
    return print(json ? R"({"version":")" + version + R"(","build":")" + build + "\"}\n"
                      : "pipectl " + version + "\n");
}

int wrong_usage(const std::string& message) {
    print_error("pipectl: " + printable(message) +
                "\nusage: pipectl COMMAND [OPTIONS] ...   (more: pipectl --help)\n");
    return kOwnError;
}

int unknown_command(const std::string& word) {
    struct stat status {};
    if (word.ends_with(".toml") || ::stat(word.c_str(), &status) == 0) {
        return wrong_usage("unknown command '" + word + "'; did you mean 'pipectl run " +
                           quote_word(word) + "'?");
    }
    std::vector<std::string> names;
    for (const Command& command : kCommands) {
        names.emplace_back(command.name);
    }
    names.insert(names.end(), {"--version", "--help"});
    return wrong_usage((word.starts_with('-') ? "unknown option '" : "unknown command '") + word +
                       "'" + did_you_mean(word, names));
}

/// A descriptor 0, 1 or 2 that we were started without would be the next file that is opened, such
/// as an output of the run. What takes its place refuses to be read or written, as if it were
/// closed.
void fill_standard_descriptors() {
    for (const int number : {0, 1, 2}) {
        if (::fcntl(number, F_GETFD) < 0) {
            // the lowest free number is this one; open(2)
            (void)!::open("/dev/null", number == 0 ? O_WRONLY : O_RDONLY);
        }
    }
}

int dispatch(std::vector<std::string> words) {
    if (words.empty()) {
        return wrong_usage("a command is missing");
    }
    const auto has = [&](std::string_view word) {
        return std::find(words.begin(), words.end(), word) != words.end();
    };
    std::string first = words.front();
    if (first == "--version" || (first == "--json" && has("--version"))) {
        return show_version(has("--json"));
    }
    if (first == "help" && words.size() > 1) {
        first = words[1];
        words = {first, "--help"};
    }
    if (first == "-h" || first == "--help" || first == "help") {
        return print(help_text(first != "-h"));
    }
    if (first == "__complete") {
        return complete_command(kCommands, {words.begin() + 1, words.end()});
    }
    if (first == "__manual") {
        return manual_command(kCommands);
    }
    for (const Command& command : kCommands) {
        if (command.name == first && command.run == nullptr) {
            return own_error("'" + first + "' is not yet supported");
        }
        if (command.name == first) {
            return command.run(std::vector<std::string>(words.begin() + 1, words.end()));
        }
    }
    return unknown_command(first);
}

}  // namespace

}  // namespace pipectl

int main(int argc, char** argv) {
    ::signal(SIGXFSZ, SIG_IGN);  // past RLIMIT_FSIZE, write(2) is to fail and not to kill
    try {
        pipectl::fill_standard_descriptors();
        std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
        pipectl::keep_title_room(argc, argv);
        pipectl::hide_settings(words);
        return pipectl::dispatch(std::move(words));
    } catch (const std::exception& error) {
        return pipectl::own_error(error.what());
    }
}
