#include "stages/base/die_of.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>

#include "stages/base/signals.hpp"

namespace pipectl {

void die_of(int signal) {
    std::fflush(nullptr);
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    std::signal(signal, SIG_DFL);
    const sigset_t set = signal_set({signal});
    ::sigprocmask(SIG_UNBLOCK, &set, nullptr);
    ::raise(signal);
    ::_exit(128 + signal);
}

}  // namespace pipectl
