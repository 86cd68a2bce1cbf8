// pipectl-helper replicas: several processes of one program that share the lines of standard input.
//
//   replicas --count N --block BYTES [--any] [--ok STATUS,...|any] [--cancel SIGNAL] [--grace MS]
//            [--join] [--counts INDEX] [--number WORD:BYTE]... [--number-in NAME:BYTE]...
//            [--variable NAME]... -- FILE WORDS...
//
// FILE is executed with WORDS as its argument vector. The replica's number, from 0, is put in
// before that byte of a word (from 0) or of a variable, and is the value of each variable named;
// positions in one text come from the right. --join: stderr goes where stdout does.

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "stages/base/own_status.hpp"
#include "stages/flow/crew.hpp"
#include "stages/flow/ends.hpp"
#include "stages/flow/jobs.hpp"
#include "stages/flow/readers.hpp"

namespace pipectl::helper {

namespace {

/// Where a text wants the number.
struct NumberAt {
    std::string text;  ///< number of a word, or name of a variable
    std::size_t byte = 0;
};

struct CrewWish {
    CrewSettings settings;
    std::size_t count = 0;
    std::optional<std::size_t> counts;
    bool join_stderr = false;
    std::vector<int> ignored;
    std::vector<NumberAt> in_words;
    std::vector<NumberAt> in_variables;
    std::vector<std::string> variables;
    std::vector<std::string> command;  ///< the file, then the argument vector
};

NumberAt number_at(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) {
        throw UsageError{"'" + std::string(text) + "' is not TEXT:BYTE"};
    }
    return {std::string(text.substr(0, colon)), job::number_of(text.substr(colon + 1), "byte")};
}

void take_statuses(std::string_view text, CrewSettings& settings) {
    settings.any_ok = text == "any";
    if (settings.any_ok) return;
    settings.ok.clear();
    while (!text.empty()) {
        const std::size_t comma = text.find(',');
        settings.ok.push_back(
            static_cast<int>(job::number_of(text.substr(0, comma), "exit status")));
        text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
    }
}

void take_option(std::string_view name, std::string_view value, CrewWish& wish) {
    CrewSettings& settings = wish.settings;
    if (name == "--count") {
        wish.count = job::number_of(value, "number of replicas");
    } else if (name == "--block") {
        settings.block = job::number_of(value, "number of bytes");
    } else if (name == "--ok") {
        take_statuses(value, settings);
    } else if (name == "--cancel") {
        settings.cancel = static_cast<int>(job::number_of(value, "signal"));
    } else if (name == "--grace") {
        settings.grace = std::chrono::milliseconds(job::number_of(value, "time"));
    } else if (name == "--counts") {
        wish.counts = job::number_of(value, "index");
    } else if (name == "--number") {
        wish.in_words.push_back(number_at(value));
    } else if (name == "--number-in") {
        wish.in_variables.push_back(number_at(value));
    } else if (name == "--variable") {
        wish.variables.emplace_back(value);
    } else {
        throw UsageError{"unknown option '" + std::string(name) + "'"};
    }
}

CrewWish crew_wish_of(const Arguments& arguments) {
    CrewWish wish;
    std::size_t i = 0;
    for (; i < arguments.size() && arguments[i] != "--"; ++i) {
        if (arguments[i] == "--any") {
            wish.settings.in_order = false;
        } else if (arguments[i] == "--join") {
            wish.join_stderr = true;
        } else if (i + 1 < arguments.size()) {
            take_option(arguments[i], arguments[i + 1], wish);
            ++i;
        }
    }
    for (++i; i < arguments.size(); ++i) {
        wish.command.emplace_back(arguments[i]);
    }
    if (wish.command.size() < 2) throw UsageError{"there is no command"};
    if (wish.count == 0 || wish.settings.block == 0) throw UsageError{"--count and --block"};
    return wish;
}

/// Our own environment, but for what is said of our descriptors.
std::vector<std::pair<std::string, std::string>> variables_of_ours() {
    std::vector<std::pair<std::string, std::string>> variables;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string text(*entry);
        const std::size_t equals = text.find('=');
        if (text.starts_with("PIPECTL_COUNTS=") || equals == std::string::npos) continue;
        variables.emplace_back(text.substr(0, equals), text.substr(equals + 1));
    }
    return variables;
}

void add_command(const CrewWish& wish, std::size_t replica, std::deque<ReplicaCommand>& commands) {
    const std::string number = std::to_string(replica);
    std::vector<std::string> words(wish.command.begin() + 1, wish.command.end());
    for (const NumberAt& at : wish.in_words) {
        const std::size_t word = job::number_of(at.text, "word");
        if (word >= words.size() || at.byte > words[word].size()) {
            throw UsageError{"there is no byte " + std::to_string(at.byte) + " of word " + at.text};
        }
        words[word].insert(at.byte, number);
    }
    auto variables = variables_of_ours();
    for (auto& [name, value] : variables) {
        for (const NumberAt& at : wish.in_variables) {
            if (at.text == name && at.byte <= value.size()) value.insert(at.byte, number);
        }
    }
    std::vector<std::string> environment;
    for (const auto& [name, value] : variables) {
        if (std::ranges::find(wish.variables, name) == wish.variables.end()) {
            environment.push_back(name + "=" + value);
        }
    }
    for (const std::string& name : wish.variables) {
        environment.push_back(name + "=" + number);
    }
    commands.emplace_back(wish.command.front(), std::move(words), std::move(environment),
                          wish.join_stderr, wish.ignored);
}

}  // namespace

int replicas(const Arguments& arguments) {
    CrewWish wish = crew_wish_of(arguments);
    if (is_ignored(SIGPIPE)) wish.ignored = {SIGPIPE};
    std::deque<ReplicaCommand> commands;
    for (std::size_t i = 0; i < wish.count; ++i) {
        add_command(wish, i, commands);
    }
    watch_readers();
    return Crew(wish.settings, commands, ReplicaCounts(wish.counts)).run();
}

}  // namespace pipectl::helper
