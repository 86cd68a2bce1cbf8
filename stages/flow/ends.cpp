#include "stages/flow/ends.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <csignal>

#include "stages/base/signals.hpp"

namespace pipectl::helper {

void die_of(int signal) {
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    std::signal(signal, SIG_DFL);
    const sigset_t set = signal_set({signal});
    ::sigprocmask(SIG_UNBLOCK, &set, nullptr);
    ::raise(signal);
    ::_exit(128 + signal);
}

bool is_ignored(int signal) {
    struct sigaction now {};
    return ::sigaction(signal, nullptr, &now) == 0 && now.sa_handler == SIG_IGN;
}

}  // namespace pipectl::helper
