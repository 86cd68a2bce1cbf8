#include "orchestrator/cli/item_run.hpp"

#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "orchestrator/command/output.hpp"
#include "orchestrator/process/surroundings.hpp"
#include "stages/base/error.hpp"

namespace pipectl {

/// Of the whole there is one of each: reports, the summary, the live block.
ItemRun::ItemRun(const RunOptions& whole, const Loaded& all, std::size_t number, int stdout_file)
    : options(whole), loaded(all), index(number), output(stdout_file) {
    for (std::string* const file :
         {&options.json, &options.html, &options.events, &options.joblog, &options.trace}) {
        file->clear();
    }
    options.summary = false;
    options.progress = "never";
    options.resume = nullptr;
}

int run_item(const ItemRun& run) {
    ::signal(SIGPIPE, SIG_DFL);
    const Fd null = open_null_device();
    const auto become = [](int fd, int number) { return fd < 0 || ::dup2(fd, number) >= 0; };
    if (!become(null.get(), STDIN_FILENO) || !become(run.output, STDOUT_FILENO) ||
        !become(run.errors.get(), STDERR_FILENO)) {
        throw SystemError("cannot set up an item", errno);
    }
    PlanRequest request = run.loaded.request;
    request.item = run.loaded.items->at(run.index);
    Loaded loaded;
    loaded.source = run.loaded.source;
    loaded.definition = run.loaded.definition;
    loaded.request = request;
    PlanResult planned = make_plan(loaded.definition, request);
    loaded.plan = std::move(planned.plan);
    loaded.plan.name += "[" + run.loaded.items->label(run.index) + "]";
    loaded.plan.lock.reset();  // it is held for all
    if (has_errors(planned.diagnostics)) {
        show_diagnostics(loaded.source, planned.diagnostics, run.options.colour);
        return kOwnError;
    }
    return run_looked_up(run.options, loaded);
}

}  // namespace pipectl
