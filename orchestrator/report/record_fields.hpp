#pragma once

// The members of the record and of the events: each is described here (those that only events have
// in event_fields.hpp), and nowhere else.
//
// `fields(each, value)` hands the value's members to the visitor `each`, by name and in the order
// in which they are written. FieldWriter makes JSON of them, the reader of records fills them from
// JSON, a test holds the tables of README.md against them. A visitor offers:
//
//   each("name", member)                a text, flag, number, word, struct; a list or optional
//   each.signal("name", number)         a signal, by its name
//   each.stage("name", index)           a process of the run, by its name
//   each.lines("name", text)            a text as an array of its lines, left out when empty
//   each.null_unless(known, body)       what `body` hands over is null unless it is `known`
//   each.part("key", optional, body)    an optional struct whose members are those of the object
//                                       around it: null without it, and there if "key" is not null
//   each.left_out_if(none, "name", m)   never null, but left out where there is `none`
//   each.stages("name", stages, which)  the stages, or the helpers, of the run's processes
//   each.timeline("name", run)          the run's moments, by columns
//
// Conditions are the writer's. A reader takes what is there; of a member that may be null or left
// out, and is, the value keeps its default.

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <type_traits>

#include "orchestrator/report/record.hpp"
#include "orchestrator/report/summary.hpp"

namespace pipectl {

/// One description serves those that write (the values are const) and those that read.
template <class Type, class Of>
concept Is = std::same_as<std::remove_const_t<Type>, Of>;

/// What a reader takes for a whole number; the type of the member bounds it as well.
struct Range {
    std::int64_t least = 0;
    std::int64_t most = std::numeric_limits<std::int64_t>::max();
};
inline constexpr Range kPid = {1};
inline constexpr Range kStatus = {0, 255};
inline constexpr Range kOrUnknown = {-1};
inline constexpr Range kSigned = {std::numeric_limits<std::int64_t>::min()};

/// Always written; records of earlier versions do not have it.
void later(auto& each, const char* name, auto& value) {
    each.left_out_if(false, name, value);
}

void signal_or_null(auto& each, auto& number) {
    each.null_unless(number != 0, [&] { each.signal("signal", number); });
}

/// By itself or by a signal: one of the two is null.
void status_fields(auto& each, Is<std::optional<ExitStatus>> auto& status) {
    int signal = status ? status->signal : 0;
    std::optional<int> code;
    if (status && signal == 0) code = status->code;
    each("exit", code, kStatus);
    signal_or_null(each, signal);
    if constexpr (!std::is_const_v<std::remove_reference_t<decltype(status)>>) {
        if (code || signal != 0) status = {code.value_or(0), code ? 0 : signal, false};
    }
}

void use_fields(auto& each, Is<ResourceUse> auto& use) {
    each("user_s", use.user_s)("sys_s", use.system_s)("max_rss_bytes", use.max_rss_bytes);
}

void fields(auto& each, Is<ReplicaWork> auto& replica) {
    each("blocks", replica.blocks);
    each("bytes_in", replica.bytes_in)("bytes_out", replica.bytes_out);
    each("user_s", replica.user_s)("sys_s", replica.system_s);
    each("max_rss_bytes", replica.max_rss_bytes);
}

void account_fields(auto& each, Is<Account> auto& account, bool looked) {
    each("bytes_in", account.bytes_in)("bytes_in_are", account.in_is);
    each("bytes_out", account.bytes_out)("bytes_out_are", account.out_is);
    later(each, "samples", account.samples);
    each.null_unless(looked, [&] {
        each("running_s", account.running_s);
        each("blocked_in_s", account.input_s)("blocked_out_s", account.output_s);
        each("disk_s", account.disk_s)("sleeping_s", account.sleeping_s);
    });
    each("first_byte_s", account.first_byte_s);
}

void level_fields(auto& each, Is<EdgeAccounted> auto& level, bool known) {
    each("bytes", level.bytes)("bytes_are", level.bytes_are);
    each.left_out_if(!known, "samples", level.samples);
    each("empty", level.empty)("full", level.full)("room", level.room);
}

void ending_fields(auto& each, Is<RunEnded> auto& end) {
    each("verdict", end.verdict)("exit", end.exit, kStatus);
    signal_or_null(each, end.signal);
    each("message", end.message);
}

void fields(auto& each, Is<RunHost> auto& host) {
    each("name", host.name)("engine", host.engine)("machine", host.machine);
    each("clock_offset_s", host.clock_offset_s, kSigned)("clock_error_s", host.clock_error_s);
}

void origin_fields(auto& each, auto& run) {
    each("run", run.run)("pipeline", run.pipeline);
    each("source", run.source)("started_at", run.started_at);
}

void ends_fields(auto& each, auto& edge) {
    each("from", edge.from)("to", edge.to)("via", edge.via);
}

void fields(auto& each, Is<OutputDecided> auto& output) {
    each("path", output.path)("replaced", output.replaced)("error", output.error);
}

void fields(auto& each, Is<CacheUsed> auto& used) {
    each("stage", used.stage)("what", used.what)("bytes", used.bytes)("reason", used.reason);
}

void fields(auto& each, Is<LeftoverFound> auto& leftover) {
    each("pid", leftover.pid, kPid)("command", leftover.command);
    each("stage", leftover.stage)("kept", leftover.kept);
}

void fields(auto& each, Is<CancelBegan> auto& cancel) {
    each("why", cancel.why);
    each.null_unless(cancel.process >= 0, [&] { each.stage("stage", cancel.process); });
    signal_or_null(each, cancel.signal);
    each("message", cancel.message);
}

// What only the record has

void fields(auto& each, Is<AttemptSummary> auto& attempt) {
    each("verdict", attempt.verdict)("exit", attempt.exit, kStatus);
    each.null_unless(attempt.stage >= 0, [&] { each.stage("stage", attempt.stage); });
    each("start_s", attempt.start_s)("end_s", attempt.end_s);
}

void fields(auto& each, Is<CancelSummary> auto& cancel) {
    fields(each, cancel.what);
    each("at_s", cancel.at_s);
}

void fields(auto& each, Is<SentSignal> auto& sent) {
    each.signal("signal", sent.signal);
    each("at_s", sent.at_s);
}

void fields(auto& each, Is<StageSummary> auto& stage) {
    each("name", stage.name)("argv", stage.argv);
    each("pid", stage.pid, kPid);
    each("verdict", stage.verdict);
    status_fields(each, stage.status);
    each.left_out_if(stage.restarts == 0, "restarts", stage.restarts);
    each.left_out_if(!stage.rests, "rests", stage.rests);
    each.left_out_if(stage.limit.empty(), "limit", stage.limit);
    each.left_out_if(stage.waited_for.empty(), "waited_for", stage.waited_for);
    each.left_out_if(!stage.waits_from_s, "waits_from_s", stage.waits_from_s);
    each("start_s", stage.start_s)("end_s", stage.end_s);
    each.null_unless(stage.end_s.has_value(), [&] {
        use_fields(each, stage.use);
        each("voluntary_switches", stage.use.voluntary_switches);
        each("involuntary_switches", stage.use.involuntary_switches);
    });
    each.part("bytes_in_are", stage.account,
              [&](auto& account) { account_fields(each, account, account.samples > 0); });
    each.left_out_if(stage.replicas.empty(), "replicas", stage.replicas);
    each("signals_sent", stage.signals);
    each.left_out_if(stage.start_error.empty(), "start_error", stage.start_error);
    each.lines("stderr_tail", stage.stderr_tail);
    each.left_out_if(stage.line == 0, "line", stage.line);
    each.left_out_if(!stage.cached, "cached", stage.cached);
    each.left_out_if(stage.host.empty(), "host", stage.host);
}

void fields(auto& each, Is<EdgeSummary> auto& edge) {
    const bool known = edge.account.has_value();
    ends_fields(each, edge);
    each.part("bytes_are", edge.account, [&](auto& level) { level_fields(each, level, known); });
}

void fields(auto& each, Is<Bottleneck> auto& found) {
    each.stage("stage", found.stage);
    each("reason", found.reason)("suggestion", found.suggestion);
}

void fields(auto& each, Is<ItemSummary> auto& item) {
    each("run", item.run)("values", item.values);
    each.part("verdict", item.end, [&](auto& end) { ending_fields(each, end); });
    each("start_s", item.start_s)("end_s", item.end_s);
    each("failed", item.failed)("bytes_out", item.bytes_out);
}

/// What the timeline names beside column_fields(). Each array has an element for each moment.
namespace timeline {
inline constexpr const char* kName = "timeline";
inline constexpr const char* kTimes = "t";
inline constexpr const char* kStages = "stages";
inline constexpr const char* kActivity = "activity";  ///< a text: a letter for each moment
inline constexpr const char* kEdges = "edges";
inline constexpr const char* kFilled = "filled";
}  // namespace timeline

/// What the timeline has of a stage for each moment, beside its activity.
void column_fields(auto each) {
    each("bytes_in", &Sampled::Process::bytes_in, kOrUnknown);
    each("bytes_out", &Sampled::Process::bytes_out, kOrUnknown);
    each("cpu_s", &Sampled::Process::cpu_s, Range());
    each("rss_bytes", &Sampled::Process::rss_bytes, Range());
}

void fields(auto& each, Is<Summary> auto& run) {
    int schema = kRecordSchema;
    each("schema", schema);
    origin_fields(each, run);
    each("cleanup", run.cleanup);
    each.part("verdict", run.end, [&](auto& end) { ending_fields(each, end); });
    each("wall_s", run.wall_s);
    each.left_out_if(!run.stopped_s, "stopped_s", run.stopped_s);
    later(each, "params", run.params);
    each.left_out_if(run.hosts.empty(), "hosts", run.hosts);
    each.left_out_if(run.attempts.empty(), "attempts", run.attempts);
    each("cancel", run.cancel);
    each.stages("stages", run.stages, false);
    each.stages("helpers", run.stages, true);
    each("edges", run.edges)("outputs", run.outputs)("leftovers", run.leftovers);
    each.left_out_if(run.cache.empty(), "cache", run.cache);
    each("bottleneck", run.bottleneck);
    each.left_out_if(run.items.empty(), "items", run.items);
    each.timeline(timeline::kName, run);
}

}  // namespace pipectl
