// pipectl check: all errors and warnings of definitions, with their places.

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "orchestrator/cli/load.hpp"
#include "orchestrator/cli/parameter_options.hpp"
#include "orchestrator/cli/plan_options.hpp"
#include "orchestrator/command/command.hpp"
#include "orchestrator/command/common_options.hpp"
#include "orchestrator/command/given.hpp"
#include "orchestrator/command/offers.hpp"
#include "orchestrator/command/output.hpp"
#include "orchestrator/diagnostic/diagnostic_json.hpp"
#include "orchestrator/diagnostic/fixes.hpp"
#include "orchestrator/files/report_file.hpp"
#include "orchestrator/plan/plan_wire.hpp"
#include "orchestrator/preflight/limit_check.hpp"
#include "orchestrator/preflight/same_files.hpp"
#include "orchestrator/process/lookup.hpp"
#include "orchestrator/process/missing_program.hpp"
#include "stages/base/error.hpp"
#include "stages/base/json.hpp"
#include "stages/base/suggestions.hpp"
#include "stages/base/text.hpp"

namespace pipectl {

namespace {

constexpr CommandOption kCheckOptions[] = {
    kSetOption,
    kHostsOption,
    kColourOption,
    json_option("for programs: an array with an object for each file"),
    {"--fix", {}, "mend in FILE what is certain; comments and layout stay"},
    {"--quiet", {}, "say nothing about files without errors"},
};

constexpr CommandOperand kCheckOperands[] = {
    {"FILE", CommandOperand::Count::one_or_more, complete_files}};

int check_command(const Given& given);

}  // namespace

extern constexpr Command kCheckCommand = {
    .name = "check",
    .takes = "FILE...",
    .brief = "all errors and warnings, with positions",
    .usage = "[OPTIONS] FILE...",
    .summary = "Find all errors and warnings of definitions, with their places. Starts nothing.",
    .examples = R"(
  pipectl check backup.toml
  pipectl check pipelines/*.toml
  pipectl check --set log=access.log slow.toml
  generate | pipectl check -
  pipectl check --fix slow.toml
  pipectl check --json *.toml | jq -r '.[] | select(.ok | not) | .file'
)",
    .help = R"(
Opens nothing but the named files. A program is looked up in PATH where its name has no
reference; so are limits of arguments and queues, and outputs that are one file. What else a
run needs is not looked at: input files, folders of outputs, 'cwd', users; 'pipectl run' looks
at all of them before it starts anything.

With --fix a slip is mended where one right word is known (a misspelt key, channel or stage, another
tool's word, a unit, "true" in quotes) and the definition has one error less then; what is left is
shown as ever.

With --json each object has 'file', 'ok', 'stages' and 'diagnostics', and each of these 'severity',
'line', 'column', 'length', 'message', 'hint' and 'fix', a replacement with 'line', 'column', 'length'
and 'text', or null.

Exit status: 0, or 1 when a definition has errors; 125 for wrong usage.
)",
    .options = kCheckOptions,
    .operands = kCheckOperands,
    .run = check_command,
};

namespace {

bool is_plain(const Template& text) {
    return std::all_of(text.pieces.begin(), text.pieces.end(), [](const Template::Piece& piece) {
        return piece.kind == Template::Piece::Kind::text;
    });
}

/// Programs by their names, each looked for once.
class Programs {
  public:
    explicit Programs(std::string path) : own_path_(std::move(path)) {}

    [[nodiscard]] const std::string& own_path() const { return own_path_; }

    const ProgramLookup& find(const std::string& name, const std::string& path,
                              const std::optional<std::string>& cwd) {
        auto [entry, is_new] = found_.try_emplace(std::tuple(name, path, cwd));
        if (is_new) entry->second = find_program(name, path, cwd);
        return entry->second;
    }

    /// For a name that is not there.
    std::string suggestion(const std::string& name) {
        if (!suggestions_.answers()) return {};
        if (known_.empty()) known_ = programs_in(own_path_);
        return suggestions_.did_you_mean(name, known_);
    }

  private:
    std::string own_path_;
    std::map<std::tuple<std::string, std::string, std::optional<std::string>>, ProgramLookup>
        found_;
    std::vector<std::string> known_;
    Suggestions suggestions_;
};

/// The command as far as it has no references.
std::vector<std::string> plain_words(const Stage& stage) {
    std::vector<std::string> words;
    for (const Template& text : stage.run) {
        if (!is_plain(text)) break;
        words.emplace_back();
        for (const Template::Piece& piece : text.pieces) {
            words.back() += piece.value;
        }
    }
    return words;
}

/// A program that is not there, with its place and the nearest one that is.
void look_up_programs(Loaded& loaded, const std::map<std::string, std::string>& environment) {
    const bool planned = loaded.ok();
    const auto path_entry = environment.find("PATH");
    Programs programs(path_entry == environment.end() ? "" : path_entry->second);
    for (std::size_t index = 0; index < loaded.definition.stages.size(); ++index) {
        const Stage& stage = loaded.definition.stages[index];
        if (stage.command != Stage::Command::run || !is_plain(stage.run.front()) ||
            !stage.run.front().place.known() || stage.host) {
            continue;
        }
        std::string name;
        for (const Template::Piece& piece : stage.run.front().pieces) {
            name += piece.value;
        }
        std::string path = programs.own_path();
        std::optional<std::string> cwd;
        if (planned) {
            const Process& process = loaded.plan.processes[index];
            cwd = process.cwd;
            for (const auto& [variable, value] : process.env) {
                path = variable == "PATH" ? value : path;
            }
        } else if (name.empty() || name.find('/') != std::string::npos || !stage.env.empty() ||
                   !loaded.definition.env.empty()) {
            continue;  // without a plan it is not known where to look
        }
        const ProgramLookup& found = programs.find(name, path, cwd);
        if (found.status == 0) {
            continue;
        }
        const bool bare = found.status == 127 && name.find('/') == std::string::npos;
        std::string hint = hint_for_missing(plain_words(stage));
        const std::string near = bare && hint.empty() ? programs.suggestion(name) : "";
        loaded.diagnostics.push_back(
            {Severity::error, stage.run.front().place,
             "stage '" + stage.name.value + "': program '" + name + "': " + found.reason + near,
             std::move(hint), static_cast<int>(name.size()) + 2});
    }
}

/// What the machine has to say of a plan without errors.
void look_at_machine(Loaded& loaded, const std::map<std::string, std::string>& environment) {
    const Plan here = plan_for(loaded.plan, 0);  // of other machines it knows nothing
    for (const auto& failures : {check_limits(here, environment), find_same_files(here)}) {
        for (const PreflightFailure& failure : failures) {
            loaded.diagnostics.push_back(failure.diagnostic);
        }
    }
}

/// Parameters that `run` has no option for.
void note_clashes(Loaded& loaded) {
    for (const Parameter& parameter : loaded.definition.parameters) {
        const std::string& name = parameter.name.value;
        if (!is_run_option(name)) continue;
        loaded.diagnostics.push_back({Severity::note, parameter.name.place,
                                      "'--" + name + "' is an option of `pipectl run` itself",
                                      "this parameter is set with --set " + name + "=VALUE",
                                      static_cast<int>(name.size())});
    }
}

/// What is known of one file.
struct Checked {
    std::string file;
    Loaded loaded;
    std::string unreadable;  ///< why; or empty

    [[nodiscard]] bool ok() const { return unreadable.empty() && loaded.ok(); }
};

Loaded look_at_text(SourceText source, const PlanRequest& request) {
    Loaded loaded = load_text(std::move(source), request);
    if (loaded.readable) {
        const auto environment = own_environment();
        const bool planned = loaded.ok();
        note_clashes(loaded);
        look_up_programs(loaded, environment);
        if (planned) look_at_machine(loaded, environment);
    }
    return loaded;
}

/// Replaces in the file what is certain, and says so. Throws SystemError, ReportError.
void fix_file(const std::string& file, const PlanRequest& request) {
    const SourceText source = read_source(file);
    const FixedText fixed = fix_text(source, [&](const std::string& text) {
        return look_at_text({source.name, text}, request).diagnostics;
    });
    if (fixed.fixed.empty()) return;
    ReportFile(file).write(fixed.text);
    for (const Fixed& one : fixed.fixed) {
        print_error(printable(source.name) + ":" + std::to_string(one.place.line) + ":" +
                    std::to_string(one.place.column) + ": fixed: " + printable(one.before) +
                    " is now " + printable(one.after) + "\n");
    }
}

Checked look_at(const std::string& file, const PlanRequest& request, bool fix) {
    Checked checked;
    checked.file = file;
    try {
        if (fix) fix_file(file, request);
        checked.loaded = look_at_text(read_source(file), request);
    } catch (const SystemError& error) {
        checked.unreadable = error.what();
    } catch (const ReportError& error) {
        checked.unreadable = error.what();
    }
    return checked;
}

std::string counted_items(const Loaded& loaded) {
    if (!loaded.items) return {};
    const std::size_t count = loaded.items->count();
    return ", " + std::to_string(count) + (count == 1 ? " item" : " items");
}

/// False when it could not be told.
bool tell(const Checked& checked, const Given& given) {
    if (!checked.unreadable.empty()) {
        own_error(checked.unreadable);
        return true;
    }
    const Loaded& loaded = checked.loaded;
    show_diagnostics(loaded.source, loaded.diagnostics, given.value(kColourOption.name));
    if (!checked.ok() || given.has("--quiet")) {
        return true;
    }
    const std::size_t count = loaded.definition.stages.size();
    return print(printable(loaded.source.name) + ": ok (" + std::to_string(count) +
                 (count == 1 ? " stage" : " stages") + counted_items(loaded) + ")\n") == 0;
}

void write_checked(JsonWriter& json, const Checked& checked, bool quiet) {
    const Loaded& loaded = checked.loaded;
    if (quiet && checked.ok() && loaded.diagnostics.empty()) return;
    json.begin_object().member("file", checked.file).member("ok", checked.ok()).key("stages");
    loaded.readable&& checked.unreadable.empty() ? json.value(loaded.definition.stages.size())
                                                 : json.null();
    json.key("diagnostics");
    if (checked.unreadable.empty()) {
        write_diagnostics(json, loaded.source, loaded.diagnostics);
    } else {
        Diagnostic reason;
        reason.message = checked.unreadable;
        write_diagnostics(json, {checked.file, {}}, {reason});
    }
    json.end_object();
}

int check_command(const Given& given) {
    auto request = plan_request(given);
    if (!request) {
        return kOwnError;
    }
    request->allow_missing_parameters = true;
    const bool fix = given.has("--fix");
    if (fix && std::ranges::find(given.operands(), "-") != given.operands().end()) {
        return own_error("--fix writes into files; '-' is none");
    }
    JsonWriter json(1);
    json.begin_array();
    bool good = true;
    for (const std::string& file : given.operands()) {
        const Checked checked = look_at(file, *request, fix);
        good = checked.ok() && good;
        if (given.json()) {
            write_checked(json, checked, given.has("--quiet"));
        } else {
            good = tell(checked, given) && good;
        }
    }
    json.end_array();
    if (given.json() && print(json.take() + "\n") != 0) {
        return kOwnError;
    }
    return good ? 0 : 1;
}

}  // namespace

}  // namespace pipectl
