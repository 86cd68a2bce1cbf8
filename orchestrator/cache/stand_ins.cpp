#include "orchestrator/cache/stand_ins.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <variant>

#include "orchestrator/plan/ports.hpp"

namespace pipectl {
namespace {

/// Nobody that is run reads this output, and somebody did.
bool is_left_unread(const Wiring& wiring, const StandIns& stand_ins, std::size_t index, int port) {
    const auto& readers = wiring.readers[index][static_cast<std::size_t>(port)];
    return !readers.empty() && std::ranges::all_of(readers, [&](int edge) {
        const auto reader = static_cast<std::size_t>(wiring.edges[edge].consumer);
        return stand_ins.left_out[reader] || !stand_ins.streams[reader].empty();
    });
}

/// Who reads whom is said by names: the stage above may have gone.
void say_input(const Definition& definition, const Wiring& wiring, std::size_t index, Stage& one) {
    if (wiring.stdin_source[index] == StdinSource::inherited) one.in = Inherit();
    if (wiring.stdin_source[index] == StdinSource::null) one.in = Null();
    const auto& feeds = wiring.feeds[index][kStdinPort];
    if (!one.from.empty() || feeds.empty()) return;
    for (const int feed : feeds) {
        const WiredEdge& edge = wiring.edges[feed];
        if (edge.feed != nullptr || edge.two_way) continue;
        Feed from;
        from.stage = {definition.stages[edge.producer].name.value, edge.place};
        one.from.push_back(std::move(from));
        one.from_place = edge.place;
    }
}

Stage player_of(const Stage& before, const std::string& path) {
    Stage one;
    one.name = before.name;
    one.place = before.place;
    one.command = Stage::Command::use;
    one.command_place = before.command_place;
    one.run.push_back({{{Template::Piece::Kind::text, "play"}}, before.command_place});
    one.in = FileInput{{{{Template::Piece::Kind::text, path}}, before.command_place}};
    one.in_place = before.command_place;
    one.out = before.out;
    one.out_place = before.out_place;
    one.fan_out = before.fan_out;
    one.unread_stop = before.unread_stop;
    return one;
}

}  // namespace

Definition with_stand_ins(const Definition& definition, const Wiring& wiring,
                          const StandIns& stand_ins) {
    Definition changed = definition;
    changed.stages.clear();
    const bool none = std::ranges::all_of(stand_ins.streams, &std::string::empty);
    for (std::size_t i = 0; i < definition.stages.size(); ++i) {
        if (stand_ins.left_out[i]) continue;
        const std::string& path = stand_ins.streams[i];
        const Stage& before = definition.stages[i];
        Stage one = path.empty() ? before : player_of(before, path);
        if (path.empty() && !none) say_input(definition, wiring, i, one);
        // what only players would have read goes nowhere, and not to pipectl's own stdout
        if (is_left_unread(wiring, stand_ins, i, kStdoutPort) &&
            std::holds_alternative<std::monostate>(one.out)) {
            one.out = Null();
        }
        if (is_left_unread(wiring, stand_ins, i, kStderrPort)) one.err = Null();
        changed.stages.push_back(std::move(one));
    }
    return changed;
}

}  // namespace pipectl
