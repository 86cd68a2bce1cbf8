#include "orchestrator/cli/pipe_words.hpp"

#include <algorithm>
#include <charconv>
#include <set>
#include <utility>
#include <variant>

#include "orchestrator/cli/run_words.hpp"
#include "orchestrator/cli/shell_stage.hpp"
#include "orchestrator/command/parse_words.hpp"
#include "orchestrator/definition/stage_names.hpp"
#include "orchestrator/definition/template.hpp"
#include "orchestrator/shell/translate/statuses.hpp"
#include "stages/base/text.hpp"

namespace pipectl {

namespace {

constexpr int kHighestStatus = 255;

/// The channel is the run's before the first command; it is the one that feeds a later one.
constexpr CommandOption kViaLater[] = {{"--via", "CHANNEL", "the channel that feeds it"}};
constexpr auto kLaterOptions = joined(kStageOptions, kViaLater);

constexpr CommandOperand kLaterOperands[] = {{"COMMAND", CommandOperand::Count::any}};

/// Of what stands behind a separator.
constexpr Command kLater = {.name = "pipe",
                            .usage = "[OPTIONS] COMMAND.. [:: [OPTIONS] COMMAND..]..",
                            .options = kLaterOptions,
                            .operands = kLaterOperands,
                            .command_follows = true};

using Words = std::vector<std::string>;

/// Between the separators; a separator behind a backslash is a word.
std::vector<Words> commands_of(const Words& words, const std::string& separator) {
    std::vector<Words> commands(1);
    for (const std::string& word : words) {
        if (word == separator) {
            commands.emplace_back();
        } else {
            commands.back().push_back(word == "\\" + separator ? separator : word);
        }
    }
    return commands;
}

Words split_at_commas(const std::string& text) {
    Words parts(1);
    for (const char c : text) {
        if (c == ',') {
            parts.emplace_back();
        } else {
            parts.back() += c;
        }
    }
    return parts;
}

/// "0,1" or "any".
bool read_statuses(const std::string& text, Stage& stage) {
    stage.any_ok = text == "any";
    if (stage.any_ok) return true;
    stage.ok.clear();
    for (const std::string& each : split_at_commas(text)) {
        int number = 0;
        const char* const end = each.data() + each.size();
        const auto read = std::from_chars(each.data(), end, number);
        if (read.ec != std::errc() || read.ptr != end || number < 0 || number > kHighestStatus) {
            return false;
        }
        stage.ok.push_back(number);
    }
    return true;
}

FileOutput file(Template path) {
    FileOutput output;
    output.path = std::move(path);
    return output;
}

class PipeReader {
  public:
    PipeReader(std::string separator, const ShellPlace& place)
        : separator_(std::move(separator)), place_(place) {
        made_.definition.name = "pipe";
        if (place_.file.empty()) {
            made_.source = {"pipe", "pipectl pipe "};
        } else {
            made_.source = {place_.file,
                            std::string(static_cast<std::size_t>(place_.line) - 1, '\n')};
        }
        if (!place_.file.empty()) line_begins_ = made_.source.text.size();
    }

    PipeWords run(const Given& given) {
        const std::vector<Words> commands = commands_of(given.operands(), separator_);
        for (std::size_t i = 0; i < commands.size() && made_.wrong.empty(); ++i) {
            // as whoever wrote it would know it
            if (i > 0) made_.source.text += place_.file.empty() ? " " + separator_ + " " : " | ";
            if (i == 0) {
                add(given, commands[i], commands.size() == 1);
                continue;
            }
            const auto parsed = parse_words(kLater, commands[i]);
            if (const auto* const wrong = std::get_if<std::string>(&parsed)) {
                made_.wrong = *wrong + " (command " + std::to_string(i + 1) + ")";
            } else {
                const Given& later = std::get<Given>(parsed);
                add(later, later.operands(), i + 1 == commands.size());
            }
        }
        name_stages();
        return std::move(made_);
    }

  private:
    void add(const Given& options, const Words& argv, bool last) {
        Stage stage;
        stage.place =
            Place{place_.line, static_cast<int>(made_.source.text.size() - line_begins_) + 1};
        stage.command_place = stage.place;
        const std::size_t number = made_.definition.stages.size() + 1;
        if (argv.empty()) {
            made_.wrong = "command " + std::to_string(number) + " is empty: a '" + separator_ +
                          "' stands between two commands";
            return;
        }
        if (argv.front().empty()) {
            made_.wrong = "the program of command " + std::to_string(number) +
                          " is an empty word: a variable without a value?";
            return;
        }
        const bool of_the_shell = argv.size() == 3 && argv[1] == "__relay";
        // it is to end others when it is ended, from its first moment on
        if (of_the_shell) stage.signals.block = relay_signals();
        made_.source.text += of_the_shell ? argv[2] : quote_command(argv);
        if (place_.file.empty()) warn_of_signs(argv, stage.place);
        for (const std::string& word : argv) {
            stage.run.push_back(literal_template(word, stage.place));
        }
        if (!last || !place_.file.empty()) {
            stage.ok.clear();
            std::set<int> statuses = shell::mild_statuses(argv);
            statuses.insert(0);
            stage.ok.assign(statuses.begin(), statuses.end());
        }
        read_options(options, stage);
        show_redirections(options);
        if (number > 1 && !std::holds_alternative<std::monostate>(stage.in) &&
            !keeps_file_.back()) {
            made_.wrong = "command " + std::to_string(number) +
                          " reads something else, so nobody reads command " +
                          std::to_string(number - 1) + ": that one needs --out";
        }
        // what keeps a file is read by the next one all the same, which says so by name
        if (!last) keeps_file_.push_back(std::holds_alternative<FileOutput>(stage.out));
        made_.definition.stages.push_back(std::move(stage));
    }

    void read_options(const Given& options, Stage& stage) {
        const auto path = [&](std::string_view option) {
            return literal_template(options.value(option), stage.place);
        };
        const auto both = [&](std::string_view one, std::string_view other) {
            const bool wrong = options.has(one) && options.has(other);
            if (wrong) {
                made_.wrong = std::string(one) + " and " + std::string(other) + ": one of the two";
            }
            return wrong;
        };
        if (both("--in", "--text") || both("--out", "--append") || both("--err", "--err-append")) {
            return;
        }
        if (options.has("--in")) stage.in = FileInput{path("--in")};
        if (options.has("--text")) stage.in = TextInput{path("--text")};
        if (options.has("--out")) stage.out = file(path("--out"));
        if (options.has("--append")) {
            FileOutput log = file(path("--append"));
            log.append = true;
            stage.out = std::move(log);
        }
        if (options.value("--err") == "-") {
            stage.err = JoinStdout{};
        } else if (options.has("--err") || options.has("--err-append")) {
            FileOutput log = file(path(options.has("--err") ? "--err" : "--err-append"));
            log.append = !options.has("--err");
            log.atomic = false;
            stage.err = std::move(log);
        }
        if (options.has("--cwd")) stage.cwd = path("--cwd");
        if (options.has("--ok") && !read_statuses(options.value("--ok"), stage)) {
            made_.wrong = "--ok takes statuses from 0 to 255 with commas, or 'any', not '" +
                          options.value("--ok") + "'";
        }
        if (!made_.definition.stages.empty() && options.has("--via")) {
            stage.via = Via{.channel = {options.value("--via"), stage.place}, .options = {}};
        }
    }

    /// Who quotes a bar, or writes one where no shell reads it, has a program that is given it.
    void warn_of_signs(const Words& argv, Place place) {
        constexpr std::pair<std::string_view, const char*> kSigns[] = {
            {"|", "'::' stands between commands"},
            {">", "--out FILE stands before the command"},
            {">>", "--append FILE stands before the command"},
            {"<", "--in FILE stands before the command"},
            {"2>", "--err FILE stands before the command"},
            {"2>&1", "--err - stands before the command"}};
        for (const auto& [sign, hint] : kSigns) {
            if (std::find(argv.begin(), argv.end(), sign) == argv.end()) continue;
            Diagnostic& warning = made_.warnings.emplace_back();
            warning.severity = Severity::warning;
            warning.place = place;
            warning.message =
                "'" + std::string(sign) + "' is a word of '" + argv.front() + "' here";
            warning.hint = hint;
        }
    }

    /// For who wrote them as a shell's; the options of a `pipe` are not shown.
    void show_redirections(const Given& options) {
        if (place_.file.empty()) return;
        for (const auto& [option, sign] : {std::pair{"--out", " > "}, std::pair{"--append", " >> "},
                                           std::pair{"--err-append", " 2>> "}}) {
            if (options.has(option)) made_.source.text += sign + quote_word(options.value(option));
        }
        if (options.value("--err") == "-") {
            made_.source.text += " 2>&1";
        } else if (options.has("--err")) {
            made_.source.text += " 2> " + quote_word(options.value("--err"));
        }
    }

    void name_stages() {
        auto& stages = made_.definition.stages;
        const Words names = complete_names(stages, Words(stages.size()));
        for (std::size_t i = 0; i < names.size(); ++i) {
            stages[i].name = {names[i], {}};
            const bool own_input = !std::holds_alternative<std::monostate>(stages[i].in);
            if (i > 0 && !own_input && keeps_file_[i - 1]) {
                stages[i].from.emplace_back().stage = {names[i - 1], stages[i].place};
                stages[i].from_place = stages[i].place;
            }
        }
    }

    std::string separator_;
    ShellPlace place_;
    std::size_t line_begins_ = 0;
    PipeWords made_;
    std::vector<bool> keeps_file_;
};

/// A key of a definition and what to say in its place; empty: nothing.
struct Rewording {
    std::string_view key;
    const char* words;
};

constexpr Rewording kRewordings[] = {
    {"run = [", "each word is an argument of its own: leave the quotes away"},
    {"stderr = ", "to put both into one file: --err - for one command, --append for several"},
    {" = ", ""},
    {"`", ""},
};

}  // namespace

void reword_for_pipe(std::vector<Diagnostic>& reasons) {
    for (Diagnostic& reason : reasons) {
        for (const Rewording& each : kRewordings) {
            if (reason.hint.find(each.key) == std::string::npos) continue;
            reason.hint = each.words;
            break;
        }
    }
}

PipeWords read_pipe(const Given& given, const std::string& separator, const ShellPlace& place) {
    return PipeReader(separator, place).run(given);
}

}  // namespace pipectl
