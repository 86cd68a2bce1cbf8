#include "orchestrator/run/last_words.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <utility>

#include "orchestrator/run/front.hpp"
#include "orchestrator/run/front_words.hpp"

namespace pipectl {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr int kTailLines = 20;
/// A front that was stopped does not answer.
constexpr milliseconds kFrontPatience{1000};

/// Waits until the front has passed on what the stages said: what is said about them comes after.
void wait_until_settled(int socket, int pidfd) {
    if (send_word(socket, FrontWord::Kind::settle, {}) != 0) {
        return;
    }
    const auto end = Clock::now() + kFrontPatience;
    for (;;) {
        const auto left = std::chrono::duration_cast<milliseconds>(end - Clock::now()).count();
        pollfd ends[2] = {{socket, POLLIN, 0}, {pidfd, POLLIN, 0}};
        if (left <= 0 || (::poll(ends, 2, static_cast<int>(left)) <= 0 && errno != EINTR) ||
            ends[1].revents != 0) {
            return;
        }
        RelayedSignal answer;
        while (::recv(socket, &answer, sizeof answer, MSG_DONTWAIT) > 0) {
            if (answer.number == RelayedSignal::kSettled) {
                return;
            }
        }
    }
}

}  // namespace

void tell_last_words(const Plan& plan, const OutputSet& outputs, const StageStderr& stages,
                     int socket, int pidfd,
                     const std::function<void(decltype(Event::what))>& tell) {
    const bool kept = stages.any() && stages.stirred();
    if (kept) {
        wait_until_settled(socket, pidfd);
    }
    for (std::size_t i = 0; i < plan.processes.size(); ++i) {
        const int process = static_cast<int>(i);
        if (kept) {
            if (std::string text = stages.tail(process, kTailLines); !text.empty()) {
                tell(StderrTail{process, std::move(text), true});
            }
        }
        for (const Descriptor& descriptor : plan.processes[i].descriptors) {
            if (descriptor.number == STDERR_FILENO &&
                descriptor.what == Descriptor::What::output_file) {
                const std::size_t index = descriptor.index;
                if (std::string text = outputs.tail(index, kTailLines); !text.empty()) {
                    tell(StderrTail{process, std::move(text), false});
                }
            }
        }
    }
}

}  // namespace pipectl
