// The names of stages: those that are given must be unique, the others are made from the program's.

#include <unordered_map>

#include "orchestrator/definition/parse_parts.hpp"
#include "stages/base/text.hpp"

namespace pipectl {

namespace {

/// The program's name as a name of a stage; empty when only the run will tell it.
std::string default_name(const Stage& stage) {
    if (stage.command == Stage::Command::shell) {
        return "sh";
    }
    std::string program;
    for (const Template::Piece& piece : stage.run.front().pieces) {
        if (piece.kind != Template::Piece::Kind::text) {
            return {};
        }
        program += piece.value;
    }
    program.erase(0, program.rfind('/') + 1);
    for (char& c : program) {
        if (!is_name(std::string_view(&c, 1))) {
            c = '-';
        }
    }
    return program;
}

}  // namespace

void settle_names(Reader& reader, std::vector<Stage>& stages) {
    std::unordered_map<std::string, int> given;  // name to line
    given.reserve(stages.size() * 2);
    for (const Stage& stage : stages) {
        if (stage.name.value.empty()) {
            continue;
        }
        const auto [first, fresh] = given.emplace(stage.name.value, stage.name.place.line);
        if (!fresh) {
            reader.error({stage.name.place, static_cast<int>(stage.name.value.size()) + 2},
                         "stage name '" + stage.name.value +
                             "' is there twice; the first is on line " +
                             std::to_string(first->second));
        }
    }
    std::unordered_map<std::string, std::size_t> next;
    for (std::size_t index = 0; index < stages.size(); ++index) {
        Stage& stage = stages[index];
        if (!stage.name.value.empty()) {
            continue;
        }
        std::string base = default_name(stage);
        if (base.empty()) {
            base = "stage-" + std::to_string(index + 1);
        }
        std::size_t& number = next.emplace(base, 1).first->second;
        std::string name = base;
        while (!given.emplace(name, stage.place.line).second) {
            name = base + "-" + std::to_string(++number);
        }
        stage.name = {std::move(name),
                      stage.command_place.known() ? stage.command_place : stage.place};
    }
}

}  // namespace pipectl
