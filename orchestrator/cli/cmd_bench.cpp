// pipectl bench: the channels themselves, without stages.

#include <signal.h>
#include <unistd.h>

#include <charconv>

#include "orchestrator/bench/bench.hpp"
#include "orchestrator/cli/arguments.hpp"
#include "orchestrator/cli/commands.hpp"
#include "orchestrator/cli/load.hpp"
#include "orchestrator/preflight/preflight.hpp"
#include "stages/base/text.hpp"
#include "stages/base/units.hpp"

namespace pipectl {

namespace {

constexpr CommandHelp kBenchHelp = {
    "bench", "[OPTIONS]", "Measure the channels themselves, without stages.",
    "  pipectl bench\n"
    "  pipectl bench --channels pipe,unix,shm --rounds 9\n"
    "  pipectl bench --format json > channels.json\n",
    "Two processes of pipectl's own stand at the ends: one fills every block, the other adds it "
    "up,\n"
    "in place where the channel lets them. All channels are measured in turn, several times; the\n"
    "figures are medians. Beside them stands what one core copies in memory.\n"
    "\n"
    "Exit status: 0; 125 for wrong usage.\n"};

constexpr int kMostRounds = 1000;

/// "pipe,unix": the kinds, or an error that was told.
std::optional<std::vector<const channel::Kind*>> kinds_in(std::string_view list) {
    std::vector<const channel::Kind*> kinds;
    if (list.empty()) {
        return std::vector(channel::kinds().begin(), channel::kinds().end());
    }
    while (!list.empty()) {
        const std::string name(list.substr(0, list.find(',')));
        list.remove_prefix(std::min(list.size(), name.size() + 1));
        const channel::Kind* const kind = channel::find_kind(name);
        if (kind == nullptr) {
            std::vector<std::string> known;
            for (const channel::Kind* each : channel::kinds()) {
                known.emplace_back(each->name);
            }
            usage_error(kBenchHelp,
                        "there is no channel '" + name + "'" + did_you_mean(name, known));
            return std::nullopt;
        }
        kinds.push_back(kind);
    }
    return kinds;
}

}  // namespace

int bench_command(const std::vector<std::string>& words) {
    std::string channels;
    std::string rounds = "3";
    std::string time = "100ms";
    std::string format = "text";
    Arguments arguments(kBenchHelp);
    arguments.option("--channels", channels, "A,B", "default: all");
    arguments.option("--rounds", rounds, "N", "how often each figure is taken; default: 3");
    arguments.option("--time", time, "D", "how long a figure takes; default: 100ms");
    arguments.choice("--format", format, {"text", "json"}, "default: text");
    if (const auto status = arguments.parse(words)) {
        return *status;
    }
    bench::Request request;
    const auto kinds = kinds_in(channels);
    if (!kinds) return kOwnError;
    request.kinds = *kinds;
    const auto number =
        std::from_chars(rounds.data(), rounds.data() + rounds.size(), request.rounds);
    if (number.ec != std::errc() || number.ptr != rounds.data() + rounds.size() ||
        request.rounds < 1 || request.rounds > kMostRounds) {
        return usage_error(kBenchHelp, "--rounds is a number from 1 to 1000, not '" + rounds + "'");
    }
    const auto duration = parse_duration(time);
    if (!duration.ok() || duration.value().count() == 0) {
        return usage_error(kBenchHelp, "--time is a duration such as 100ms, not '" + time + "'");
    }
    request.time = duration.value();
    request.helper = find_helper(own_environment());
    const bool talks = ::isatty(STDERR_FILENO) != 0;
    if (talks) {
        request.on_step = [](const std::string& channel) {
            print_error("\r\x1b[K" + channel + " ...");
        };
    }
    try {
        const bench::Report report = bench::run(request);
        if (talks) print_error("\r\x1b[K");
        return print(format == "json" ? bench::render_json(report) : bench::render_text(report));
    } catch (const bench::Interrupted& interrupted) {
        if (talks) print_error("\r\x1b[K");
        ::raise(interrupted.signal);  // its mask is as it was
        return kOwnError;
    }
}

}  // namespace pipectl
