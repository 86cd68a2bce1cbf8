#include "orchestrator/cli/run_report.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <exception>

#include "orchestrator/cli/arguments.hpp"
#include "orchestrator/cli/colour.hpp"
#include "orchestrator/cli/report_file.hpp"
#include "orchestrator/report/record.hpp"
#include "orchestrator/report/status_lines.hpp"
#include "orchestrator/report/story.hpp"
#include "orchestrator/report/table.hpp"
#include "stages/base/error.hpp"

namespace pipectl {

RunReport::RunReport(const RunOptions& options) : options_(options) {
    if (!options.events.empty()) {
        events_file_ =
            Fd(::open(options.events.c_str(),
                      O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | O_NOCTTY, 0666));
        if (!events_file_) {
            throw SystemError("cannot write '" + options.events + "'", errno);
        }
    }
    if (!options.json.empty()) {
        check_report_file(options.json);
    }
}

RunObserver RunReport::observer() {
    return {[this](const Event& event) { take(event); }, [this] { show_status(); }};
}

void RunReport::take(const Event& event) noexcept {
    try {
        keep(event);
        if (std::holds_alternative<RunEnded>(event.what)) {
            finish();
        }
    } catch (const std::exception& error) {
        own_error(error.what());
    }
}

void RunReport::refused(const std::vector<Event>& events) noexcept {
    try {
        for (const Event& event : events) {
            keep(event);
        }
        write_record(summarize(events_));
    } catch (const std::exception& error) {
        own_error(error.what());
    }
}

void RunReport::keep(const Event& event) {
    if (events_file_ && !events_broken_) {
        const int code = write_all(events_file_.get(), lines_.line(event));
        if (code != 0) {
            events_broken_ = true;
            own_error("cannot write '" + options_.events + "': " + errno_text(code));
        }
    }
    events_.push_back(event);
}

void RunReport::finish() {
    const Summary summary = summarize(events_);
    const bool colour = use_colour(options_.colour, STDERR_FILENO);
    print_error(render_story(summary, colour));
    if (options_.summary) {
        print_error(render_table(summary, colour));
    }
    write_record(summary);
}

void RunReport::write_record(const Summary& summary) const {
    if (!options_.json.empty()) {
        write_report_file(options_.json, render_record_json(summary));
    }
}

void RunReport::show_status() noexcept {
    try {
        const double now = events_.empty() ? 0 : events_.back().time_s;
        print_error(render_status(summarize(events_), now));
    } catch (const std::exception& error) {
        own_error(error.what());
    }
}

}  // namespace pipectl
