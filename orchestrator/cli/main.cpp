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

#include "orchestrator/cli/command_list.hpp"
#include "orchestrator/cli/relay.hpp"
#include "orchestrator/cli/shell_program.hpp"
#include "orchestrator/cli/shown_words.hpp"
#include "orchestrator/cli/version.hpp"
#include "orchestrator/command/complete.hpp"
#include "orchestrator/command/help.hpp"
#include "orchestrator/command/manual.hpp"
#include "orchestrator/command/output.hpp"
#include "orchestrator/command/parse_words.hpp"
#include "orchestrator/process/title.hpp"
#include "stages/base/text.hpp"

namespace pipectl {

namespace {

constexpr std::string_view kExamples = R"(examples:
  pipectl run slow.toml --set log=access.log   run a pipeline
  pipectl run words.toml < book.txt | head     as a part of another one
  pipectl check pipelines/*.toml               find errors, start nothing
  pipectl plan slow.toml                       see what would be started
  pipectl graph slow.toml --format svg         draw it

)";

constexpr std::string_view kDefinition = R"(
A definition is a TOML file; each stage is a program that reads the one above it:

  [[stage]]
  run = ["zcat", "access.log.gz"]

  [[stage]]
  shell = "sort | uniq -c | sort -rn"

  [[stage]]
  run = ["head", "-n", "20"]
  stdout = "top.txt"
)";

std::string help_of_all(bool all) {
    std::string text(all ? kExamples : std::string_view());
    text += "usage: pipectl COMMAND [OPTIONS] ...\n\ncommands:\n";
    for (const Command* const command : all_commands()) {
        text += list_line(*command);
    }
    text += "\n  pipectl COMMAND --help says more about a command; -V, --version [--json]\n";
    return all ? text + std::string(kDefinition) : text;
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
    for (const Command* const command : all_commands()) {
        names.emplace_back(command->name);
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
    if (first == "--version" || first == "-V" || (first == "--json" && has("--version"))) {
        return print(version_text(has("--json")));
    }
    if (first == "help" && words.size() > 1) {
        first = words[1];
        words = {first, "--help"};
    }
    if (first == "-h" || first == "--help" || first == "help") {
        return print(help_of_all(first != "-h"));
    }
    if (first == "__complete") {
        return print(complete_words(all_commands(), {words.begin() + 1, words.end()}));
    }
    if (first == "__relay" && words.size() == 2) {
        return relay_status(words[1]);
    }
    if (first == "__manual") {
        return print(manual_page(all_commands(), kVersion));
    }
    if (const Command* const command = find_command(all_commands(), first)) {
        return run_command_words(*command, {words.begin() + 1, words.end()});
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
        const std::string_view name = argc > 0 ? argv[0] : "";
        if (name.substr(name.rfind('/') + 1) == "pipectl-sh") return pipectl::run_as_shell(words);
        pipectl::keep_title_room(argc, argv);
        pipectl::hide_settings(words);
        return pipectl::dispatch(std::move(words));
    } catch (const std::exception& error) {
        return pipectl::own_error(error.what());
    }
}
