#include "orchestrator/cli/run_words.hpp"

namespace pipectl {

RunOptions run_options_of(const Given& given) {
    RunOptions options;
    options.colour = given.value(kColourOption.name);
    options.progress = given.value("--progress");
    options.json = given.value("--json");
    options.html = given.value("--html");
    options.events = given.value("--events");
    options.joblog = given.value("--joblog");
    options.trace = given.value("--trace");
    if (given.knows("--record")) options.record = given.value("--record");
    options.quiet = given.has("--quiet");
    options.summary = given.has("--summary");
    options.dry_run = given.has("--dry-run");
    options.prefix = given.has("--prefix");
    return options;
}

}  // namespace pipectl
