#include "orchestrator/plan/terminals.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <variant>

#include "orchestrator/plan/ports.hpp"

namespace pipectl {
namespace {

void check_terminal(const Definition& definition, const Stage& stage, Remarks& remarks) {
    const auto error = [&](std::string message, std::string hint) {
        constexpr std::size_t kTrue = 4;
        remarks.error(stage.terminal_place, std::move(message), std::move(hint), kTrue);
    };
    if (stage.replicas) {
        error("replicas have pipes for their output, from which blocks of lines are put together",
              "leave `tty` away, or `replicas`");
    }
    if (stage.command == Stage::Command::use) {
        error("a stage of `use` writes the same to a terminal as to a channel",
              "leave `tty` away; it is for programs: run = [..]");
    } else if (stage.native) {
        error("a native stage takes the ends of its channels by itself, and no terminal",
              "leave `tty` away, or `native`");
    }
    if (stage.talks_to || is_talked_to(definition.stages, stage.name.value)) {
        error("a two-way edge is no terminal, and programs that talk over one flush by themselves",
              "leave `tty` away, or `talks-to`");
    }
    if (std::holds_alternative<Endpoint>(stage.out)) {
        error("a stage whose stdout is an endpoint has no pseudo-terminal there",
              "a stage behind it can send: run = [\"cat\"] with this `stdout`");
    }
}

}  // namespace

void check_terminals(const Definition& definition, Remarks& remarks) {
    for (const Stage& stage : definition.stages) {
        if (stage.terminal) check_terminal(definition, stage, remarks);
    }
}

}  // namespace pipectl
