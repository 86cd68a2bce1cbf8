#include "stages/flow/ends.hpp"

#include <csignal>

namespace pipectl::helper {

bool is_ignored(int signal) {
    struct sigaction now {};
    return ::sigaction(signal, nullptr, &now) == 0 && now.sa_handler == SIG_IGN;
}

}  // namespace pipectl::helper
