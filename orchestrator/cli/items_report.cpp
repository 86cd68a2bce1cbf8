#include "orchestrator/cli/items_report.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <exception>

#include "orchestrator/cli/run_history.hpp"
#include "orchestrator/command/colour.hpp"
#include "orchestrator/command/output.hpp"
#include "orchestrator/pages/run_page.hpp"
#include "orchestrator/preflight/terminal_use.hpp"
#include "orchestrator/report/items_table.hpp"
#include "orchestrator/report/joblog.hpp"
#include "orchestrator/report/record.hpp"
#include "stages/base/error.hpp"
#include "stages/base/json.hpp"

namespace pipectl {

namespace {

/// Of so many items there is more than a row: those that failed first.
constexpr std::size_t kMostShownRuns = 100;
constexpr std::size_t kMostTracedRuns = 500;
constexpr std::size_t kLongestEvent = std::size_t{1} << 20;
constexpr std::size_t kListenBlock = std::size_t{1} << 16;
constexpr std::chrono::milliseconds kLastPatience{2000};

/// Which of pipectl's own descriptors an item's processes have.
std::array<bool, 3> own_of_items(bool direct) {
    return {false, direct, true};
}

std::pair<Fd, Fd> nonblocking_pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw SystemError("cannot create a pipe", errno);
    std::pair<Fd, Fd> made{Fd(ends[0]), Fd(ends[1])};
    ::fcntl(made.first.get(), F_SETFL, O_NONBLOCK);
    return made;
}

/// Nothing when there is nothing more now.
std::string read_some(int fd) {
    std::string text(kListenBlock, '\0');
    const ssize_t got = ::read(fd, text.data(), text.size());
    text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return text;
}

bool went_well(const ItemSummary& item) {
    return item.end && is_well(item.end->verdict);
}

}  // namespace

ItemsReport::ItemsReport(const RunOptions& options, const Loaded& loaded, bool direct,
                         Summary& summary)
    : options_(options),
      summary_(summary),
      json_(options.json),
      html_(options.html),
      joblog_(options.joblog),
      trace_(options.trace),
      display_(options.progress, options.quiet, terminal_use(loaded.plan, own_of_items(direct)).any,
               teller_) {
    if (!options.events.empty()) {
        teller_.send_events_to(open_stream(options.events), options.events);
    }
}

ItemVoice ItemsReport::make_voice(RunOptions& of_item, Fd& events_end, Fd& stderr_end) const {
    ItemVoice voice;
    if (teller_.has_events()) {
        std::tie(voice.events, events_end) = nonblocking_pipe();
        of_item.item.events = events_end.get();
    }
    if (display_.is_block()) {
        std::tie(voice.words, stderr_end) = nonblocking_pipe();
        of_item.colour = use_colour(options_.colour, STDERR_FILENO) ? "always" : "never";
    }
    of_item.item.watched = static_cast<bool>(trace_);
    return voice;
}

void ItemsReport::started(std::size_t item) {
    if (!teller_.has_events()) return;
    JsonWriter json;
    json.begin_object().member("item", item).member("t", *summary_.items[item].start_s);
    json.member("event", "item-started").member("run", summary_.items[item].run);
    json.key("values").begin_object();
    for (const RunParameter& value : summary_.items[item].values) {
        json.member(value.name, value.value);
    }
    json.end_object().end_object();
    tell_event(json.take() + "\n");
}

/// What its run told, each line with the item's number before it.
void ItemsReport::listen(std::size_t item, ItemVoice& voice) {
    while (voice.events) {
        const std::string text = read_some(voice.events.get());
        if (text.empty()) break;
        voice.line += text;
        std::size_t at = 0;
        for (std::size_t end = 0; (end = voice.line.find('\n', at)) != std::string::npos;
             at = end + 1) {
            tell_event("{\"item\":" + std::to_string(item) + "," +
                       voice.line.substr(at + 1, end - at));
        }
        voice.line.erase(0, at);
        if (voice.line.size() > kLongestEvent) voice.line.clear();
    }
    while (voice.words) {
        const std::string text = read_some(voice.words.get());
        if (text.empty()) break;
        display_.clear();
        teller_.say(text);
    }
}

void ItemsReport::tell_item_ended(std::size_t item) {
    const ItemSummary& summary = summary_.items[item];
    JsonWriter json;
    json.begin_object().member("item", item).member("t", *summary.end_s);
    json.member("event", "item-ended").member("verdict", verdict_name(summary.end->verdict));
    json.member("exit", summary.end->exit).member("failed", summary.failed).end_object();
    tell_event(json.take() + "\n");
}

void ItemsReport::ended(std::size_t item, const std::optional<Summary>& run) {
    if (teller_.has_events()) tell_item_ended(item);
    if (run) keep_run(item, *run);
}

void ItemsReport::keep_run(std::size_t item, const Summary& run) {
    if (trace_ && traced_.size() < kMostTracedRuns) {
        traced_.push_back({run, *summary_.items[item].start_s});
    }
    if (!html_) return;
    const bool full = runs_.size() >= kMostShownRuns;
    if (full) {
        // one that went well gives way to one that did not
        if (went_well(summary_.items[item])) return;
        const auto other = std::ranges::find_if(
            runs_, [&](const auto& each) { return went_well(summary_.items[each.first]); });
        if (other == runs_.end()) return;
        runs_.erase(other);
    }
    runs_.emplace_back(item, run);
    runs_.back().second.moments.clear();
}

void ItemsReport::look(double now_s) {
    teller_.push();
    if (!display_.due(now_s)) return;
    summary_.wall_s = now_s;
    display_.show(
        {[&](std::size_t columns, std::size_t rows) {
             return items_block(summary_, columns, rows);
         },
         [&] { return items_title(summary_); }, [&] { return "pipectl: " + items_title(summary_); },
         summary_.items.empty() ? std::nullopt
                                : std::optional(static_cast<int>(
                                      100 * count_items(summary_).over() / summary_.items.size())),
         // a title between two halves of a character would break it
         [&] { return display_.is_block() || ::isatty(STDOUT_FILENO) != 1; }},
        now_s);
}

int ItemsReport::patience_ms() const {
    constexpr double kMilliseconds = 1000;
    return display_.on() ? static_cast<int>(display_.between_s() * kMilliseconds) : -1;
}

bool ItemsReport::finish() {
    display_.clear();
    const RunEnded& end = *summary_.end;
    if (teller_.has_events()) {
        JsonWriter json;
        json.begin_object().member("t", summary_.wall_s).member("event", "items-ended");
        json.member("verdict", verdict_name(end.verdict)).member("exit", end.exit).end_object();
        tell_event(json.take() + "\n");
    }
    const bool colour = use_colour(options_.colour, STDERR_FILENO);
    if (end.verdict != Verdict::ok || options_.summary) {
        teller_.say(render_items_line(summary_));
    }
    if (options_.summary) teller_.say(render_items_table(summary_, colour));
    remember_run(options_, summary_, teller_);
    teller_.drain(kLastPatience, {});
    bool all = !teller_.has_lost_events();
    const auto write = [&](ReportFile& file, auto render) {
        try {
            if (file) file.write(render());
        } catch (const std::exception& error) {
            own_error(error.what());
            all = false;
        }
    };
    // failures first, in the order of the items
    std::ranges::sort(runs_, [&](const auto& a, const auto& b) {
        return std::pair(went_well(summary_.items[a.first]), a.first) <
               std::pair(went_well(summary_.items[b.first]), b.first);
    });
    write(json_, [&] { return render_record_json(summary_); });
    write(html_, [&] { return render_items_page(summary_, runs_); });
    write(joblog_, [&] { return render_joblog(summary_); });
    write(trace_, [&] { return render_items_trace(summary_, traced_); });
    return all;
}

}  // namespace pipectl
