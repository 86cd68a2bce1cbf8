#include "orchestrator/definition/stage_names.hpp"

#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "orchestrator/definition/toml_reader.hpp"
#include "stages/base/text.hpp"

namespace pipectl {

namespace {

/// Of a definition that is used as a stage.
constexpr std::string_view kSuffix = ".toml";

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
    if (stage.part && program.size() > kSuffix.size() && program.ends_with(kSuffix)) {
        program.resize(program.size() - kSuffix.size());
    }
    for (char& c : program) {
        if (!is_name(std::string_view(&c, 1))) {
            c = '-';
        }
    }
    return program;
}

}  // namespace

std::vector<std::string> complete_names(const std::vector<Stage>& stages,
                                        std::vector<std::string> given) {
    std::unordered_set<std::string> taken(given.begin(), given.end());
    std::unordered_map<std::string, std::size_t> next;
    for (std::size_t index = 0; index < stages.size(); ++index) {
        if (!given[index].empty()) continue;
        std::string base = default_name(stages[index]);
        if (base.empty()) base = "stage-" + std::to_string(index + 1);
        std::size_t& number = next.emplace(base, 1).first->second;
        std::string name = base;
        while (!taken.insert(name).second) {
            name = base + "-" + std::to_string(++number);
        }
        given[index] = std::move(name);
    }
    return given;
}

void settle_names(Reader& reader, std::vector<Stage>& stages) {
    std::unordered_map<std::string, int> lines;
    std::vector<std::string> given;
    lines.reserve(stages.size());
    given.reserve(stages.size());
    for (const Stage& stage : stages) {
        given.push_back(stage.name.value);
        if (stage.name.value.empty()) continue;
        const auto [first, fresh] = lines.emplace(stage.name.value, stage.name.place.line);
        if (!fresh) {
            reader.error({stage.name.place, static_cast<int>(stage.name.value.size()) + 2},
                         "stage name '" + stage.name.value +
                             "' is there twice; the first is on line " +
                             std::to_string(first->second));
        }
    }
    std::vector<std::string> names = complete_names(stages, std::move(given));
    for (std::size_t index = 0; index < stages.size(); ++index) {
        Stage& stage = stages[index];
        if (!stage.name.value.empty()) continue;
        stage.name = {std::move(names[index]),
                      stage.command_place.known() ? stage.command_place : stage.place};
    }
}

}  // namespace pipectl
