// The way of `pipectl run -c`: a shell's text, its stages, and then as any other run.
//
// By the shell's rules a program or a file that is not there is no reason to run nothing: the
// stage that wants it is given to bash, which says so and goes on, and here it is a warning.

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <set>
#include <utility>

#include "orchestrator/cli/covered_shell.hpp"
#include "orchestrator/cli/load.hpp"
#include "orchestrator/cli/machine.hpp"
#include "orchestrator/cli/run_options.hpp"
#include "orchestrator/command/output.hpp"
#include "orchestrator/draw/render_plan.hpp"
#include "orchestrator/preflight/preflight.hpp"
#include "orchestrator/shell/shell.hpp"

namespace pipectl {

namespace {

struct Attempt {
    shell::RunTranslation translation;
    Loaded loaded;
};

Attempt plan_translation(const RunOptions& options, const SourceText& source,
                         shell::RunTranslation translation) {
    Attempt attempt;
    attempt.loaded.source = source;
    attempt.loaded.definition = translation.definition;
    attempt.translation = std::move(translation);
    plan_loaded(attempt.loaded, options.request);
    return attempt;
}

Attempt plan_text(const RunOptions& options, const SourceText& source, const shell::RunText& text) {
    shell::RunTranslation translation = shell::translate_for_run(text, this_machine());
    if (!translation.diagnostics.empty()) {
        Attempt refused;
        refused.translation.diagnostics = translation.diagnostics;
        refused.loaded.source = source;
        refused.loaded.diagnostics = translation.diagnostics;
        return refused;
    }
    Attempt parts = plan_translation(options, source, std::move(translation));
    if (parts.loaded.ok() || parts.translation.whole || options.strict) {
        return parts;
    }
    // such as two stages that write one file; but not what the command line itself has wrong
    Attempt whole = plan_translation(options, source, shell::whole_text(text));
    return whole.loaded.ok() ? std::move(whole) : std::move(parts);
}

/// The stages that the failures are about, by their places in the text.
std::set<std::size_t> stages_of(const Attempt& attempt, const std::vector<Diagnostic>& failures) {
    std::set<std::size_t> places;
    const auto& stages = attempt.loaded.definition.stages;
    for (const Diagnostic& failure : failures) {
        for (std::size_t i = 0; i < stages.size(); ++i) {
            if (Place(stages[i].place) == failure.place) {
                places.insert(attempt.translation.offsets[i]);
            }
        }
    }
    return places;
}

/// Leaves the named stages to bash; all of the text when they are with it already.
Attempt leave_to_bash(const RunOptions& options, const SourceText& source, shell::RunText& text,
                      const Attempt& attempt, const std::vector<Diagnostic>& failures) {
    const std::size_t before = text.given_to_shell.size();
    text.given_to_shell.merge(stages_of(attempt, failures));
    return text.given_to_shell.size() > before
               ? plan_text(options, source, text)
               : plan_translation(options, source, shell::whole_text(text));
}

void warn(const RunOptions& options, const SourceText& source, std::vector<Diagnostic> failures) {
    for (Diagnostic& each : failures) {
        each.severity = Severity::warning;
    }
    if (!options.quiet) {
        show_diagnostics(source, failures, options.colour);
    }
}

/// Something was asked for that is about one run.
bool is_about_one_run(const RunOptions& options) {
    const PlanRequest& plan = options.request;
    return options.dry_run || options.summary || options.prefix || options.cached ||
           !options.json.empty() || !options.html.empty() || !options.events.empty() ||
           !options.joblog.empty() || !options.trace.empty() || !options.record.empty() ||
           !plan.via.empty() || !plan.stage_via.empty() || plan.timeout || plan.tap;
}

/// Why the text's pipelines are not all covered, with their lines.
std::vector<Diagnostic> uncovered(const shell::Cover& cover) {
    std::vector<Diagnostic> reasons;
    const auto add = [&](int line, const std::string& why) {
        Diagnostic& reason = reasons.emplace_back();
        reason.place = {line, line > 0 ? 1 : 0};
        reason.message = "--strict does not cover this: " + why;
        reason.hint = "without --strict the shell's rules hold";
    };
    for (const shell::CoveredLine& line : cover.lines) {
        if (!line.why.empty()) add(line.line, line.why);
    }
    if (cover.evaluates) add(0, "'eval', or a text that is sourced, with pipelines of its own");
    return reasons;
}

/// A text of several pipelines: bash runs it, and each of them is a run. Returns when one of them
/// is not covered.
int run_covered(const RunOptions& options, const SourceText& source) {
    const bool file = !options.script.empty() && options.script != "-";
    const shell::Cover made = cover({.name = source.name,
                                     .text = source.text,
                                     .is_script = file,
                                     .strict = true,
                                     .require = true});
    const std::vector<Diagnostic> reasons = made.error ? std::vector{*made.error} : uncovered(made);
    if (!reasons.empty()) {
        show_diagnostics(source, reasons, options.colour);
        return kOwnError;
    }
    return become_shell_of("bash", {}, made.text, {file ? source.name : "bash"});
}

/// Named pipes that the text makes and leaves behind, or removes at its end.
class FifoFiles {
  public:
    explicit FifoFiles(const shell::RunTranslation& translation) : translation_(translation) {
        for (const std::string& path : translation_.fifos_made) {
            (void)::mkfifo(path.c_str(), 0666);
        }
    }
    ~FifoFiles() {
        for (const std::string& path : translation_.files_removed) {
            struct stat status {};
            if (::lstat(path.c_str(), &status) == 0 && S_ISFIFO(status.st_mode)) {
                ::unlink(path.c_str());
            }
        }
    }
    FifoFiles(const FifoFiles&) = delete;
    FifoFiles& operator=(const FifoFiles&) = delete;

  private:
    const shell::RunTranslation& translation_;
};

}  // namespace

int run_shell_command(const RunOptions& options) {
    SourceText source{"-c", options.command};
    if (!options.script.empty()) {
        source = read_source(options.script);
    }
    shell::RunText text;
    text.text = source.text;
    text.file = options.script == "-" ? "" : options.script;
    text.strict = options.strict;
    if (text.file.empty() && text.text.find('\0') != std::string::npos) {
        return own_error(source.name + ": a null byte, which no shell takes");
    }
    Attempt attempt = plan_text(options, source, text);
    while (true) {
        const Loaded& loaded = attempt.loaded;
        if (!attempt.translation.diagnostics.empty() && options.strict &&
            !is_about_one_run(options)) {
            return run_covered(options, source);
        }
        if (!loaded.ok()) {
            show_diagnostics(source, loaded.diagnostics, options.colour);
            return kOwnError;
        }
        if (options.dry_run) {
            return print(render_plan_text(loaded.plan));
        }
        const bool tries = !options.strict && !attempt.translation.whole;
        const Preflight preflight = check_plan(loaded.plan, own_environment());
        if (tries && !preflight.ok()) {
            warn(options, source, preflight.diagnostics());
            attempt = leave_to_bash(options, source, text, attempt, preflight.diagnostics());
            continue;
        }
        try {
            const FifoFiles fifos(attempt.translation);
            return run_loaded(options, loaded, preflight, tries);
        } catch (const OutputError& error) {
            const auto failures = output_diagnostics(error, loaded.plan);
            warn(options, source, failures);
            attempt = leave_to_bash(options, source, text, attempt, failures);
        }
    }
}

}  // namespace pipectl
