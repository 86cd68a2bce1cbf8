#include "orchestrator/cli/replay_streams.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <string_view>

#include "orchestrator/command/output.hpp"
#include "stages/base/error.hpp"
#include "stages/base/fd.hpp"

namespace pipectl {

namespace {

constexpr std::size_t kShownOfLine = 60;
constexpr std::size_t kPassedOver = std::size_t{64} << 10;

/// What stdin has next, at most `most` bytes; empty at its end.
std::string read_some(std::size_t most) {
    std::string block(most, '\0');
    for (;;) {
        const ssize_t got = ::read(STDIN_FILENO, block.data(), block.size());
        if (got >= 0) {
            block.resize(got);
            return block;
        }
        if (errno != EINTR) throw SystemError("cannot read <stdin>", errno);
    }
}

/// Where the two are, while they are the same.
struct SameSoFar {
    std::uint64_t bytes = 0;
    std::uint64_t lines = 1;

    void add(std::string_view text) {
        bytes += text.size();
        lines += std::ranges::count(text, '\n');
    }
};

std::string beginning_of(std::string_view text) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    return std::string(text.substr(0, std::min(end, kShownOfLine)));
}

int tell_difference(const std::string& name, const SameSoFar& same, const std::string& what) {
    print_error("pipectl: '" + name + "' differs from the recording at byte " +
                std::to_string(same.bytes + 1) + ", line " + std::to_string(same.lines) + ": " +
                what + "\n");
    return 1;
}

}  // namespace

int play_edge(const recording::Reader& recording, std::size_t edge) {
    std::signal(SIGPIPE, SIG_DFL);
    int error = 0;
    recording.read(edge, [&](std::string_view bytes) {
        error = write_all(STDOUT_FILENO, bytes);
        return error == 0;
    });
    return error == 0 ? 0 : own_error("cannot write to stdout: " + errno_text(error));
}

int compare_with_edge(const recording::Reader& recording, std::size_t edge, bool whole,
                      const std::string& name) {
    SameSoFar same;
    int status = 0;
    recording.read(edge, [&](std::string_view recorded) {
        while (!recorded.empty()) {
            const std::string now = read_some(recorded.size());
            if (now.empty()) {
                status = tell_difference(
                    name, same, "it ends, and went on with '" + beginning_of(recorded) + "'");
                return false;
            }
            const auto [left, right] =
                std::mismatch(now.begin(), now.end(), recorded.begin(), recorded.end());
            const std::size_t equal = left - now.begin();
            same.add(std::string_view(now).substr(0, equal));
            if (equal < now.size()) {
                status = tell_difference(name, same,
                                         "'" + beginning_of(std::string_view(now).substr(equal)) +
                                             "' now, '" + beginning_of(recorded.substr(equal)) +
                                             "' then");
                return false;
            }
            recorded.remove_prefix(equal);
        }
        return true;
    });
    using End = recording::RecordedEdge::End;
    const End end = edge < recording.edges().size() ? recording.edges()[edge].end : End::open;
    if (status != 0 || (whole && end == End::left)) return status;
    std::string more = read_some(kPassedOver);
    while (!whole && !more.empty()) {
        more = read_some(kPassedOver);  // nobody knows what came here
    }
    return more.empty()
               ? 0
               : tell_difference(name, same,
                                 "it goes on with '" + beginning_of(more) + "', and ended");
}

}  // namespace pipectl
