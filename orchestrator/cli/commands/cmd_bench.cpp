// pipectl bench: the channels themselves, without stages.

#include <signal.h>
#include <unistd.h>

#include <charconv>

#include "orchestrator/bench/bench.hpp"
#include "orchestrator/cli/completers.hpp"
#include "orchestrator/cli/load.hpp"
#include "orchestrator/command/command.hpp"
#include "orchestrator/command/common_options.hpp"
#include "orchestrator/command/given.hpp"
#include "orchestrator/command/output.hpp"
#include "orchestrator/preflight/preflight.hpp"
#include "stages/base/text.hpp"
#include "stages/base/units.hpp"

namespace pipectl {

namespace {

constexpr CommandOption kBenchOptions[] = {
    {"--channels", "A,B", "default: all", complete_channels},
    {"--rounds", "N", "how often each figure is taken; default: 3"},
    {"--time", "D", "how long a figure takes; default: 100ms"},
    {"--format", "text|json", "default: text"},
    kAsFormatOption,
};

int bench_command(const Given& given);

}  // namespace

extern constexpr Command kBenchCommand = {
    .name = "bench",
    .brief = "measure the channels themselves",
    .usage = "[OPTIONS]",
    .summary = "Measure the channels themselves, without stages.",
    .examples = R"(
  pipectl bench
  pipectl bench --channels pipe,unix,shm --rounds 9
  pipectl bench --format json > channels.json
)",
    .help = R"(
Two processes of pipectl's own stand at the ends: one fills every block, the other adds it up,
in place where the channel lets them. All channels are measured in turn, several times; the
figures are medians. Beside them stands what one core copies in memory.

Exit status: 0; 125 for wrong usage.
)",
    .options = kBenchOptions,
    .run = bench_command,
};

namespace {

constexpr int kMostRounds = 1000;

/// "pipe,unix": the kinds, or an error that was told.
std::optional<std::vector<const channel::Kind*>> kinds_in(const Given& given) {
    std::vector<const channel::Kind*> kinds;
    std::string list = given.value("--channels");
    if (list.empty()) {
        return std::vector(channel::kinds().begin(), channel::kinds().end());
    }
    while (!list.empty()) {
        const std::string name = list.substr(0, list.find(','));
        list.erase(0, name.size() + 1);
        const channel::Kind* const kind = channel::find_kind(name);
        if (kind == nullptr) {
            std::vector<std::string> known;
            for (const channel::Kind* each : channel::kinds()) {
                known.emplace_back(each->name);
            }
            usage_error(given.command(),
                        "there is no channel '" + name + "'" + did_you_mean(name, known));
            return std::nullopt;
        }
        kinds.push_back(kind);
    }
    return kinds;
}

int bench_command(const Given& given) {
    bench::Request request;
    const auto kinds = kinds_in(given);
    if (!kinds) return kOwnError;
    request.kinds = *kinds;
    const std::string rounds = given.value("--rounds", "3");
    const auto number =
        std::from_chars(rounds.data(), rounds.data() + rounds.size(), request.rounds);
    if (number.ec != std::errc() || number.ptr != rounds.data() + rounds.size() ||
        request.rounds < 1 || request.rounds > kMostRounds) {
        return usage_error(given.command(),
                           "--rounds is a number from 1 to 1000, not '" + rounds + "'");
    }
    const std::string time = given.value("--time", "100ms");
    const auto duration = parse_duration(time);
    if (!duration.ok() || duration.value().count() == 0) {
        return usage_error(given.command(),
                           "--time is a duration such as 100ms, not '" + time + "'");
    }
    request.time = duration.value();
    request.find_program = [](const std::string& name) {
        return find_helper(own_environment(), name);
    };
    const bool talks = ::isatty(STDERR_FILENO) != 0;
    if (talks) {
        request.on_step = [](const std::string& channel) {
            print_error("\r\x1b[K" + channel + " ...");
        };
    }
    try {
        const bench::Report report = bench::run(request);
        if (talks) print_error("\r\x1b[K");
        return print(given.json() ? bench::render_json(report) : bench::render_text(report));
    } catch (const bench::Interrupted& interrupted) {
        if (talks) print_error("\r\x1b[K");
        ::raise(interrupted.signal);  // its mask is as it was
        return kOwnError;
    }
}

}  // namespace

}  // namespace pipectl
