#pragma once

// The members of those events that record_fields.hpp does not describe, and the events' names.

#include <array>
#include <variant>

#include "orchestrator/report/record_fields.hpp"

namespace pipectl {

/// In the order of Event::what.
inline constexpr std::array kEventNames = {
    "run-started",     "process-waits",  "process-started", "start-failed",   "process-ended",
    "restart-planned", "process-judged", "cancel-began",    "attempt-failed", "end-held-back",
    "signal-sent",     "leftover-found", "stderr-tail",     "output-decided", "process-accounted",
    "edge-accounted",  "sampled",        "cache-used",      "run-ended"};
static_assert(kEventNames.size() == std::variant_size_v<decltype(Event::what)>);

void fields(auto& each, Is<RunStarted::Process> auto& process) {
    each("name", process.name)("helper", process.helper);
    each("argv", process.argv)("line", process.line);
    each.left_out_if(!process.cached, "cached", process.cached);
    each.left_out_if(process.host.empty(), "host", process.host);
}

void fields(auto& each, Is<RunStarted::Edge> auto& edge) {
    ends_fields(each, edge);
}

void fields(auto& each, Is<RunStarted> auto& start) {
    origin_fields(each, start);
    each("stages", start.processes)("edges", start.edges)("params", start.params);
    each.left_out_if(start.hosts.empty(), "hosts", start.hosts);
}

void fields(auto& each, Is<ProcessWaits> auto& waits) {
    each.stage("stage", waits.process);
    each("pid", waits.pid)("for", waits.what);
}

void fields(auto& each, Is<ProcessStarted> auto& start) {
    each.stage("stage", start.process);
    each("pid", start.pid);
}

void fields(auto& each, Is<StartFailed> auto& failure) {
    each.stage("stage", failure.process);
    each("reason", failure.reason)("status", failure.status);
}

void fields(auto& each, Is<ProcessEnded> auto& end) {
    constexpr bool kReads = !std::is_const_v<std::remove_reference_t<decltype(end)>>;
    std::optional<ExitStatus> status;
    if constexpr (!kReads) status = end.status;
    each.stage("stage", end.process);
    status_fields(each, status);
    if constexpr (kReads) end.status = status.value_or(ExitStatus{});
    use_fields(each, end.use);
    each.left_out_if(end.limit.empty(), "limit", end.limit);
}

void fields(auto& each, Is<RestartPlanned> auto& planned) {
    each.stage("stage", planned.process);
    each("restarts", planned.restarts)("delay_s", planned.delay_s);
}

void fields(auto& each, Is<ProcessJudged> auto& judged) {
    each.stage("stage", judged.process);
    each("verdict", judged.verdict);
}

void fields(auto& each, Is<AttemptFailed> auto& failed) {
    each("attempt", failed.attempt)("verdict", failed.verdict)("exit", failed.exit);
    each.null_unless(failed.process >= 0, [&] { each.stage("stage", failed.process); });
    each("delay_s", failed.delay_s);
}

void fields(auto& each, Is<EndHeldBack> auto& held) {
    each.stage("stage", held.process);
}

void fields(auto& each, Is<SignalSent> auto& sent) {
    each.stage("stage", sent.process);
    signal_or_null(each, sent.signal);
}

void fields(auto& each, Is<StderrTail> auto& tail) {
    each.stage("stage", tail.process);
    each("text", tail.text)("shown", tail.shown);
}

void fields(auto& each, Is<ProcessAccounted> auto& accounted) {
    each.stage("stage", accounted.process);
    account_fields(each, accounted.account, true);
    each.left_out_if(accounted.replicas.empty(), "replicas", accounted.replicas);
}

void fields(auto& each, Is<EdgeAccounted> auto& accounted) {
    each("edge", accounted.edge);
    level_fields(each, accounted, true);
}

void fields(auto& each, Is<Sampled::Process> auto& seen) {
    each("activity", seen.activity);
    each("bytes_in", seen.bytes_in, kOrUnknown)("bytes_out", seen.bytes_out, kOrUnknown);
    each("cpu_s", seen.cpu_s)("rss_bytes", seen.rss_bytes);
    each.left_out_if(!seen.holds_end_back, "holds_end_back", seen.holds_end_back);
    each.left_out_if(seen.replicas.empty(), "replicas", seen.replicas);
}

void fields(auto& each, Is<Sampled> auto& sampled) {
    each("stages", sampled.processes)("filled", sampled.filled, kOrUnknown);
    each("input_read", sampled.input_read, kOrUnknown);
    each("input_size", sampled.input_size, kOrUnknown);
}

void fields(auto& each, Is<RunEnded> auto& end) {
    ending_fields(each, end);
    each("cleanup", end.cleanup);
}

}  // namespace pipectl
