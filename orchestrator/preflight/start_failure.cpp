#include "orchestrator/preflight/start_failure.hpp"

#include <cerrno>
#include <string_view>

#include "stages/base/error.hpp"
#include "stages/base/own_status.hpp"

namespace pipectl {

namespace {

/// Which limit it was, for the errors that have one.
const char* limit_hint(int error) {
    switch (error) {
        case EAGAIN: return " (too many processes: see 'ulimit -u', and pids.max of the cgroup)";
        case E2BIG: return " (its arguments and environment are too large)";
        default: return "";
    }
}

}  // namespace

std::string describe_start_failure(const SpawnFailure& failure, const std::string& program) {
    const std::string_view step = failure.step;
    std::string text = step == "execute" ? "cannot execute '" : "cannot start '";
    text += program + "': ";
    // the others are steps of ours, before there is a child that could do anything
    if (step != "execute" && step != "clone" && step != "prepare" && step != "watch") {
        text.append("cannot ").append(step).append(": ");
    }
    return text + errno_text(failure.error) + limit_hint(failure.error);
}

int status_of_start_failure(const SpawnFailure& failure) {
    if (std::string_view(failure.step) != "execute") {
        return kOwnErrorStatus;
    }
    return failure.error == ENOENT ? kNotFoundStatus : kNotExecutableStatus;
}

}  // namespace pipectl
