// pipectl logs: the last lines that the stages of a run wrote to stderr.

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "orchestrator/cli/completers.hpp"
#include "orchestrator/cli/which_run.hpp"
#include "orchestrator/command/command.hpp"
#include "orchestrator/command/common_options.hpp"
#include "orchestrator/command/given.hpp"
#include "orchestrator/command/output.hpp"
#include "orchestrator/command/own_program.hpp"
#include "orchestrator/json/json_value.hpp"
#include "orchestrator/report/read_record.hpp"
#include "orchestrator/report/summary.hpp"
#include "stages/base/json.hpp"
#include "stages/base/text.hpp"

namespace pipectl {

namespace {

constexpr std::size_t kUsualLines = 20;
constexpr auto kBetweenQuestions = std::chrono::milliseconds(200);

constexpr CommandOption kLogsOptions[] = {
    {"--lines", "N", "how many of each stage, at most; default 20", nullptr, "-n"},
    {"--follow", {}, "go on with what comes, until the run has ended", nullptr, "-f"},
    json_option("for programs: the lines of each stage"),
};

constexpr CommandOperand kLogsOperands[] = {
    {"RUN", CommandOperand::Count::one, complete_stages_of_runs}};

int logs_command(const Given& given);

}  // namespace

extern constexpr Command kLogsCommand = {
    .name = "logs",
    .takes = "RUN[/STAGE]",
    .brief = "the last lines of stderr, of all stages or one",
    .usage = "[OPTIONS] RUN[/STAGE]",
    .summary = "Show the last lines that the stages of a run wrote to stderr.",
    .examples = R"(
  pipectl logs backup
  pipectl logs 3f9a/load -n 5
  pipectl logs backup --follow
  pipectl logs last
)",
    .help = R"(
RUN is the first digits of the id that 'pipectl ps' or 'pipectl history' shows, the name of a
pipeline, or 'last': the run that goes on, else the latest that has ended. Of a run that goes on the
last 8 KiB of each stage are kept, of one that has ended 20 lines, where stderr is not a terminal or
'run --prefix' was given. What --follow was too late for is counted on stderr.

Exit status: 0; 125 when there is no such run or stage, or nothing of it is kept.
)",
    .options = kLogsOptions,
    .operands = kLogsOperands,
    .run = logs_command,
};

namespace {

/// What is known of one stage's stderr.
struct LogsStage {
    struct Line {
        std::int64_t end = 0;  ///< bytes that the stage had said by then; 0: unknown
        std::string text;
    };
    std::string name;
    bool kept = false;
    std::string file;  ///< it writes there instead; or empty
    std::vector<Line> lines;
    std::optional<Line> begun;  ///< a last line without its newline
};

LogsStage::Line logs_line(const JsonValue& value) {
    return {value.at("end").whole(0), value.at("text").text()};
}

std::vector<LogsStage::Line> logs_lines_of(const std::string& text) {
    std::vector<LogsStage::Line> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) {
        lines.push_back({0, std::move(line)});
    }
    return lines;
}

std::vector<LogsStage> read_logs(const std::string& text) {
    const JsonDocument document = parse_json(text);
    std::vector<LogsStage> stages;
    for (const JsonValue& each : JsonValue(*document, "").at("stages").elements()) {
        LogsStage stage;
        stage.name = each.at("name").text();
        if (const auto lines = each.find("lines")) {
            stage.kept = true;
            for (const JsonValue& line : lines->elements()) {
                stage.lines.push_back(logs_line(line));
            }
            LogsStage::Line begun = logs_line(each.at("begun"));
            if (!begun.text.empty()) stage.begun = std::move(begun);
        } else if (const auto file = each.find("file")) {
            stage.kept = true;
            stage.file = file->text();
            stage.lines = logs_lines_of(each.at("tail").text());
        }
        stages.push_back(std::move(stage));
    }
    return stages;
}

std::vector<LogsStage> logs_of_record(const Summary& summary) {
    std::vector<LogsStage> stages;
    for (const StageSummary& each : summary.stages) {
        if (each.helper) continue;
        LogsStage stage;
        stage.name = each.name;
        stage.kept = true;
        stage.lines = logs_lines_of(each.stderr_tail);
        stages.push_back(std::move(stage));
    }
    return stages;
}

/// Prints, and knows what it has printed.
class LogsPrinter {
  public:
    LogsPrinter(bool named, std::size_t lines) : named_(named), lines_(lines) {}

    /// The last lines of each stage; or, of a stage that was seen before, what has come since.
    /// `all`: also a line that has no end yet. Returns the status of writing.
    int show(const std::vector<LogsStage>& stages, bool all) {
        std::string text;
        for (const LogsStage& stage : stages) {
            std::vector<LogsStage::Line> lines = stage.lines;
            if (all && stage.begun) lines.push_back(*stage.begun);
            const auto seen = seen_.find(stage.name);
            if (seen == seen_.end()) {
                const std::size_t count = std::min(lines.size(), lines_);
                lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(count));
            } else {
                drop_seen(stage, seen->second, lines);
            }
            for (const LogsStage::Line& line : lines) {
                text += (named_ ? stage.name + " | " : "") + line.text + "\n";
            }
            const std::int64_t before = seen == seen_.end() ? 0 : seen->second;
            seen_[stage.name] =
                stage.lines.empty() ? before : std::max(before, stage.lines.back().end);
        }
        return text.empty() ? 0 : print(text);
    }

  private:
    static void drop_seen(const LogsStage& stage, std::int64_t seen,
                          std::vector<LogsStage::Line>& lines) {
        std::erase_if(lines, [&](const LogsStage::Line& line) { return line.end <= seen; });
        if (lines.empty()) return;
        const std::int64_t begins =
            lines.front().end - static_cast<std::int64_t>(lines.front().text.size()) - 1;
        // a masked line is as long as what it shows; only what is certainly a gap is told
        if (begins > seen && lines.size() == stage.lines.size() + (stage.begun ? 1 : 0)) {
            print_error("pipectl: about " + std::to_string(begins - seen) + " bytes of '" +
                        stage.name + "' came too fast and are not shown\n");
        }
    }

    bool named_;
    std::size_t lines_;
    std::map<std::string, std::int64_t> seen_;
};

int logs_json(const std::string& run, const std::vector<LogsStage>& stages, std::size_t most) {
    JsonWriter json(3);
    json.begin_object();
    json.member("run", run);
    json.key("stages").begin_array();
    for (const LogsStage& stage : stages) {
        std::vector<std::string> lines;
        for (const LogsStage::Line& line : stage.lines) {
            lines.push_back(line.text);
        }
        if (stage.begun) lines.push_back(stage.begun->text);
        const std::size_t count = std::min(lines.size(), most);
        lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(count));
        json.begin_object();
        json.member("name", stage.name);
        json.member("kept", stage.kept);
        json.member("stderr_tail", lines);
        json.end_object();
    }
    json.end_array();
    json.end_object();
    return print(json.take() + "\n");
}

/// Nothing of any stage is kept: why, and what would help.
int logs_explain(const std::string& what) {
    return own_error(
        "nothing of " + what +
        " is kept: its stages write to the stderr of pipectl by themselves, which is a "
        "terminal, or the same file as stdout; 'pipectl run --prefix' keeps it");
}

int logs_of_living(const ListedRun& run, const std::string& stage, std::size_t lines,
                   const Given& given) {
    RunConversation conversation(run.where);
    const std::string request = stage.empty() ? "words" : "words " + stage;
    LogsPrinter printer(stage.empty(), lines);
    const bool follow = given.has("--follow");
    for (bool first = true;; first = false) {
        auto answer = conversation.ask(request);
        const auto text = answer && answer->error.empty() ? text_of(*answer) : std::nullopt;
        if (!text) {
            if (answer && !answer->error.empty()) {
                return own_error("cannot show " + name_of(run) + ": " + answer->error);
            }
            return first ? own_error("cannot show " + name_of(run) + ": it does not answer") : 0;
        }
        const std::vector<LogsStage> stages = read_logs(*text);
        if (first && std::ranges::none_of(stages, &LogsStage::kept)) {
            return logs_explain(stage.empty() ? name_of(run) : "stage '" + stage + "'");
        }
        if (given.json()) return logs_json(run.where.run, stages, lines);
        for (const LogsStage& each : stages) {
            if (first && follow && !each.file.empty()) {
                print_error("pipectl: '" + each.name + "' writes its stderr to '" + each.file +
                            "', which is not followed\n");
            }
        }
        const int status = printer.show(stages, !follow || answer->last);
        if (status != 0 || !follow || answer->last) return status;
        std::this_thread::sleep_for(kBetweenQuestions);
    }
}

int logs_of_ended(const std::string& word, const std::string& stage, std::size_t lines,
                  const Given& given) {
    const std::string record =
        output_of_own_program("pipectl-history", {"show", "--json", "--", word});
    if (record.empty()) {
        return own_error("no run '" + word + "' goes on, and none is in the history");
    }
    const Summary summary = read_record(record);
    std::vector<LogsStage> stages = logs_of_record(summary);
    std::vector<std::string> names;
    for (const LogsStage& each : stages) {
        names.push_back(each.name);
    }
    if (!stage.empty()) {
        std::erase_if(stages, [&](const LogsStage& each) { return each.name != stage; });
        if (stages.empty()) {
            return own_error("run '" + word + "' has no stage '" + stage + "'" +
                             did_you_mean(stage, names));
        }
    }
    return given.json() ? logs_json(summary.run, stages, lines)
                        : LogsPrinter(stage.empty(), lines).show(stages, true);
}

int logs_command(const Given& given) {
    const std::string word = given.operand(0);
    const std::size_t slash = word.find('/');
    const std::string run_word = word.substr(0, slash);
    const std::string stage = slash == std::string::npos ? "" : word.substr(slash + 1);
    if (slash != std::string::npos && stage.empty()) {
        return usage_error(given.command(), "the name of a stage is missing after '" + word + "'");
    }
    if (run_word.empty()) {
        return usage_error(given.command(), "'" + printable(word) +
                                                "' names no run: RUN, or RUN/STAGE, is an id of "
                                                "'pipectl ps' or 'pipectl history'");
    }
    std::size_t lines = kUsualLines;
    if (const std::string count = given.value("--lines"); !count.empty()) {
        const auto [end, error] = std::from_chars(count.data(), count.data() + count.size(), lines);
        if (error != std::errc() || end != count.data() + count.size()) {
            return usage_error(given.command(), "'" + count + "' is not a number of lines");
        }
    }
    bool several = false;
    if (const auto run = find_run(run_word, several)) {
        return logs_of_living(*run, stage, lines, given);
    }
    return several ? kOwnError : logs_of_ended(run_word, stage, lines, given);
}

}  // namespace

}  // namespace pipectl
