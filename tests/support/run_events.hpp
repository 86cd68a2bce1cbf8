#pragma once

// Events of an imagined run, for the tests of reports.

#include <string>
#include <utility>
#include <vector>

#include "orchestrator/event/event.hpp"

/// Builds a list of events in order; times are given, never measured.
class RunEvents {
  public:
    RunEvents() {
        start_.run = "0123abcd";
        start_.pipeline = "slow-requests";
        start_.source = "slow.toml";
        start_.started_at = "2024-05-06T07:08:09Z";
    }

    RunEvents& process(const std::string& name, std::vector<std::string> argv, int line,
                       bool helper = false) {
        start_.processes.push_back({name, helper, std::move(argv), line});
        return *this;
    }

    RunEvents& edge(const std::string& from, const std::string& to, const std::string& via) {
        start_.edges.push_back({from, to, via});
        return *this;
    }

    /// Records the start of the run, and of all its processes at 0.01 s with pids from 100 on.
    RunEvents& start_all() {
        at(0, start_);
        for (std::size_t i = 0; i < start_.processes.size(); ++i) {
            at(0.01, pipectl::ProcessStarted{static_cast<int>(i), static_cast<pid_t>(100 + i)});
        }
        return *this;
    }

    RunEvents& start_run() { return at(0, start_); }

    RunEvents& at(double time_s, decltype(pipectl::Event::what) what) {
        events_.push_back({time_s, std::move(what)});
        return *this;
    }

    RunEvents& end(double time_s, int process, pipectl::ExitStatus status,
                   pipectl::Verdict verdict) {
        at(time_s, pipectl::ProcessEnded{process, status, {0.25, 0.05, 3670016, 7, 2}});
        return at(time_s, pipectl::ProcessJudged{process, verdict});
    }

    [[nodiscard]] const std::vector<pipectl::Event>& events() const { return events_; }

  private:
    pipectl::RunStarted start_;
    std::vector<pipectl::Event> events_;
};
