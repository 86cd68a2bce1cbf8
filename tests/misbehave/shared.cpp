// Programs that use shared regions, and die with one in their hands.

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <exception>

#include "stages/include/pipectl/stage.hpp"
#include "tests/misbehave/misbehave.hpp"

namespace pipectl::test {

namespace {

volatile std::int64_t& number_in(const Region& region) {
    return *reinterpret_cast<volatile std::int64_t*>(region.bytes().data());
}

template <class Function>
int with_region(const Arguments& arguments, Function function) {
    try {
        Region region(text(arguments, 0));
        return function(region);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "misbehave: %s\n", error.what());
        return 7;
    }
}

int add_shared(const Arguments& arguments) {
    return with_region(arguments, [&](Region& region) {
        for (long long left = number(arguments, 1); left > 0; --left) {
            const Guard guard(region);
            number_in(region) = number_in(region) + 1;
        }
        return 0;
    });
}

int show_shared(const Arguments& arguments) {
    return with_region(arguments, [&](const Region& region) {
        char byte = 0;
        while (::read(0, &byte, 1) > 0) {
        }
        say(1, std::to_string(number_in(region)) + "\n");
        return 0;
    });
}

int die_holding(const Arguments& arguments) {
    return with_region(arguments, [&](Region& region) {
        long long told = 0;
        for (long long left = number(arguments, 1); left > 0; --left) {
            const pid_t child = ::fork();
            if (child == 0) {
                (void)region.lock();
                ::raise(SIGKILL);
            }
            ::waitpid(child, nullptr, 0);
            const Guard guard(region);
            told += guard.holder_died() ? 1 : 0;
        }
        if (!region.lock()) return 8;  // the last one has let it go
        region.unlock();
        say(1, "told " + std::to_string(told) + " times\n");
        return 0;
    });
}

constexpr Misbehaviour kTable[] = {
    {"add-shared", "REGION TIMES", "adds 1 to the number in a shared region", add_shared},
    {"show-shared", "REGION", "reads stdin to its end, and prints that number", show_shared},
    {"die-holding", "REGION TIMES", "children die with the region's guard", die_holding},
};

}  // namespace

std::span<const Misbehaviour> shared() {
    return kTable;
}

}  // namespace pipectl::test
