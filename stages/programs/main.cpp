// pipectl-helper: the processes that a plan puts between stages, in one program that starts fast.

#include <csignal>
#include <cstdio>
#include <string>

#include "stages/base/error.hpp"
#include "stages/base/text.hpp"
#include "stages/flow/job.hpp"
#include "stages/flow/moved.hpp"

namespace {

using namespace pipectl;

struct Entry {
    std::string_view name;
    helper::Job job;
};

constexpr Entry kJobs[] = {
    {"copy", helper::copy},     {"deal", helper::deal},     {"hash", helper::hash},
    {"route", helper::route},   {"concat", helper::concat}, {"lines", helper::lines},
    {"follow", helper::follow}, {"send", helper::send},     {"receive", helper::receive},
    {"get", helper::get},       {"put", helper::put},       {"guard", helper::guard},
    {"fill", helper::fill},     {"pass", helper::pass},     {"digest", helper::digest},
    {"count", helper::count},
};

constexpr const char* kUsage =
    "usage: pipectl-helper copy [--tell FD] [--memory BYTES [--disk BYTES] | --room BYTES] OUT...\n"
    "       pipectl-helper deal [--tell FD] OUT...\n"
    "       pipectl-helper hash [--tell FD] FIELD OUT...\n"
    "       pipectl-helper route [--tell FD] FIELD TYPE,... OUT...\n"
    "       pipectl-helper concat IN...\n"
    "       pipectl-helper lines IN...\n"
    "       pipectl-helper follow END\n"
    "       pipectl-helper send [--lines] CHANNEL\n"
    "       pipectl-helper receive CHANNEL\n"
    "       pipectl-helper get [--listen | --connect] [--from-user any] ENDPOINT\n"
    "       pipectl-helper put [--listen | --connect] [--lines] [--from-user any] ENDPOINT\n"
    "       pipectl-helper guard RUN FOLDER [CGROUP]\n"
    "       pipectl-helper fill SIZE | pass | digest | count\n"
    "OUT, IN, END, CHANNEL and FD are numbers of open descriptors; the other side is standard "
    "input or\n"
    "output. FD is told of each OUT that has got everything before the others have: process id\n"
    "and number, two ints.\n";

constexpr int kWrongUsage = 125;  // as everywhere in pipectl

/// People know `pipectl recv` and `send`, and no job of ours by its name; of the others it says
/// which one it is.
int fail(std::string_view job, const std::string& message, int status) {
    const bool is_command = job == "get" || job == "put";
    const std::string line =
        "pipectl: " + (is_command ? "" : std::string(job) + ": ") + one_line(message) + "\n";
    std::fputs(line.c_str(), stderr);
    return status;
}

int run(const Entry& entry, const helper::Arguments& arguments) {
    try {
        return entry.job(arguments);
    } catch (const helper::UsageError& error) {
        return fail(entry.name, error.message, kWrongUsage);
    } catch (const std::exception& error) {
        return fail(entry.name, error.what(), 1);
    }
}

}  // namespace

int main(int argc, char** argv) {
    std::signal(SIGXFSZ, SIG_IGN);  // past RLIMIT_FSIZE, write(2) is to fail and not to kill
    const std::string_view name = argc > 1 ? argv[1] : "";
    for (const Entry& entry : kJobs) {
        if (entry.name != name) continue;
        helper::share_counts();
        return run(entry, helper::Arguments(argv + 2, argv + argc));
    }
    std::fputs(kUsage, name == "--help" ? stdout : stderr);
    return name == "--help" ? 0 : kWrongUsage;
}
