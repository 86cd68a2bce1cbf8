#include "orchestrator/cli/run_report.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <exception>

#include "orchestrator/cli/recording_text.hpp"
#include "orchestrator/cli/run_history.hpp"
#include "orchestrator/command/colour.hpp"
#include "orchestrator/command/output.hpp"
#include "orchestrator/pages/run_page.hpp"
#include "orchestrator/preflight/terminal_use.hpp"
#include "orchestrator/report/joblog.hpp"
#include "orchestrator/report/record.hpp"
#include "orchestrator/report/status_lines.hpp"
#include "orchestrator/report/story.hpp"
#include "orchestrator/report/table.hpp"
#include "orchestrator/report/trace.hpp"
#include "stages/base/error.hpp"
#include "stages/base/fd.hpp"
#include "stages/recording/writer.hpp"

namespace pipectl {

namespace {

constexpr std::size_t kMostMoments = 200;
constexpr std::size_t kMostTraced = 20000;
/// Rates are of so long a time, or a little longer: what programs do in bursts is even by then.
constexpr double kRateWindow = 2;
constexpr double kBetweenRecent = 0.5;
/// How long the reader of what a refused run tells may take nothing.
constexpr std::chrono::milliseconds kDrainPatience{2000};

/// What a shell's own stage stands for; see shell_stage.hpp.
bool is_of_the_shell(const StageSummary& stage) {
    return stage.argv.size() > 1 && stage.argv[1] == "__relay";
}

/// A shell says nothing: the last stage ended with a status of its own, or one that the shell runs
/// did, and no other one failed.
bool is_silent_in_shell(const Summary& summary, bool hands_on) {
    const StageSummary* last = nullptr;
    for (const StageSummary& stage : summary.stages) {
        if (stage.helper) continue;
        if (stage.verdict == Verdict::failed && is_of_the_shell(stage)) return true;
        if (last != nullptr && last->verdict == Verdict::failed) return false;
        last = &stage;
    }
    return !hands_on && last != nullptr && last->verdict == Verdict::failed && last->status &&
           last->status->signal == 0;
}

}  // namespace

RunReport::RunReport(const RunOptions& options, const Loaded& loaded)
    : options_(options),
      json_(options.json),
      html_(options.html),
      joblog_(options.joblog),
      trace_(options.trace),
      moments_(kMostMoments),
      traced_(kMostTraced),
      progress_(options.progress, options.quiet, terminal_use(loaded.plan), teller_),
      looked_at_(Clock::now()) {
    if (!options.events.empty()) {
        teller_.send_events_to(open_stream(options.events), options.events);
    } else if (options.item.events >= 0) {
        teller_.send_events_to(Fd(::fcntl(options.item.events, F_DUPFD_CLOEXEC, 0)), "--events");
    }
    if (!options.record.empty()) {
        recording_ = open_shared_log(options.record);
        recording::begin(recording_.get());
        recording::Writer(recording_.get())
            .append({recording::Sort::head, 0, 0, 0}, render_recorded_run(loaded));
    }
}

RunObserver RunReport::observer() {
    RunObserver observer;
    observer.on_event = [this](const Event& event) { take(event); };
    observer.on_status_request = [this] { show_status(); };
    observer.on_look = [this](double time_s, const Sampled& seen) { look(time_s, seen); };
    observer.on_stop = [this] { stop(); };
    observer.on_death = options_.on_death;
    observer.on_over = [this](int exit) {
        const bool written = write_record();
        if (exit != 0) return exit;
        return written ? status_in_shell() : kOwnError;
    };
    observer.on_supervisor_lost = [this] {
        progress_.clear();
        for (ReportFile* const file : {&json_, &html_, &joblog_, &trace_}) {
            file->discard();
        }
    };
    observer.conductor = options_.item.conductor;
    observer.run_id = options_.item.run;
    observer.live = progress_.on() || trace_ || options_.item.watched;
    observer.teller = &teller_;
    observer.recording = recording_.get();
    const bool colour = options_.prefix && use_colour(options_.colour, STDERR_FILENO);
    observer.stage_words = colour            ? StageWords::coloured
                           : options_.prefix ? StageWords::prefixed
                                             : StageWords::kept;
    observer.record = [this](double now_s, const Sampled& seen) {
        return record_so_far(now_s, seen);
    };
    return observer;
}

void RunReport::take(const Event& event) noexcept {
    try {
        keep(event);
        if (std::holds_alternative<RunEnded>(event.what)) {
            finish();
        }
    } catch (const std::exception& error) {
        teller_.complain(error.what());
    }
}

int RunReport::status_in_shell() const {
    if (!options_.in_shell || options_.hands_on || !summary_) return 0;
    int status = 0;
    for (const StageSummary& stage : summary_->stages) {
        const bool well = stage.verdict == Verdict::ok && stage.status;
        if (!stage.helper) status = well ? stage.status->code : 0;
    }
    return status;
}

void RunReport::refused(const std::vector<Event>& events) noexcept {
    try {
        for (const Event& event : events) {
            keep(event);
        }
        summary_ = summarize(events_);
    } catch (const std::exception& error) {
        teller_.complain(error.what());
    }
    write_record();
    teller_.drain(kDrainPatience, {});
}

void RunReport::keep(const Event& event) {
    if (teller_.has_events()) {
        teller_.tell_event(lines_.line(event));
    }
    if (const auto* held = std::get_if<EndHeldBack>(&event.what)) {
        tell_held_back(held->process);
    }
    if (const auto* failed = std::get_if<AttemptFailed>(&event.what)) {
        progress_.clear();
        teller_.say(render_attempt(summary_so_far(), *failed));
    }
    if (std::holds_alternative<Sampled>(event.what)) {
        moments_.add(event);
    } else {
        events_.push_back(event);
    }
}

Summary RunReport::summary_so_far() const {
    return summarize(events_);
}

void RunReport::look(double time_s, const Sampled& seen) noexcept {
    try {
        notice(time_s, seen);
        if (trace_) {
            traced_.add({time_s, seen});
        }
        if (progress_.on()) {
            progress_.show(progress_.due(time_s) ? summary_so_far() : Summary(), time_s, seen);
        }
    } catch (const std::exception& error) {
        teller_.complain(error.what());
    }
}

void RunReport::tell_held_back(int process) {
    progress_.clear();
    teller_.say(render_held_back(summary_so_far(), process));
}

void RunReport::notice(double time_s, const Sampled& seen) {
    last_look_ = Moment{time_s, seen};
    looked_at_ = Clock::now();
    if (recent_.empty() || time_s - recent_.back().at_s >= kBetweenRecent) {
        recent_.push_back(*last_look_);
    }
    while (recent_.size() > 1 && recent_[1].at_s <= time_s - kRateWindow) {
        recent_.pop_front();
    }
    const auto is = [&](Activity activity) {
        return [activity](const Sampled::Process& one) { return one.activity == activity; };
    };
    const auto& processes = seen.processes;
    const bool stopped = std::ranges::any_of(processes, is(Activity::stopped)) &&
                         std::ranges::all_of(processes, [&](const Sampled::Process& one) {
                             return is(Activity::stopped)(one) || is(Activity::absent)(one);
                         });
    stopped_s_ = stopped ? std::optional(stopped_s_.value_or(time_s)) : std::nullopt;
}

void RunReport::stop() noexcept {
    progress_.clear();
    const std::chrono::duration<double> since = Clock::now() - looked_at_;
    stopped_s_ = (last_look_ ? last_look_->at_s : 0) + since.count();
}

void RunReport::finish() {
    progress_.clear();
    std::vector<Event> all = events_;
    all.insert(all.end(), moments_.kept().begin(), moments_.kept().end());
    const Summary& summary = summary_.emplace(summarize(all));
    const bool colour = use_colour(options_.colour, STDERR_FILENO);
    // the part behind has ended it, and says why
    const bool ended_by_other =
        options_.hands_on && summary.end && summary.end->verdict == Verdict::cancelled;
    if (!ended_by_other &&
        (!options_.in_shell || !is_silent_in_shell(summary, options_.hands_on))) {
        teller_.say(render_story(summary, colour));
    }
    if (options_.summary) {
        teller_.say(render_table(summary, colour));
    }
}

/// What cannot be written is said last, and one file that cannot is no reason to go without the
/// others.
bool RunReport::write_record() noexcept {
    if (!summary_) {
        return true;
    }
    if (options_.item.record >= 0) {
        // of the items there is one record, and one run in the history
        const bool written = write_all(options_.item.record, render_record_json(*summary_)) == 0;
        return finish_recording() && written;
    }
    remember_run(options_, *summary_, teller_);
    bool all = true;
    const auto write = [&](ReportFile& file, auto render) {
        try {
            if (file) {
                file.write(render(*summary_));
            }
        } catch (const std::exception& error) {
            teller_.complain(error.what());
            all = false;
        }
    };
    write(json_, render_record_json);
    write(html_, render_run_page);
    write(joblog_, render_joblog);
    write(trace_, [this](const Summary& summary) { return render_trace(summary, traced_.kept()); });
    return finish_recording() && all;
}

bool RunReport::finish_recording() noexcept {
    if (!recording_) {
        return true;
    }
    try {
        recording::Writer(recording_.get())
            .append({recording::Sort::finish, 0, 0, 0}, render_recorded_end(*summary_));
        return true;
    } catch (const std::exception& error) {
        teller_.complain(std::string(error.what()) + " ('" + options_.record + "')");
        return false;
    }
}

std::string RunReport::record_so_far(double now_s, const Sampled& seen) {
    notice(now_s, seen);
    Summary summary = summary_so_far();
    if (recent_.front().at_s < now_s) {
        summary.moments.push_back(recent_.front());  // rates are of what lies between the two
    }
    summary.moments.push_back({now_s, seen});
    summary.wall_s = now_s;
    summary.stopped_s = stopped_s_;
    return render_record_json(summary);
}

void RunReport::show_status() noexcept {
    try {
        progress_.clear();
        Summary summary = summary_so_far();
        if (last_look_) {
            summary.moments.push_back(*last_look_);
        }
        const double now = std::max(summary.wall_s, last_look_ ? last_look_->at_s : 0);
        teller_.say(render_status(summary, now));
    } catch (const std::exception& error) {
        teller_.complain(error.what());
    }
}

}  // namespace pipectl
