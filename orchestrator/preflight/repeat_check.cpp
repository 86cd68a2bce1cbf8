#include "orchestrator/preflight/repeat_check.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <utility>

#include "orchestrator/files/output_target.hpp"
#include "stages/base/own_status.hpp"

namespace pipectl {

namespace {

/// A file, or a device that is the same each time (null(4), zero(4)).
bool can_be_read_again(int fd) {
    struct stat info {};
    if (::fstat(fd, &info) != 0) return true;  // it is not there, and never will be
    return S_ISREG(info.st_mode) || (S_ISCHR(info.st_mode) && ::isatty(fd) == 0);
}

bool is_kept_back(const OutputFile& output) {
    struct stat info {};
    if (own_descriptor(output.path) >= 0) return false;
    return ::stat(output.path.c_str(), &info) != 0 || S_ISREG(info.st_mode) ||
           (S_ISCHR(info.st_mode) && info.st_rdev == 0x103);  // null(4): major 1, minor 3
}

PreflightFailure failure(int process, Place place, std::string message, std::string hint) {
    Diagnostic diagnostic;
    diagnostic.place = place;
    diagnostic.message = std::move(message);
    diagnostic.hint = std::move(hint);
    return {process, std::move(diagnostic), kOwnErrorStatus};
}

}  // namespace

std::vector<PreflightFailure> check_repeatable(const Plan& plan, const std::vector<Fd>& inputs) {
    std::vector<PreflightFailure> failures;
    if (plan.retries == 0) return failures;
    for (int i = 0; i < static_cast<int>(plan.processes.size()); ++i) {
        const Process& process = plan.processes[i];
        const std::string who = "stage '" + process.name + "' ";
        for (const Descriptor& each : process.descriptors) {
            const std::size_t index = each.index;
            if (each.what == Descriptor::What::inherited && index == 0 &&
                !can_be_read_again(STDIN_FILENO)) {
                failures.push_back(failure(
                    i, process.place,
                    who + "reads pipectl's own stdin, which cannot be read again, and the run has "
                          "`retries`",
                    "what it does not read: stdin = { null = true }; else a file"));
            }
            if (each.what == Descriptor::What::input_file && index < inputs.size() &&
                inputs[index] && !can_be_read_again(inputs[index].get())) {
                failures.push_back(failure(i, plan.inputs[index].place,
                                           "'" + plan.inputs[index].path +
                                               "' cannot be read again, and the run has `retries`",
                                           "a regular file can"));
            }
            if (each.what == Descriptor::What::output_file && each.number != 2 &&
                !is_kept_back(plan.outputs[index])) {
                failures.push_back(
                    failure(i, plan.outputs[index].place,
                            "'" + plan.outputs[index].path +
                                "' shows what an attempt writes at once, and the "
                                "run has `retries`",
                            "a regular file is replaced when the run has succeeded"));
            }
        }
    }
    return failures;
}

}  // namespace pipectl
