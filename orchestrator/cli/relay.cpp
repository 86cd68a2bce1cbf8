#include "orchestrator/cli/relay.hpp"

#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <vector>

#include "stages/base/fd.hpp"

namespace pipectl {

namespace {

constexpr std::size_t kBlock = 65536;
constexpr std::size_t kLongestStatus = 3;

}  // namespace

int relay_status(const std::string& mark) {
    ::signal(SIGPIPE, SIG_DFL);
    const std::size_t held = mark.size() + kLongestStatus;
    std::string waiting;
    std::vector<char> block(kBlock);
    for (;;) {
        const ssize_t got = ::read(STDIN_FILENO, block.data(), block.size());
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        waiting.append(block.data(), static_cast<std::size_t>(got));
        if (waiting.size() <= held) continue;
        const std::size_t ready = waiting.size() - held;
        if (write_all(STDOUT_FILENO, std::string_view(waiting).substr(0, ready)) != 0) return 1;
        waiting.erase(0, ready);
    }
    const std::size_t at = waiting.rfind(mark);
    const std::string_view data = std::string_view(waiting).substr(0, at);
    if (write_all(STDOUT_FILENO, data) != 0 || at == std::string::npos) return 1;
    return std::atoi(waiting.c_str() + at + mark.size());
}

}  // namespace pipectl
