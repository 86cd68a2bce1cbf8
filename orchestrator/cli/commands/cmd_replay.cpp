// pipectl replay: what a recording holds, and a pipeline or one stage of it once more with that.

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "orchestrator/cli/load.hpp"
#include "orchestrator/cli/plan_options.hpp"
#include "orchestrator/cli/recording_view.hpp"
#include "orchestrator/cli/replay_definition.hpp"
#include "orchestrator/cli/replay_streams.hpp"
#include "orchestrator/cli/run_options.hpp"
#include "orchestrator/command/command.hpp"
#include "orchestrator/command/common_options.hpp"
#include "orchestrator/command/given.hpp"
#include "orchestrator/command/offers.hpp"
#include "orchestrator/command/output.hpp"
#include "orchestrator/definition/parse.hpp"
#include "orchestrator/parts/expand.hpp"
#include "orchestrator/preflight/preflight.hpp"
#include "orchestrator/process/surroundings.hpp"
#include "orchestrator/report/read_record.hpp"
#include "stages/base/error.hpp"
#include "stages/base/json.hpp"
#include "stages/base/text.hpp"
#include "stages/recording/reader.hpp"

namespace pipectl {

namespace {

constexpr CommandOption kReplayOptions[] = {
    {"--from", "STAGE", "run again from there, with what it had read"},
    {"--stage", "STAGE", "that one alone; 1 when it writes something else than it did"},
    {"--edge", "FROM->TO", "the bytes of this edge, to stdout"},
    {"--against", "FROM->TO", "compare stdin with this edge: 1 when they differ"},
    {"--partial", {}, "also what is not whole, to where it breaks off"},
    kSetOption,
    kColourOption,
    json_option("for programs: what it holds"),
};

constexpr CommandOperand kReplayOperands[] = {{"FILE", CommandOperand::Count::one, complete_files},
                                              {"WORDS", CommandOperand::Count::any}};

int replay_command(const Given& given);

}  // namespace

extern constexpr Command kReplayCommand = {
    .name = "replay",
    .takes = "FILE",
    .brief = "a recording of 'run --record': again from a stage, or one stage alone",
    .usage = "[OPTIONS] FILE [-- WORDS]",
    .summary = "Show what a recording holds, or run a part of it again with what was recorded.",
    .examples = R"(
  pipectl run slow.toml --record slow.rec
  pipectl replay slow.rec
  pipectl replay slow.rec --from sort
  pipectl replay slow.rec --stage awk
  pipectl replay slow.rec --stage awk -- valgrind -q
  pipectl replay slow.rec --edge 'read->awk' | head
)",
    .help = R"(
Without an option: what was run, how it ended, and each edge with its bytes and its end. --from runs
a stage and all that read what it writes, as the definition has them, files and stdout too; --stage
runs one alone, its files and readers replaced by a comparison with what was recorded. Both have the
bytes, parameters, environment and folder of then, also what came from pipectl's stdin, unless that
was a terminal. WORDS stand before the stage's command; gdb has its commands
from the terminal, and what it debugs the recorded bytes. A parameter that is
a secret is not in the recording: --set it.

Exit status: that of the run; with --stage 1 when the output differs, with the byte and the line on
stderr; 125 when what is needed is not whole.
)",
    .options = kReplayOptions,
    .operands = kReplayOperands,
    .run = replay_command,
};

namespace {

int replay_describe(const Replay& replay, bool as_json) {
    const std::string flaw = replay.flaw();
    if (as_json) {
        JsonWriter json(3);
        json.begin_object();
        json.member("pipeline", replay.run.pipeline);
        json.member("source", replay.run.source);
        json.member("verdict", replay.end.verdict);
        json.member("whole", flaw.empty());
        json.member("flaw", flaw);
        json.key("edges").begin_array();
        for (std::size_t i = 0; i < replay.run.edges.size(); ++i) {
            json.begin_object();
            json.member("from", replay.run.edges[i].from);
            json.member("to", replay.run.edges[i].to);
            json.member("via", replay.run.edges[i].via);
            json.member("bytes", replay.edge(i).bytes);
            json.member("end", replay_end(replay.edge(i)));
            json.end_object();
        }
        json.end_array();
        json.end_object();
        return print(json.take() + "\n");
    }
    const std::string verdict = replay.end.verdict;
    std::string text =
        one_line(replay.run.pipeline) + ": " + (flaw.empty() ? "whole" : "not whole: " + flaw) +
        (verdict.empty()
             ? ""
             : "; the run was " + (verdict == "timeout" ? "ended by a timeout" : verdict)) +
        "\n";
    for (std::size_t i = 0; i < replay.run.edges.size(); ++i) {
        const recording::RecordedEdge edge = replay.edge(i);
        text += "  " + replay.name(i) + "  " + std::to_string(edge.bytes) + " bytes, " +
                replay_end(edge) + "\n";
    }
    return print(text);
}

/// As it was; what was left out for a secret in it stays what it is here.
void replay_environment(const RecordedRun& run) {
    std::vector<std::string> kept;
    for (const std::string& entry : environment_entries()) {
        const std::string name = entry.substr(0, entry.find('='));
        if (std::ranges::find(run.left_out, name) != run.left_out.end()) kept.push_back(entry);
    }
    ::clearenv();
    for (const auto& entries : {run.environment, kept}) {
        for (const std::string& entry : entries) {
            const std::size_t at = entry.find('=');
            if (at != std::string::npos && at > 0) {
                ::setenv(entry.substr(0, at).c_str(), entry.substr(at + 1).c_str(), 1);
            }
        }
    }
    if (::chdir(run.cwd.c_str()) != 0) {
        throw SystemError("cannot go to '" + run.cwd + "', where it was recorded", errno);
    }
}

/// A debugger takes its commands from the terminal, and only what it debugs has the stage's stdin
/// and stdout: by gdb's exec-wrapper, over descriptors that it hands on as it found them.
constexpr const char* kGdbOnTerminal = R"(exec 8>&1 9<&0
program=$1; shift
exec "$program" -iex "set exec-wrapper sh -c 'exec \"\$0\" \"\$@\" <&9 >&8'" "$@" </dev/tty >/dev/tty)";

std::vector<std::string> replay_words(std::vector<std::string> words) {
    if (words.empty() || std::filesystem::path(words.front()).filename() != "gdb") return words;
    words.insert(words.begin(), {"/bin/sh", "-c", kGdbOnTerminal, "gdb"});
    return words;
}

class ReplayRun {
  public:
    ReplayRun(const Given& given, const Replay& replay, PlanRequest request)
        : given_(given), replay_(replay), request_(std::move(request)) {
        program_ = find_own_program("pipectl");
        file_ = std::filesystem::absolute(replay.path).string();
    }

    int run(const std::string& name, bool alone, const std::vector<std::string>& words) {
        SourceText source{replay_.run.source, replay_.run.definition};
        ParseResult parsed = parse_definition(source);
        if (!has_errors(parsed.diagnostics)) {
            (void)expand_parts(parsed.definition, source, parsed.diagnostics, &replay_.run.parts);
        }
        if (has_errors(parsed.diagnostics)) {
            show_diagnostics(source, parsed.diagnostics, given_.value(kColourOption.name));
            return own_error("the definition in '" + replay_.path + "' is of another pipectl");
        }
        const std::vector<Stage>& stages = parsed.definition.stages;
        std::vector<std::string> names;
        for (const Stage& stage : stages) {
            names.push_back(stage.name.value);
        }
        const auto at = std::ranges::find(names, name);
        if (at == names.end()) {
            return own_error("the recording has no stage '" + name + "'" +
                             did_you_mean(name, names));
        }
        const std::size_t first = at - names.begin();
        std::vector<bool> kept(stages.size(), false);
        kept[first] = true;
        if (!alone) kept = stages_from(parsed.definition, first);
        const auto edge_command = [this](const char* how) {
            return [this, how](std::size_t edge) { return command_for(how, edge); };
        };
        ReplayedPart part =
            part_of(parsed.definition, kept, replay_.outside(), edge_command("--edge"),
                    alone ? EdgeCommand(edge_command("--against")) : EdgeCommand());
        if (const int status = check(part); status != 0) return status;
        if (alone) stand_alone(part.definition, name);
        return start(source, std::move(part.definition), name, replay_words(words));
    }

  private:
    std::vector<std::string> command_for(const char* how, std::size_t edge) const {
        std::vector<std::string> words = {program_, "replay", how, replay_.name(edge), file_};
        if (given_.has("--partial")) words.emplace_back("--partial");
        return words;
    }

    [[nodiscard]] int check(const ReplayedPart& part) const {
        std::string flaw;
        if (replay_.data.finish().empty() || replay_.data.damaged() > 0) flaw = replay_.flaw();
        for (const std::size_t edge : part.played) {
            if (flaw.empty() && !replay_.is_whole(edge)) flaw = replay_.flaw_of(edge);
        }
        if (flaw.empty()) return 0;
        if (!given_.has("--partial")) {
            return own_error("'" + replay_.path + "' is not whole: " + flaw +
                             " (--partial plays what is there)");
        }
        print_error("pipectl: not whole: " + flaw + "\n");
        return 0;
    }

    /// No file of the user's is touched, nothing is waited for.
    static void stand_alone(Definition& definition, const std::string& name) {
        definition.strict = true;
        definition.lock.reset();
        definition.semaphores.clear();
        for (Stage& stage : definition.stages) {
            if (stage.name.value != name) continue;
            stage.needs.clear();
            stage.lock.reset();
            if (std::holds_alternative<FileOutput>(stage.out)) stage.out = Inherit{};
            if (std::holds_alternative<FileOutput>(stage.err)) stage.err = Inherit{};
        }
    }

    int start(const SourceText& source, Definition definition, const std::string& name,
              const std::vector<std::string>& words) {
        replay_environment(replay_.run);
        Loaded loaded;
        loaded.source = source;
        loaded.definition = std::move(definition);
        auto own = std::move(request_.set);
        request_.set = replay_.run.params;
        request_.set.insert(request_.set.end(), own.begin(), own.end());
        plan_loaded(loaded, request_);
        if (!loaded.ok()) {
            show_diagnostics(source, loaded.diagnostics, given_.value(kColourOption.name));
            return kOwnError;
        }
        for (Process& process : loaded.plan.processes) {
            if (process.name != name) continue;
            process.argv.insert(process.argv.begin(), words.begin(), words.end());
            process.shown_argv.insert(process.shown_argv.begin(), words.begin(), words.end());
        }
        RunOptions options;
        options.colour = given_.value(kColourOption.name);
        options.file = replay_.path;
        return run_loaded(options, loaded, check_plan(loaded.plan, own_environment()));
    }

    const Given& given_;
    const Replay& replay_;
    PlanRequest request_;
    std::string program_;
    std::string file_;
};

int replay_stream(const Given& given, const Replay& replay, const std::string& word, bool play) {
    const auto edge = replay.find(word);
    if (!edge) {
        std::vector<std::string> names;
        for (std::size_t i = 0; i < replay.run.edges.size(); ++i) {
            names.push_back(replay.name(i));
        }
        return own_error("the recording has no edge '" + word + "'" + did_you_mean(word, names));
    }
    if (!play) {
        return compare_with_edge(replay.data, *edge, replay.is_whole(*edge), replay.name(*edge));
    }
    if (!replay.is_whole(*edge) && !given.has("--partial")) {
        return own_error("'" + replay.path + "' is not whole: " + replay.flaw_of(*edge) +
                         " (--partial plays what is there)");
    }
    return play_edge(replay.data, *edge);
}

int replay_command(const Given& given) {
    const std::string from = given.value("--from");
    const std::string stage = given.value("--stage");
    const std::string edge = given.value("--edge");
    const std::string against = given.value("--against");
    const auto asked = std::ranges::count_if(std::vector<std::string>{from, stage, edge, against},
                                             [](const std::string& each) { return !each.empty(); });
    if (asked > 1) {
        return usage_error(given.command(),
                           "--from, --stage, --edge and --against exclude each other");
    }
    std::vector<std::string> words = given.operands();
    const std::string file = words.front();
    words.erase(words.begin());
    if (!words.empty() && stage.empty()) {
        return usage_error(given.command(), "words behind FILE are for --stage");
    }
    try {
        const Replay replay(file);
        if (!edge.empty() || !against.empty()) {
            return replay_stream(given, replay, edge + against, against.empty());
        }
        if (from.empty() && stage.empty()) return replay_describe(replay, given.json());
        auto request = plan_request(given);
        if (!request) return kOwnError;
        return ReplayRun(given, replay, std::move(*request))
            .run(from + stage, !stage.empty(), words);
    } catch (const RecordError& error) {
        return own_error("'" + file + "' is a recording of another pipectl: " + error.what());
    } catch (const std::runtime_error& error) {
        return own_error(error.what());
    }
}

}  // namespace

}  // namespace pipectl
