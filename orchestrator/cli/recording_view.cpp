#include "orchestrator/cli/recording_view.hpp"

#include <stdexcept>

namespace pipectl {

namespace {

/// No stage's port: pipectl's own.
constexpr const char* kOwnStdin = "stdin";
constexpr const char* kOwnStdout = "stdout";

std::string replay_short(const std::string& port, const char* usual) {
    const std::size_t dot = port.rfind('.');
    return dot != std::string::npos && port.substr(dot + 1) == usual ? port.substr(0, dot) : port;
}

std::string stage_of_port(const std::string& port) {
    return port.substr(0, port.rfind('.'));
}

}  // namespace

std::string replay_end(const recording::RecordedEdge& edge) {
    using End = recording::RecordedEdge::End;
    if (edge.gap) return "damaged";
    switch (edge.end) {
        case End::open: return "breaks off";
        case End::ended: return "ended";
        case End::left: return "left by its reader";
        case End::cancelled: return "cancelled";
    }
    return "";
}

Replay::Replay(const std::string& file) : path(file), data(file) {
    if (data.head().empty()) {
        throw std::runtime_error("'" + path + "' breaks off before it says what was run");
    }
    run = read_recorded_run(data.head());
    if (!data.finish().empty()) end = read_recorded_end(data.finish());
}

recording::RecordedEdge Replay::edge(std::size_t number) const {
    return number < data.edges().size() ? data.edges()[number] : recording::RecordedEdge();
}

std::string Replay::name(std::size_t number) const {
    return run.edges[number].from + "->" + run.edges[number].to;
}

bool Replay::is_whole(std::size_t number) const {
    const recording::RecordedEdge one = edge(number);
    if (!one.has_end() || one.end == recording::RecordedEdge::End::ended) return one.has_end();
    const std::string& to = run.edges[number].to;
    if (to == kOwnStdout) return one.end == recording::RecordedEdge::End::left;
    const auto reader = end.verdicts.find(stage_of_port(to));
    return reader != end.verdicts.end() &&
           (reader->second == "ok" || reader->second == "failed" || reader->second == "cut");
}

std::string Replay::flaw() const {
    if (data.finish().empty()) return "it has no end: the run was killed, or goes on";
    if (data.damaged() > 0) return std::to_string(data.damaged()) + " bytes are damaged";
    for (std::size_t i = 0; i < run.edges.size(); ++i) {
        if (!is_whole(i)) return flaw_of(i);
    }
    return {};
}

std::string Replay::flaw_of(std::size_t number) const {
    const recording::RecordedEdge one = edge(number);
    return "'" + name(number) + "' " +
           (one.end == recording::RecordedEdge::End::open ? "breaks off" : "was cancelled") +
           " after " + std::to_string(one.bytes) + " bytes";
}

ReplayedOutside Replay::outside() const {
    ReplayedOutside found;
    for (std::size_t i = 0; i < run.edges.size(); ++i) {
        const auto& [from, to, via] = run.edges[i];
        if (from == kOwnStdin) found.from_stdin.emplace(stage_of_port(to), i);
        if (to == kOwnStdout) found.to_stdout.emplace(stage_of_port(from), i);
    }
    return found;
}

std::optional<std::size_t> Replay::find(const std::string& word) const {
    for (std::size_t i = 0; i < run.edges.size(); ++i) {
        const std::string& from = run.edges[i].from;
        const std::string& to = run.edges[i].to;
        for (const std::string& left : {from, replay_short(from, "stdout")}) {
            for (const std::string& right : {to, replay_short(to, "stdin")}) {
                if (word == left + "->" + right) return i;
            }
        }
    }
    return std::nullopt;
}

}  // namespace pipectl
