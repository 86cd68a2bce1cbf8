#include <unistd.h>

#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include "stages/base/fd.hpp"
#include "stages/base/signal_name.hpp"
#include "tests/misbehave/misbehave.hpp"

namespace pipectl::test {

namespace {

[[noreturn]] void wrong_usage(const char* message) {
    std::fprintf(stderr, "misbehave: %s\n", message);
    ::exit(64);
}

}  // namespace

const std::string& text(const Arguments& arguments, std::size_t index) {
    if (index >= arguments.size()) {
        wrong_usage("an argument is missing");
    }
    return arguments[index];
}

long long number(const Arguments& arguments, std::size_t index, long long otherwise) {
    if (index >= arguments.size() && otherwise >= 0) {
        return otherwise;
    }
    const std::string& word = text(arguments, index);
    long long value = 0;
    const auto result = std::from_chars(word.data(), word.data() + word.size(), value);
    if (result.ec != std::errc() || result.ptr != word.data() + word.size()) {
        wrong_usage("a number was expected");
    }
    return value;
}

int signal_in(const Arguments& arguments, std::size_t index) {
    const std::optional<int> found = signal_number(text(arguments, index));
    if (!found) {
        wrong_usage("a signal was expected");
    }
    return *found;
}

void announce(const std::string& path, const std::string& content) {
    const std::string unfinished = path + ".unfinished";
    FILE* const file = std::fopen(unfinished.c_str(), "we");
    if (file == nullptr || std::fputs(content.c_str(), file) < 0 || std::fclose(file) != 0 ||
        std::rename(unfinished.c_str(), path.c_str()) != 0) {
        std::perror("misbehave: announce");
        ::_exit(1);
    }
}

void say(int fd, const std::string& text) {
    const int error = write_all(fd, text);
    if (error != 0) {
        std::fprintf(stderr, "misbehave: write: %s\n", std::strerror(error));
        ::_exit(1);
    }
}

void sleep_ms(long long milliseconds) {
    timespec left{milliseconds / 1000, milliseconds % 1000 * 1000000};
    while (::nanosleep(&left, &left) != 0) {
    }
}

void sleep_long() {
    sleep_ms(1000000);
    ::_exit(0);
}

}  // namespace pipectl::test

int main(int argc, char** argv) {
    using namespace pipectl::test;
    const std::span<const Misbehaviour> tables[] = {
        processes(), streams(), inspection(), terminals(), native(), movers(), talks(), shared()};
    for (const auto& table : tables) {
        for (const Misbehaviour& one : table) {
            if (argc > 1 && std::strcmp(argv[1], one.name) == 0) {
                return one.function(Arguments(argv + 2, argv + argc));
            }
            if (argc == 1) {
                std::printf("%-22s %-24s %s\n", one.name, one.arguments, one.summary);
            }
        }
    }
    if (argc > 1) {
        std::fprintf(stderr, "misbehave: no misbehaviour is named '%s'\n", argv[1]);
    }
    return argc == 1 ? 0 : 64;
}

#if defined(__SANITIZE_ADDRESS__)
// The leak checker stops the program from a process of its own at its end, which the tests of stops
// and continues would take for one of the run's; and its handlers would hide what a stage starts
// with.
extern "C" const char* __asan_default_options() {
    return "detect_leaks=0:handle_segv=0:handle_sigbus=0:handle_sigfpe=0:handle_sigill=0:"
           "handle_abort=0";
}
#endif
