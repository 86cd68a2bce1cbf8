// pipectl cache: the streams that runs have kept for later ones.

#include <algorithm>
#include <ctime>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "orchestrator/cache/folder.hpp"
#include "orchestrator/cli/kept_run.hpp"
#include "orchestrator/command/command.hpp"
#include "orchestrator/command/common_options.hpp"
#include "orchestrator/command/given.hpp"
#include "orchestrator/command/offers.hpp"
#include "orchestrator/command/output.hpp"
#include "orchestrator/history/spool.hpp"
#include "orchestrator/report/wording.hpp"
#include "orchestrator/text/width.hpp"
#include "stages/base/json.hpp"
#include "stages/base/text.hpp"
#include "stages/base/units.hpp"

namespace pipectl {

namespace {

constexpr CommandOption kCacheOptions[] = {
    json_option("an object with the folder, its limit and its streams; of clean what was removed"),
};

void complete_cache_actions(Offers& candidates, const std::vector<std::string>& before) {
    if (before.empty()) candidates.add_words("ls clean");
}

constexpr CommandOperand kCacheOperands[] = {
    {"ls|clean", CommandOperand::Count::one, complete_cache_actions}};

int cache_command(const Given& given);

}  // namespace

extern constexpr Command kCacheCommand = {
    .name = "cache",
    .takes = "ls|clean",
    .brief = "streams that runs keep for later ones",
    .usage = "ls|clean [OPTIONS]",
    .summary = "List, or remove, the streams that runs have kept for later ones.",
    .examples = R"(
  pipectl cache ls
  pipectl cache ls --json | jq '[.streams[].bytes] | add'
  pipectl cache clean
)",
    .help = R"(
They are kept in $XDG_CACHE_HOME/pipectl (else ~/.cache/pipectl), by stages with `cache = true` and
by 'run --cached'. When they are more than PIPECTL_CACHE_SIZE (10GiB), those that were used least
lately go. Whoever plays one goes on when it is removed. 'clean' also removes what failed runs have
left for 'pipectl resume'.
)",
    .options = kCacheOptions,
    .operands = kCacheOperands,
    .run = cache_command,
};

namespace {

constexpr std::size_t kShownKey = 12;

long shown(std::uint64_t bytes) {
    return static_cast<long>(bytes);
}

std::string time_text(std::time_t time) {
    std::tm parts{};
    ::gmtime_r(&time, &parts);
    char text[32];
    std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
    return static_cast<const char*>(text);
}

int list_streams(const CacheFolder& folder, bool as_json) {
    std::vector<CacheEntry> all = folder.entries();
    std::ranges::sort(all, std::greater{}, [](const CacheEntry& entry) {
        return std::pair(entry.used.tv_sec, entry.used.tv_nsec);
    });
    std::uint64_t total = 0;
    std::size_t width = 0;
    for (const CacheEntry& entry : all) {
        total += entry.size;
        width = std::max(width, format_memory(shown(entry.bytes)).size());
    }
    if (as_json) {
        JsonWriter json(2);
        json.begin_object().member("folder", folder.path()).member("limit", cache_limit());
        json.member("bytes", total).key("streams").begin_array();
        for (const CacheEntry& entry : all) {
            json.begin_object().member("key", entry.key).member("stage", entry.about);
            json.member("bytes", entry.bytes).member("used_at", time_text(entry.used.tv_sec));
            json.end_object();
        }
        json.end_array().end_object();
        return print(json.take() + "\n");
    }
    std::string text;
    for (const CacheEntry& entry : all) {
        text += entry.key.substr(0, kShownKey) + "  " +
                padded_left(format_memory(shown(entry.bytes)), width) + "  " +
                time_text(entry.used.tv_sec) + "  " + one_line(entry.about) + "\n";
    }
    const std::string of =
        format_memory(shown(total)) + " of " + format_memory(shown(cache_limit()));
    return print(text + std::to_string(all.size()) +
                 (all.size() == 1 ? " stream, " : " streams, ") + of + "\n");
}

int clean_streams(const CacheFolder& folder, bool as_json) {
    std::size_t count = folder.entries().size();
    std::uint64_t removed = folder.shrink(0);
    if (const CacheFolder left = CacheFolder::open_left(history::folder()); left.usable()) {
        count += left.entries().size();
        removed += left.shrink(0);
        const KeptRuns runs;
        for (const std::string& id : runs.ids()) {
            if (const Fd locked = runs.lock(id)) runs.remove(id);
        }
    }
    if (as_json) {
        JsonWriter json(1);
        json.begin_object().member("folder", folder.path()).member("removed", count);
        json.member("bytes", removed).end_object();
        return print(json.take() + "\n");
    }
    return print("removed " + std::to_string(count) + (count == 1 ? " stream, " : " streams, ") +
                 format_memory(shown(removed)) + "\n");
}

int cache_command(const Given& given) {
    const std::string action = given.operand(0);
    if (action != "ls" && action != "clean") {
        return usage_error(given.command(), "'" + printable(action) + "' is neither ls nor clean");
    }
    const CacheFolder folder = CacheFolder::open();
    if (!folder.usable()) return own_error("no cache: " + folder.problem());
    return action == "ls" ? list_streams(folder, given.json())
                          : clean_streams(folder, given.json());
}

}  // namespace

}  // namespace pipectl
