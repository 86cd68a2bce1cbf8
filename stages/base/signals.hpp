#pragma once

// Sets of signals.

#include <signal.h>

#include <array>
#include <initializer_list>

namespace pipectl {

/// What asks a program to end; signal(7).
inline constexpr std::array kEndingSignals{SIGINT, SIGTERM, SIGHUP, SIGQUIT};

template <class Numbers>
sigset_t signal_set(const Numbers& numbers) noexcept {
    sigset_t set;
    sigemptyset(&set);
    for (const int number : numbers) {
        sigaddset(&set, number);
    }
    return set;
}

inline sigset_t signal_set(std::initializer_list<int> numbers) noexcept {
    return signal_set<std::initializer_list<int>>(numbers);
}

}  // namespace pipectl
