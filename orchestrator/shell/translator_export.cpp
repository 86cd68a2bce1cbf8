// The commands of exported scripts that stand for what a definition says by its keys.

#include <algorithm>
#include <utility>

#include "orchestrator/shell/translator.hpp"
#include "orchestrator/shell/words.hpp"

namespace pipectl::shell {

namespace {

std::vector<int> read_statuses(std::string_view list) {
    std::vector<int> statuses;
    int number = 0;
    for (const char c : list) {
        if (c == ',') {
            statuses.push_back(number);
            number = 0;
        } else {
            number = number * 10 + (c - '0');
        }
    }
    statuses.push_back(number);
    return statuses;
}

}  // namespace

std::optional<Flow> Translator::exported(const Command& command, const Flow& in,
                                         const Context& context) {
    if (command.kind == Command::Kind::subshell && command.redirects.empty() &&
        command.bodies.front().chains.size() == 1) {
        return pipeline(command.bodies.front().chains.front().pipelines.front(), in, context.piped,
                        context.main);
    }
    const auto name = command.words.empty() ? std::nullopt : literal(command.words.front());
    if (command.kind != Command::Kind::simple || !name) {
        return std::nullopt;
    }
    if (*name == "stage" && command.words.size() > 2) {
        return exported_stage(command, in, context);
    }
    if (*name == "concat") {
        return exported_concat(command, in);
    }
    if (*name == "spool") {
        if (command.words.size() == 1) {
            return in;
        }
        if (const int fifo = fifo_of(command.words[1]); fifo >= 0) {
            graph.fifos[static_cast<std::size_t>(fifo)].writers = in.sources;
            return Flow{};
        }
    }
    const bool deals = *name == "deal_lines" || *name == "hash_lines";
    if ((deals || *name == "copy") && in.sources.size() == 1) {
        std::size_t first = 1;
        if (deals && in.sources.front().node >= 0) {
            FanOut fan_out;
            fan_out.kind = *name == "deal_lines" ? FanOut::Kind::deal : FanOut::Kind::hash;
            if (*name == "hash_lines" && command.words.size() > 1) {
                fan_out.field =
                    read_statuses(literal(command.words[first++]).value_or("0")).front();
            }
            at(in.sources.front().node).stage.fan_out = fan_out;
        }
        for (; first < command.words.size(); ++first) {
            if (const int fifo = fifo_of(command.words[first]); fifo >= 0) {
                graph.fifos[static_cast<std::size_t>(fifo)].writers = in.sources;
            }
        }
        return in;
    }
    return std::nullopt;
}

Flow Translator::exported_stage(const Command& command, const Flow& in, const Context& context) {
    const std::string mark = literal(command.words[1]).value_or("stage");
    Command bare = command;
    bare.words.erase(bare.words.begin(), bare.words.begin() + 2);
    // env: "the program, not the builtin", with or without variables
    if (literal(bare.words.front()) == "env" && bare.words.size() > 1) {
        bare.words.erase(bare.words.begin());
        while (bare.words.size() > 1 && literal_assignment(bare.words.front())) {
            bare.assignments.push_back(bare.words.front());
            bare.words.erase(bare.words.begin());
        }
    }
    programs_only_ = true;
    auto flow = plain(bare, in, context);
    programs_only_ = false;
    if (!flow) {
        flow = in_shell(bare, in, context);
    }
    Node& node = graph.nodes.back();
    const std::size_t colon = mark.find(":ok=");
    node.label = stage_label(mark.substr(0, colon));
    Stage& stage = node.stage;
    stage.ok = {0};
    if (colon != std::string::npos) {
        stage.any_ok = mark.substr(colon + 4) == "any";
        if (!stage.any_ok) {
            stage.ok = read_statuses(std::string_view(mark).substr(colon + 4));
        }
    }
    const auto text_of = [](const Template& word) {
        return word.pieces.size() == 1 ? word.pieces.front().value : std::string();
    };
    if (stage.run.size() == 3 && text_of(stage.run[0]) == "sh" && text_of(stage.run[1]) == "-c" &&
        stage.run[2].pieces.size() == 1) {
        stage.command = Stage::Command::shell;
        stage.shell = stage.run[2];
        stage.run.clear();
    }
    return *flow;
}

Flow Translator::exported_concat(const Command& command, const Flow& in) {
    Flow out;
    std::vector<Source> first = in.sources;
    for (const auto& redirect : command.redirects) {
        if (const int fifo = fifo_of(redirect->target); fifo >= 0) {
            first = {{-1, "stdout", fifo}};
            graph.fifos[static_cast<std::size_t>(fifo)].readers.push_back(redirect->range);
        }
    }
    for (std::size_t i = 1; i < command.words.size(); ++i) {
        if (const int fifo = fifo_of(command.words[i]); fifo >= 0) {
            out.sources.push_back({-1, "stdout", fifo});
            graph.fifos[static_cast<std::size_t>(fifo)].readers.push_back(command.words[i].range);
        } else {
            out.sources.insert(out.sources.end(), first.begin(), first.end());
        }
    }
    return out;
}

}  // namespace pipectl::shell
