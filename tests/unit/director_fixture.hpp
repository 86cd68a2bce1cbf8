#pragma once

// A director without processes: a chain as its plan, and a recorder of what it would do.

#include <csignal>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "orchestrator/run/director.hpp"
#include "tests/support/catch.hpp"

namespace pipectl {

inline const channel::Kind kTestPipe = {.name = "test-pipe",
                                        .summary = {},
                                        .kernel_object = {},
                                        .ends = channel::Ends::direct,
                                        .keeps_records = false,
                                        .reopenable = true,
                                        .reader_gone = channel::ReaderGone::kernel_tells,
                                        .options = {},
                                        .create = nullptr};

inline channel::Kind test_socket() {
    channel::Kind kind = kTestPipe;
    kind.reader_gone = channel::ReaderGone::we_tell;
    return kind;
}
inline const channel::Kind kTestSocket = test_socket();

/// A chain of `stages` processes; the last one writes to pipectl's own stdout.
inline Plan chain(int stages, const channel::Kind& kind = kTestPipe) {
    Plan plan;
    for (int i = 0; i < stages; ++i) {
        Process process;
        process.name = std::string(1, static_cast<char>('a' + i));
        plan.processes.push_back(process);
        if (i > 0) {
            Link link;
            link.kind = &kind;
            link.writer = i - 1;
            link.reader = i;
            plan.links.push_back(link);
        }
    }
    plan.processes.back().descriptors.push_back({1, Descriptor::What::inherited, 1});
    plan.last_stage = stages - 1;
    return plan;
}

struct Recorder : Effects {
    std::vector<std::pair<int, int>> signals;
    std::set<int> released;
    std::vector<int> watched;
    std::set<int> exiting;
    std::set<int> abandoned;
    std::vector<int> patient;
    bool outside_gone = false;
    int graces = 0;
    int kills = 0;
    std::vector<std::pair<int, Verdict>> verdicts;

    void send_signal(int process, int signal) override {
        if (signal != SIGCONT) {
            signals.emplace_back(process, signal);
        }
    }
    void release_hold(int link) override { released.insert(link); }
    void watch_writer(int link) override { watched.push_back(link); }
    void start_grace() override { ++graces; }
    void kill_everything() override { ++kills; }
    bool is_exiting(int process) override { return exiting.contains(process); }
    bool outside_reader_gone() override { return outside_gone; }
    bool is_abandoned(int link) override { return abandoned.contains(link); }
    void start_patience(int process, int) override { patient.push_back(process); }
    void record(decltype(Event::what) what) override {
        if (const auto* judged = std::get_if<ProcessJudged>(&what)) {
            verdicts.emplace_back(judged->process, judged->verdict);
        }
    }

    [[nodiscard]] Verdict of(int process) const {
        for (const auto& [who, verdict] : verdicts) {
            if (who == process) {
                return verdict;
            }
        }
        FAIL("process " << process << " was not judged");
        return Verdict::not_started;
    }
};

/// A plan that runs under a recorder, all its processes started.
struct Running {
    Plan plan;
    Recorder effects;
    Director director;

    explicit Running(Plan what) : plan(std::move(what)), director(plan, effects) {
        for (std::size_t i = 0; i < plan.processes.size(); ++i) {
            director.started(static_cast<int>(i));
        }
    }
    void exits(int process, int code) { director.ended({{process, {.code = code}}}); }
    void dies(int process, int signal) { director.ended({{process, {.signal = signal}}}); }
};

using Signals = std::vector<std::pair<int, int>>;

}  // namespace pipectl
