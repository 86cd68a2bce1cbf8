#include "orchestrator/report/story.hpp"

#include <algorithm>
#include <csignal>
#include <string_view>
#include <utility>
#include <vector>

#include "orchestrator/report/wording.hpp"
#include "stages/base/sentence.hpp"
#include "stages/base/shell_names.hpp"
#include "stages/base/signal_name.hpp"
#include "stages/base/text.hpp"
#include "stages/base/units.hpp"

namespace pipectl {
namespace {

constexpr int kCannotExecute = 126;
constexpr int kNotFound = 127;

std::string quoted(const std::string& name) {
    return "'" + one_line(name) + "'";
}

/// With the host that it runs on, where that is another one.
std::string placed(const StageSummary& stage) {
    return quoted(stage.name) + (stage.host.empty() ? "" : " on " + one_line(stage.host));
}

/// What 1 means where it is no failure of the program; null: nothing of that sort.
const char* meaning_of_one(const StageSummary& stage, const ExitStatus& status) {
    const std::string program = program_of(stage);
    if (status.signal != 0 || status.code != 1) return nullptr;
    if (program == "grep" || program == "egrep" || program == "fgrep" || program == "zgrep" ||
        program == "rg" || program == "pgrep") {
        return "nothing matched";
    }
    if (program == "diff" || program == "cmp") return "the inputs differ";
    return nullptr;
}

bool is_shell(const StageSummary& stage) {
    return is_shell_name(program_of(stage));
}

class Story {
  public:
    Story(const Summary& summary, bool colour) : summary_(summary), colours_(colour) {}

    std::string tell() {
        if (!summary_.end) {
            return {};
        }
        const auto& end = *summary_.end;
        // cut: whoever read our stdout had enough, which is no news to the one who did it
        if (is_well(end.verdict)) {
            tell_leftovers("pipectl: ");
            return std::move(text_);
        }
        if (const auto* stage = start_failure()) {
            head("failed", filled("stage {} could not be started: {}", placed(*stage),
                                  one_line(stage->start_error)));
            tell_command(*stage);
            tell_ended_others("ended because of it", stage);
            tell_not_started(stage);
        } else if (summary_.cancel) {
            tell_cancel(*summary_.cancel);
        } else if (!end.message.empty()) {
            head(end.verdict == Verdict::cancelled ? "was cancelled" : "failed",
                 one_line(end.message));
        } else if (const auto* last = last_failed()) {
            tell_failure(*last);
        } else {
            head("failed", filled("exit status {}", end.exit));
        }
        if (summary_.attempts.size() > 1) {
            line(filled("  attempts: {}", summary_.attempts.size()));
        }
        tell_outputs();
        tell_left();
        tell_leftovers("  ");
        return std::move(text_);
    }

  private:
    using Why = CancelBegan::Why;

    void line(const std::string& text) { text_ += text + "\n"; }

    void head(const std::string& word, const std::string& rest, const char* joint = ": ") {
        line(colours_.bold("pipectl:") + " " + quoted(summary_.pipeline) + " " +
             colours_.red(word) + joint + rest);
    }

    [[nodiscard]] const StageSummary* start_failure() const {
        const auto found = std::ranges::find_if(
            summary_.stages, [](const auto& stage) { return !stage.start_error.empty(); });
        return found == summary_.stages.end() ? nullptr : &*found;
    }

    /// By the shell's rules the last stage decides.
    [[nodiscard]] const StageSummary* last_failed() const {
        const StageSummary* last = nullptr;
        for (const auto& stage : summary_.stages) {
            if (!stage.helper && stage.verdict && *stage.verdict != Verdict::ok && stage.status) {
                last = &stage;
            }
        }
        return last;
    }

    void tell_cancel(const CancelSummary& cancel) {
        const std::size_t index = cancel.what.process;
        const auto* stage = cancel.what.process >= 0 && index < summary_.stages.size()
                                ? &summary_.stages[index]
                                : nullptr;
        switch (cancel.what.why) {
            case Why::failure:
                if (stage != nullptr) {
                    tell_failure(*stage);
                }
                break;
            case Why::stage_timeout:
                if (stage != nullptr) {
                    const double ran = cancel.at_s - stage->start_s.value_or(0);
                    tell_timeout(*stage, filled("stage {} was still running after {}",
                                                placed(*stage), format_duration(ran)));
                }
                break;
            case Why::idle_timeout:
                if (stage != nullptr) {
                    tell_timeout(*stage, filled("stage {} has read and written nothing for {}",
                                                placed(*stage), cancel.what.message));
                }
                break;
            case Why::run_timeout:
                head("timed out",
                     filled("the run was not done after {}", format_duration(cancel.at_s)));
                tell_ended_others("still running", nullptr);
                break;
            case Why::signal:
                head("was cancelled", "by " + signal_name(cancel.what.signal), " ");
                tell_killed();
                break;
            case Why::internal:
                head("failed", one_line(cancel.what.message));
                tell_ended_others("ended because of it", nullptr);
                tell_not_started(nullptr);
                break;
        }
    }

    void tell_timeout(const StageSummary& stage, std::string what) {
        const std::string means = means_of(stage);
        if (!means.empty()) what += filled(" (ended by {})", means);
        head("timed out", what);
        tell_command(stage);
        tell_stderr(stage);
        tell_ended_others("cancelled because of it", &stage);
    }

    void tell_failure(const StageSummary& stage) {
        const ExitStatus status = stage.status.value_or(ExitStatus{});
        std::string what = stage.helper ? "pipectl's own helper " : "stage ";
        what += placed(stage) + " " + describe(status);
        if (status.signal == 0 && status.code == 0) {
            what += ", which its `ok` does not list";
        } else if (status.signal == 0 && status.code > 128 && is_shell(stage)) {
            const auto name = signal_name(status.code - 128);
            if (name.starts_with("SIG")) {
                what += filled(" (a command in it was ended by {})", name);
            }
        }
        if (stage.restarts > 0) {
            what += filled(", after {} {}", stage.restarts,
                           stage.restarts == 1 ? "restart" : "restarts");
        }
        head("failed", what);
        tell_command(stage);
        tell_cause(stage, status);
        tell_stderr(stage);
        tell_other_failures(stage);
        tell_ended_others("cancelled because of it", &stage);
    }

    /// What the status alone does not say.
    void tell_cause(const StageSummary& stage, const ExitStatus& status) {
        const bool ours = std::ranges::any_of(
            stage.signals, [&](const SentSignal& sent) { return sent.signal == status.signal; });
        if (!stage.limit.empty()) {
            line(filled("  note: it reached its limit of `{}`", stage.limit));
        } else if (status.signal == SIGKILL && !ours) {
            line("  note: pipectl did not send it; the kernel does when memory runs out");
        } else if (status.signal == SIGXFSZ) {
            line("  note: a file grew beyond the limit (ulimit -f)");
        } else if (status.signal == SIGPIPE) {
            line("  note: its reader closed the edge without having ended well");
        } else if (const char* const meaning = meaning_of_one(stage, status)) {
            line(
                filled("  note: 1 of '{}' means that {}; where that is no failure: ok = [0, 1], or "
                       "--ok 0,1",
                       program_of(stage), meaning));
        } else if (is_shell(stage) && status.signal == 0 && status.code == kNotFound) {
            line("  note: 127 of a shell means that a command in it was not found");
        } else if (is_shell(stage) && status.signal == 0 && status.code == kCannotExecute) {
            line("  note: 126 of a shell means that a command in it could not be executed");
        }
    }

    void tell_command(const StageSummary& stage) {
        std::string place;
        if (stage.line > 0 && !summary_.source.empty()) {
            place = colours_.faint(filled("  (at {}:{})", one_line(summary_.source), stage.line));
        }
        line("  command: " + shown_command(stage.argv) + place);
    }

    void tell_stderr(const StageSummary& stage) {
        if (stage.stderr_tail.empty() || stage.stderr_shown) {
            return;
        }
        line("  its last lines of stderr:");
        std::string_view rest = stage.stderr_tail;
        if (rest.back() == '\n') {
            rest.remove_suffix(1);
        }
        for (;;) {
            const auto end = rest.find('\n');
            line("    " + colours_.faint("|") + " " + printable(rest.substr(0, end)));
            if (end == std::string_view::npos) {
                return;
            }
            rest.remove_prefix(end + 1);
        }
    }

    void tell_other_failures(const StageSummary& first) {
        for (const auto& stage : summary_.stages) {
            if (&stage != &first && stage.verdict == Verdict::failed && stage.status) {
                line(filled("  also failed: {} {}", placed(stage), describe(*stage.status)));
            }
        }
    }

    void tell_not_started(const StageSummary* except) {
        std::vector<std::string> names;
        for (const auto& stage : summary_.stages) {
            if (!stage.helper && !stage.pid && &stage != except) {
                names.push_back(stage.name);
            }
        }
        if (!names.empty()) {
            line("  not started: " + name_list(names));
        }
    }

    /// "SIGTERM", "SIGKILL after 5.0 s": what it took to end a stage.
    [[nodiscard]] std::string means_of(const StageSummary& stage) const {
        if (stage.signals.empty()) {
            return stage.status ? short_status(*stage.status) : "";
        }
        const auto& last = stage.signals.back();
        const double began = summary_.cancel ? summary_.cancel->at_s : 0;
        const bool late = last.signal == SIGKILL && last.at_s - began >= 0.05;
        return signal_name(last.signal) +
               (late ? " after " + format_duration(last.at_s - began) : "");
    }

    void tell_ended_others(const std::string& what, const StageSummary* except) {
        std::vector<std::pair<std::string, std::vector<std::string>>> groups;
        for (const auto& stage : summary_.stages) {
            const bool ended = stage.verdict == Verdict::cancelled ||
                               (stage.verdict == Verdict::timeout && stage.pid);
            if (!ended || stage.helper || &stage == except) {
                continue;
            }
            const auto means = means_of(stage);
            auto group = std::ranges::find_if(
                groups, [&means](const auto& known) { return known.first == means; });
            if (group == groups.end()) {
                group = groups.insert(group, {means, {}});
            }
            group->second.push_back(stage.name);
        }
        std::string list;
        for (const auto& [means, names] : groups) {
            list += (list.empty() ? "" : ", ") + name_list(names);
            list += means.empty() ? "" : " (" + means + ")";
        }
        if (!list.empty()) {
            line("  " + what + ": " + list);
        }
    }

    /// After a signal from the user: only those that did not obey it are news.
    void tell_killed() {
        std::vector<std::string> names;
        std::string means;
        for (const auto& stage : summary_.stages) {
            if (!stage.helper && !stage.signals.empty() && stage.signals.back().signal == SIGKILL) {
                names.push_back(stage.name);
                means = means_of(stage);
            }
        }
        if (!names.empty()) {
            line(filled("  did not end by itself: {} ({})", name_list(names), means));
        }
    }

    void tell_outputs() {
        std::vector<std::string> kept;
        for (const auto& output : summary_.outputs) {
            if (output.error.empty() && !output.replaced) {
                kept.push_back(output.path);
            } else if (!output.error.empty() && output.error != summary_.end->message) {
                line("  output: " + one_line(output.error));
            }
            if (!output.error.empty() && !output.replaced) {
                kept.push_back(output.path);
            }
        }
        if (!kept.empty()) {
            line("  not replaced: " + name_list(kept));
        }
    }

    /// A shell that is ended leaves the commands in it behind, which is nobody's mistake.
    [[nodiscard]] bool was_ended_early(const std::string& name) const {
        const auto stage = std::ranges::find(summary_.stages, name, &StageSummary::name);
        return stage != summary_.stages.end() && stage->verdict && *stage->verdict != Verdict::ok &&
               *stage->verdict != Verdict::failed;
    }

    /// By whom what is there already need not be made again.
    void tell_left() {
        std::vector<std::string> names;
        for (const CacheUsed& used : summary_.cache) {
            if (used.what == CacheUsed::What::left) names.push_back(used.stage);
        }
        if (names.empty()) return;
        line(filled("  left: what {} wrote; 'pipectl resume {}' goes on from there",
                    name_list(names), summary_.run.substr(0, kShortId)));
    }

    void tell_leftovers(const std::string& indent) {
        for (const auto& leftover : summary_.leftovers) {
            if (!leftover.kept && was_ended_early(leftover.stage)) {
                continue;
            }
            const std::string who = quoted(leftover.command);
            const std::string whose =
                leftover.stage.empty() ? "the run" : "stage " + quoted(leftover.stage);
            line(indent + (leftover.kept ? filled("{} (pid {}) of {} runs on (`detach = true`)",
                                                  who, leftover.pid, whose)
                                         : filled("{} left {} (pid {}) running: it was ended",
                                                  whose, who, leftover.pid)));
        }
    }

    const Summary& summary_;
    Colours colours_;
    std::string text_;
};

}  // namespace

std::string render_held_back(const Summary& summary, std::size_t stage) {
    return filled(
        "pipectl: {} has closed its output and works on: its readers are shown the end when it has "
        "ended well (end = \"closed\" on this stage shows it at once)\n",
        quoted(summary.stages.at(stage).name));
}

std::string render_attempt(const Summary& summary, const AttemptFailed& failed) {
    std::string what = filled("ended with status {}", failed.exit);
    if (failed.process >= 0) {
        const StageSummary& stage = summary.stages.at(failed.process);
        what = "stage " + quoted(stage.name) + " " +
               (failed.verdict == Verdict::timeout ? "had its time"
                                                   : describe(stage.status.value_or(ExitStatus{})));
    } else if (failed.verdict == Verdict::timeout) {
        what = "timed out";
    }
    return filled("pipectl: {}: attempt {} failed: {}; the next one begins in {}\n",
                  quoted(summary.pipeline), failed.attempt, what, format_duration(failed.delay_s));
}

std::string render_story(const Summary& summary, bool colour) {
    return Story(summary, colour).tell();
}

}  // namespace pipectl
