#pragma once

// A director without processes: a chain as its plan, and a recorder of what it would do.

#include <algorithm>
#include <csignal>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "orchestrator/director/director.hpp"
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

inline channel::Kind test_file() {
    channel::Kind kind = kTestPipe;
    kind.reader_gone = channel::ReaderGone::we_tell;
    return kind;
}
inline const channel::Kind kTestFile = test_file();

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

/// What the director may ask, as the test says, and what it has asked for.
struct Recorder : Facts {
    std::vector<std::pair<int, int>> signals;
    std::set<int> released;
    std::vector<int> told_to_fail;            ///< links
    std::vector<std::pair<int, int>> warned;  ///< links and signals
    std::set<int> exiting;
    std::set<int> abandoned;
    std::set<int> closed;
    std::set<int> going_on;
    std::set<int> moving;
    std::set<int> input_ended;
    std::vector<LinkWaits> waiting;
    Leftovers left;
    bool outside_gone = false;
    bool to_the_group = true;
    int kills = 0;
    int leftovers_ended = 0;
    std::vector<std::pair<int, Verdict>> verdicts;
    std::vector<int> held_back;
    std::vector<int> called;    ///< processes that are to be started now
    std::vector<int> given_up;  ///< processes that never will be
    std::vector<int> for_good;  ///< those that will not be started again

    [[nodiscard]] bool is_exiting(int process) const override { return exiting.contains(process); }
    [[nodiscard]] bool is_abandoned(int link) const override { return abandoned.contains(link); }
    [[nodiscard]] bool is_closed(int link) const override { return closed.contains(link); }
    [[nodiscard]] bool writer_goes_on(int link) override { return going_on.contains(link); }
    [[nodiscard]] bool has_moved(int process) override { return moving.contains(process); }
    [[nodiscard]] bool input_over(int process) const override {
        return input_ended.contains(process);
    }
    [[nodiscard]] bool outside_reader_gone() const override { return outside_gone; }
    [[nodiscard]] bool reached_group(int) const override { return to_the_group; }
    [[nodiscard]] std::vector<LinkWaits> waits() const override { return waiting; }
    [[nodiscard]] Leftovers leftovers() const override { return left; }

    void take(const action::SendSignal& sent) {
        if (sent.signal != SIGCONT) signals.emplace_back(sent.process, sent.signal);
    }
    void take(const action::ReleaseEnd& what) { released.insert(what.link); }
    void take(const action::LetWriterFail& what) { told_to_fail.push_back(what.link); }
    void take(const action::SignalWriters& what) { warned.emplace_back(what.link, what.signal); }
    void take(const action::TellHelper&) {}
    void take(const action::Start& what) { called.push_back(what.process); }
    void take(const action::GiveUpStart& what) { given_up.push_back(what.process); }
    void take(const action::EndForGood& what) { for_good.push_back(what.process); }
    void take(const action::EndLeftovers&) { ++leftovers_ended; }
    void take(const action::KillAll&) { ++kills; }
    void take(const action::RunLasts&) {}
    void take(const action::Tell& told) {
        if (const auto* judged = std::get_if<ProcessJudged>(&told.what)) {
            verdicts.emplace_back(judged->process, judged->verdict);
        }
        if (const auto* held = std::get_if<EndHeldBack>(&told.what)) {
            held_back.push_back(held->process);
        }
    }

    [[nodiscard]] bool judged(int process) const {
        return std::ranges::any_of(verdicts, [&](const auto& one) { return one.first == process; });
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

/// A plan that runs, its processes started, on a clock that the test turns.
struct Running {
    Plan plan;
    Recorder effects;
    Director director;
    RunTime now{};

    explicit Running(Plan what, int here = 0)
        : plan(std::move(what)), director(plan, effects, {}, here) {
        for (std::size_t i = 0; i < plan.processes.size(); ++i) {
            const int process = static_cast<int>(i);
            if (director.may_start(process)) happens(occurrence::Started{process});
        }
        happens(occurrence::AllStarted{});
    }
    void happens(const Occurrence& what) {
        for (const Action& action : director.on(now, what)) {
            std::visit([this](const auto& each) { effects.take(each); }, action);
        }
    }
    /// Lets time pass, and has done what is due in it.
    void passes(RunTime time) {
        const RunTime until = now + time;
        while (director.next() && *director.next() <= until) {
            now = std::max(now, *director.next());
            happens(occurrence::TimePassed{});
        }
        now = until;
    }
    void exits(int process, int code, OnBrokenPipe on_pipe = OnBrokenPipe::dies) {
        happens(occurrence::Ended{{{process, {.code = code}, on_pipe}}});
    }
    void hears(int process, Verdict verdict, ExitStatus status = {}) {
        happens(occurrence::FarJudged{{{process, verdict, status}}});
    }
    void dies(int process, int signal) {
        happens(occurrence::Ended{{{process, {.signal = signal}, OnBrokenPipe::unknown}}});
    }
};

using Signals = std::vector<std::pair<int, int>>;

}  // namespace pipectl
