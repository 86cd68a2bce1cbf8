// pipectl-helper: the processes that a plan puts between stages, in one program that starts fast.

#include <csignal>
#include <cstdio>
#include <optional>
#include <string>
#include <variant>

#include "stages/base/error.hpp"
#include "stages/base/own_status.hpp"
#include "stages/base/text.hpp"
#include "stages/flow/jobs.hpp"
#include "stages/flow/moved.hpp"

namespace {

using namespace pipectl;

/// What is no job of a plan's: the guard, and the stages of `use`.
struct Entry {
    std::string_view name;
    int (*run)(const helper::Arguments& arguments);
};

constexpr Entry kOthers[] = {
    {"guard", helper::guard},       {"fill", helper::fill},   {"pass", helper::pass},
    {"digest", helper::digest},     {"count", helper::count}, {"hold", helper::hold},
    {"replicas", helper::replicas}, {"play", helper::play},   {"tty", helper::tty},
    {"measure", helper::measure},
};

constexpr const char* kUsage =
    "usage: pipectl-helper copy [--tell FD] [--memory BYTES [--disk BYTES] | --room BYTES] OUT...\n"
    "       pipectl-helper keep [--most BYTES] OUT FILE\n"
    "       pipectl-helper play\n"
    "       pipectl-helper deal [--tell FD] OUT...\n"
    "       pipectl-helper hash [--tell FD] FIELD OUT...\n"
    "       pipectl-helper route [--tell FD] FIELD TYPE,... OUT...\n"
    "       pipectl-helper concat IN...\n"
    "       pipectl-helper lines IN...\n"
    "       pipectl-helper follow END\n"
    "       pipectl-helper send [--lines] CHANNEL\n"
    "       pipectl-helper receive CHANNEL\n"
    "       pipectl-helper record EDGE FILE\n"
    "       pipectl-helper tap RING\n"
    "       pipectl-helper get [--listen | --connect] [--from-user any] [RAW] ENDPOINT\n"
    "       pipectl-helper put [--listen | --connect] [--lines] [--from-user any] [RAW] ENDPOINT\n"
    "       pipectl-helper hold [--tell FD] [--units SET:NUMBER:COUNT]... [--lock FILE] -- FILE "
    "WORDS...\n"
    "       pipectl-helper replicas --count N --block BYTES [--any] .. -- FILE WORDS...\n"
    "       pipectl-helper tty [--join] [--counts INDEX] -- FILE WORDS...\n"
    "       pipectl-helper guard RUN FOLDER [CGROUP]\n"
    "       pipectl-helper measure [--one-core] PART KIND BLOCK MICROSECONDS\n"
    "       pipectl-helper fill SIZE | pass | digest | count\n"
    "OUT, IN, END, CHANNEL, FILE of 'record', RING and FD are numbers of open descriptors; the "
    "other side is standard "
    "input or\n"
    "output. RAW: --raw and its options, as of 'pipectl recv' and 'send'. FD is told of each OUT "
    "that has got everything before the others have: process id\n"
    "and number, two ints.\n";

/// People know `pipectl recv` and `send`, and no job of ours by its name; of the others it says
/// which one it is.
int fail(std::string_view job, const std::string& message, int status) {
    const bool is_command = job == "get" || job == "put";
    const std::string line =
        "pipectl: " + (is_command ? "" : std::string(job) + ": ") + one_line(message) + "\n";
    std::fputs(line.c_str(), stderr);
    return status;
}

/// Nothing when there is no such job.
std::optional<int> run_any(std::string_view name, const helper::Arguments& arguments) {
    for (const Entry& entry : kOthers) {
        if (entry.name == name) return entry.run(arguments);
    }
    const auto job = job::job_of(name, arguments);
    if (!job) return std::nullopt;
    helper::check_descriptors(*job);
    return std::visit([](const auto& what) { return helper::run(what); }, *job);
}

std::optional<int> run_guarded(std::string_view name, const helper::Arguments& arguments) {
    try {
        return run_any(name, arguments);
    } catch (const helper::UsageError& error) {
        return fail(name, error.message, kOwnErrorStatus);
    } catch (const std::exception& error) {
        const bool stands_in = name == "replicas" || name == "tty";  // for a stage's program
        return fail(name, error.what(), stands_in ? kOwnErrorStatus : 1);
    }
}

}  // namespace

int main(int argc, char** argv) {
    std::signal(SIGXFSZ, SIG_IGN);  // past RLIMIT_FSIZE, write(2) is to fail and not to kill
    const std::string_view name = argc > 1 ? argv[1] : "";
    if (argc > 1 && name != "--help") {
        // what it becomes counts
        if (name != "hold") helper::share_counts();
        if (const auto status = run_guarded(name, helper::Arguments(argv + 2, argv + argc))) {
            return *status;
        }
    }
    std::fputs(kUsage, name == "--help" ? stdout : stderr);
    return name == "--help" ? 0 : kOwnErrorStatus;
}
