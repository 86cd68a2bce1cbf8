// Programs that ask and answer, a line each, over stdin and stdout: for two-way edges.

#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <string>

#include "tests/misbehave/misbehave.hpp"

namespace pipectl::test {

namespace {

/// A line with its newline, one byte at a time so that none of the next is taken; empty at the end.
std::string read_line() {
    std::string line;
    for (char c = 0; ::read(STDIN_FILENO, &c, 1) == 1;) {
        line += c;
        if (c == '\n') break;
    }
    return line;
}

// Each question waits for its answer, which is the question itself.
int ask(const Arguments& arguments) {
    const long long questions = number(arguments, 0);
    for (long long i = 0; i < questions; ++i) {
        const std::string question = "question " + std::to_string(i) + "\n";
        say(1, question);
        const std::string answer = read_line();
        if (answer != question) {
            say(2, "answer " + std::to_string(i) + " was '" + answer + "'\n");
            return 3;
        }
    }
    say(2, "asked " + std::to_string(questions) + "\n");
    if (arguments.size() > 1) ::raise(signal_in(arguments, 1));
    return 0;
}

// Asks, and then waits for an end of data that may never come.
int ask_and_wait(const Arguments& arguments) {
    const int status = ask({text(arguments, 0)});
    if (status != 0 || !read_line().empty()) return 5;
    say(2, "an end was shown\n");
    return 4;
}

int answer(const Arguments& arguments) {
    const long long most = arguments.empty() ? -1 : number(arguments, 0);
    long long answered = 0;
    for (; answered != most; ++answered) {
        const std::string line = read_line();
        if (line.empty()) {
            say(2, "answered " + std::to_string(answered) + " to the end\n");
            return 0;
        }
        say(1, line);
    }
    if (arguments.size() < 2) return 0;
    const std::string& how = text(arguments, 1);
    if (how == "talk-on") {
        for (;;) {
            say(1, "more\n");
        }
    }
    ::raise(signal_in(arguments, 1));
    return 0;
}

constexpr Misbehaviour kTable[] = {
    {"ask", "QUESTIONS [SIGNAL]", "asks line by line, then dies by the signal", ask},
    {"ask-and-wait", "QUESTIONS", "asks, waits for an end of data, ends with 4", ask_and_wait},
    {"answer", "[MOST [SIGNAL|talk-on]]",
     "gives each line back; after so many ends, dies by the signal, or writes for ever", answer},
};

}  // namespace

std::span<const Misbehaviour> talks() {
    return kTable;
}

}  // namespace pipectl::test
