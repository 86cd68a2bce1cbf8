// What the last word of a command line could be: for the scripts of `pipectl completions`.

#include <sys/stat.h>

#include <algorithm>
#include <sstream>

#include "orchestrator/cli/arguments.hpp"
#include "orchestrator/cli/command_options.hpp"
#include "orchestrator/cli/commands.hpp"
#include "orchestrator/cli/load.hpp"
#include "orchestrator/cli/which_run.hpp"
#include "orchestrator/report/wording.hpp"
#include "stages/base/signal_name.hpp"
#include "stages/channel/kind.hpp"

namespace pipectl {

namespace {

constexpr std::string_view kFiles = "FILE";
constexpr std::string_view kFolders = "FOLDER";

/// Collects what begins as the word under the cursor does.
class Candidates {
  public:
    explicit Candidates(std::string current) : current_(std::move(current)) {}

    void add(const std::string& word, const std::string& what) {
        // a name with control characters could not be typed, and would steer the terminal
        if (word.starts_with(current_) && one_line(word) == word) {
            text_ += word + "\t" + one_line(what) + "\n";
        }
    }
    void add_all(std::string_view words, char separator) {
        std::istringstream list{std::string(words)};
        for (std::string word; std::getline(list, word, separator);) {
            add(word, "");
        }
    }
    void add_place(std::string_view place) { text_ += std::string(place) + "\n"; }

    [[nodiscard]] const std::string& current() const { return current_; }
    [[nodiscard]] const std::string& text() const { return text_; }

  private:
    std::string current_;
    std::string text_;
};

/// A command line up to the cursor.
struct CommandLine {
    std::vector<CommandOption> options;   ///< that the command has
    std::vector<std::string> positional;  ///< words before the cursor that are neither options nor
                                          ///< their values
    const CommandOption* pending = nullptr;  ///< the option whose value is under the cursor
};

const CommandOption* find_option(const std::vector<CommandOption>& options,
                                 const std::string& name) {
    const auto found = std::ranges::find(options, name, &CommandOption::name);
    return found == options.end() ? nullptr : &*found;
}

void take_apart(const std::vector<std::string>& words, CommandLine& line) {
    for (std::size_t i = 1; i + 1 < words.size(); ++i) {
        const CommandOption* option = find_option(line.options, words[i]);
        if (option != nullptr && !option->value.empty()) {
            if (i + 2 == words.size()) line.pending = option;
            ++i;
        } else if (!words[i].starts_with("-") || words[i] == "-") {
            line.positional.push_back(words[i]);
        }
    }
}

/// The definition on the command line, as far as it can be read.
Definition definition_of(const CommandLine& line) {
    for (const std::string& word : line.positional) {
        struct stat info {};
        if (::stat(word.c_str(), &info) == 0 && S_ISREG(info.st_mode)) {
            PlanRequest request;
            request.allow_missing_parameters = true;
            return load(word, std::move(request)).definition;
        }
    }
    return {};
}

void add_channels(Candidates& candidates, const std::string& before = {}) {
    for (const channel::Kind* kind : channel::kinds()) {
        candidates.add(before + std::string(kind->name), std::string(kind->summary));
    }
}

void add_stages(Candidates& candidates, const CommandLine& line, const std::string& behind) {
    for (const Stage& stage : definition_of(line).stages) {
        candidates.add(stage.name.value + behind, "a stage");
    }
}

void add_value(Candidates& candidates, const CommandLine& line) {
    const CommandOption& option = *line.pending;
    const std::size_t equals = candidates.current().rfind('=');
    if (option.value.find('|') != std::string::npos) {
        candidates.add_all(option.value, '|');
    } else if (option.name == "--via" && equals != std::string::npos) {
        add_channels(candidates, candidates.current().substr(0, equals + 1));
    } else if (option.name == "--via") {
        add_channels(candidates);
        add_stages(candidates, line, "=");
    } else if (option.name == "--channels") {
        const std::size_t comma = candidates.current().rfind(',');
        add_channels(candidates, candidates.current().substr(0, comma + 1));
    } else if (option.name == "--set") {
        for (const Parameter& parameter : definition_of(line).parameters) {
            candidates.add(parameter.name.value + "=", parameter.help);
        }
    } else if (option.name == "--stage") {
        add_stages(candidates, line, "");
    } else if (option.value == "DIR" || option.value == "FOLDER") {
        candidates.add_place(kFolders);
    } else if (option.value == "FILE" || option.value == "F") {
        candidates.add_place(kFiles);
    }
}

void add_runs(Candidates& candidates, bool stages) {
    const std::size_t slash = candidates.current().find('/');
    for (const ListedRun& run : list_runs()) {
        const std::string name = run.summary ? run.summary->pipeline : "";
        if (!stages || slash == std::string::npos) {
            candidates.add(run.short_id, name);
            if (!name.empty()) candidates.add(name, "run " + run.short_id);
            continue;
        }
        const std::string word = candidates.current().substr(0, slash);
        if (!run.summary || (word != name && !run.where.run.starts_with(word))) continue;
        for (const StageSummary& stage : run.summary->stages) {
            if (!stage.helper) candidates.add(word + "/" + stage.name, "a stage");
        }
    }
}

/// Of the list, the first column is the id and the rest says what it was.
void add_past_runs(Candidates& candidates) {
    candidates.add("last", "the latest run");
    std::istringstream lines(list_of_past_runs());
    std::string line;
    std::getline(lines, line);  // the headings
    while (std::getline(lines, line)) {
        const std::size_t end = line.find(' ');
        candidates.add(line.substr(0, end),
                       line.substr(std::min(line.find_first_not_of(' ', end), line.size())));
    }
}

void add_positional(Candidates& candidates, const std::string& command, const CommandLine& line) {
    const std::size_t place = line.positional.size();
    if (command == "stop" || (command == "top" && place == 0)) {
        add_runs(candidates, false);
    } else if (command == "signal" && place == 0) {
        add_runs(candidates, true);
    } else if (command == "signal" && place == 1) {
        for (const std::string& name : signal_names()) {
            candidates.add(name, "");
        }
    } else if (command == "history") {
        if (place == 0) candidates.add_all("show diff rm", ' ');
        if (place > 0) add_past_runs(candidates);
    } else if (command == "completions") {
        candidates.add_all("bash zsh fish", ' ');
    } else if (command == "ipc") {
        candidates.add_all("ls clean", ' ');
    } else if (command == "send" || command == "recv") {
        candidates.add_all("fifo: mq: sysv-mq: shm: tcp: unix:", ' ');
    } else if (command != "top" && command != "signal" && command != "doctor" &&
               command != "channels" && command != "ps" && command != "bench" &&
               command != "schema") {
        candidates.add_place(kFiles);
    }
}

}  // namespace

int complete_command(std::span<const Command> commands, const std::vector<std::string>& words) {
    Candidates candidates(words.empty() ? "" : words.back());
    const bool names_command = words.size() <= 1 || (words.size() == 2 && words[0] == "help");
    if (names_command) {
        for (const Command& command : commands) {
            if (command.run != nullptr) {
                candidates.add(std::string(command.name), std::string(command.summary));
            }
        }
        if (words.size() <= 1) candidates.add_all("help --help --version", ' ');
        return print(candidates.text());
    }
    const bool known = std::ranges::any_of(commands, [&](const Command& command) {
        return command.name == words[0] && command.run != nullptr;
    });
    if (!known) {
        return 0;
    }
    CommandLine line;
    line.options = options_of(words[0]);
    take_apart(words, line);
    if (line.pending != nullptr) {
        add_value(candidates, line);
    } else if (candidates.current().starts_with("-")) {
        for (const CommandOption& option : line.options) {
            candidates.add(option.name.starts_with("-h,") ? "--help" : option.name, option.help);
        }
    } else {
        add_positional(candidates, words[0], line);
    }
    return print(candidates.text());
}

}  // namespace pipectl
