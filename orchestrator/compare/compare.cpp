#include "orchestrator/compare/compare.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "orchestrator/compare/input.hpp"
#include "orchestrator/compare/judge.hpp"
#include "orchestrator/compare/proof.hpp"
#include "orchestrator/compare/schedule.hpp"
#include "orchestrator/compare/sinks.hpp"
#include "orchestrator/compare/trial.hpp"
#include "orchestrator/compare/words.hpp"
#include "orchestrator/process/interrupts.hpp"
#include "stages/base/clock.hpp"
#include "stages/base/text.hpp"

namespace pipectl::compare {

namespace {

using Clock = std::chrono::steady_clock;

/// A plan that is measured, and the rows that it is: the same plan can stand in several tables.
struct Case {
    struct Place {
        Table* table;
        std::size_t row;
    };
    std::vector<Place> places;
    std::string gist;
    Redirected redirected;
    std::string label;
    std::string failed;
    std::vector<Run> runs;
    std::vector<std::string> digests;
};

std::string first_error(const std::vector<Diagnostic>& diagnostics) {
    const auto error = std::find_if(
        diagnostics.begin(), diagnostics.end(),
        [](const Diagnostic& diagnostic) { return diagnostic.severity == Severity::error; });
    return error == diagnostics.end() ? "" : error->message;
}

std::string reason_of(const Trial& trial) {
    return trial.failed + (trial.said.empty() ? "" : ": " + trial.said.back());
}

class Session {
  public:
    explicit Session(const Request& request) : request_(request) {
        PlanResult planned = make_plan(request.definition, request.plan);
        if (has_errors(planned.diagnostics)) throw CannotCompare(first_error(planned.diagnostics));
        gist_ = gist_of(planned.plan);
        reference_ = redirect(std::move(planned.plan));
        check_stage();
    }

    Result run() {
        Comparison& comparison = result_.comparison;
        comparison.pipeline = reference_.plan.name;
        comparison.source = reference_.plan.source;
        comparison.started_at = utc_now();
        comparison.rounds = request_.runs;
        comparison.warmup = request_.warmup;
        comparison.table.stage = request_.stage;
        if (request_.matrix) {
            for (const std::string& stage : fed_stages(reference_.plan)) {
                comparison.matrix.emplace_back().stage = stage;
            }
        }
        add_cases(comparison.table);
        for (Table& table : comparison.matrix)
            add_cases(table);

        Interrupts interrupts;
        Input input(inherits_stdin(reference_.plan));
        Trials trials(reference_.sinks, request_.plan.environment, request_.round_trips,
                      interrupts);
        take_reference(trials, input, interrupts);
        measure(trials, input, interrupts);
        finish(input);
        result_.signal = interrupts.first();
        return std::move(result_);
    }

  private:
    void check_stage() const {
        const std::vector<std::string> fed = fed_stages(reference_.plan);
        if (fed.empty()) throw CannotCompare("no stage feeds another one: there is no channel");
        const std::string& stage = request_.stage;
        if (stage.empty() || std::find(fed.begin(), fed.end(), stage) != fed.end()) return;
        std::vector<std::string> names;
        for (const Stage& each : request_.definition.stages)
            names.push_back(each.name.value);
        const bool known = std::find(names.begin(), names.end(), stage) != names.end();
        throw CannotCompare(known ? "no stage feeds '" + stage +
                                        "'; a channel is named for the stage that reads from it"
                                  : "there is no stage '" + stage + "'" +
                                        did_you_mean(stage, known ? fed : names));
    }

    void add_cases(Table& table) {
        int current = -1;
        int pipe = 0;
        for (const Candidate& candidate : request_.candidates) {
            Row row;
            row.channel = candidate.kind->name;
            row.size = candidate.size;
            PlanResult planned =
                make_plan(with_channel(request_.definition, table.stage, candidate), request_.plan);
            row.failed = first_error(planned.diagnostics);
            std::string gist = gist_of(planned.plan);
            Redirected redirected = redirect(std::move(planned.plan));
            if (row.failed.empty() && redirected.sinks != reference_.sinks) {
                row.failed = "the pipeline has other outputs over this channel";
            }
            const int index = static_cast<int>(table.rows.size());
            if (gist == gist_ && current < 0) current = index;
            if (row.channel == "pipe" && row.size.empty()) pipe = index;
            add_case(table, std::move(row), std::move(gist), std::move(redirected));
        }
        if (current < 0 && request_.as_it_is) {
            current = static_cast<int>(table.rows.size());
            Row row;
            row.channel = kAsItIs;
            add_case(table, std::move(row), gist_, reference_);
        }
        table.baseline = current >= 0 ? current : pipe;
    }

    void add_case(Table& table, Row row, std::string gist, Redirected redirected) {
        const Case::Place place{&table, table.rows.size()};
        const auto same = std::find_if(cases_.begin(), cases_.end(), [&](const Case& each) {
            return each.failed.empty() && each.gist == gist;
        });
        if (row.failed.empty() && same != cases_.end()) {
            same->places.push_back(place);
        } else {
            Case added;
            added.places = {place};
            added.gist = std::move(gist);
            added.redirected = std::move(redirected);
            added.failed = row.failed;
            added.label = row.label() + (table.stage.empty() ? "" : " into " + table.stage);
            cases_.push_back(std::move(added));
        }
        table.rows.push_back(std::move(row));
    }

    void take_reference(Trials& trials, Input& input, const Interrupts& interrupts) {
        tell({0, 0, "the pipeline as it is", 0});
        const auto begin = Clock::now();
        const Trial trial = trials.run(reference_.plan, input.for_reference());
        seconds_ = std::chrono::duration<double>(Clock::now() - begin).count();
        if (interrupts.first() != 0) return;
        if (!trial.failed.empty()) {
            throw CannotCompare("the pipeline as it is does not succeed: " + trial.failed,
                                trial.said);
        }
        input.reference_ended();
        result_.comparison.sinks = trial.sinks;
        digest_ = trial.digest;
    }

    void measure(Trials& trials, const Input& input, Interrupts& interrupts) {
        const int rounds = request_.warmup + request_.runs;
        const auto schedule = make_schedule(static_cast<int>(cases_.size()), rounds, request_.seed);
        const int total = rounds * static_cast<int>(cases_.size());
        int done = 0;
        double took = seconds_;  // all runs so far
        for (int round = 0; round < rounds; ++round) {
            for (const int index : schedule[round]) {
                (void)interrupts.take();  // one that came between two runs
                if (interrupts.first() != 0) return;
                Case& each = cases_[index];
                ++done;
                if (!each.failed.empty()) continue;
                tell({done - 1, total, each.label, took / done * (total - done + 1)});
                const auto begin = Clock::now();
                Trial trial = trials.run(each.redirected.plan, input.again());
                took += std::chrono::duration<double>(Clock::now() - begin).count();
                if (interrupts.first() == 0) keep(each, std::move(trial), round);
            }
        }
    }

    void keep(Case& of, Trial trial, int round) const {
        if (!trial.failed.empty()) {
            of.failed = reason_of(trial);
            of.runs.clear();
            of.digests.clear();
        } else if (round >= request_.warmup) {
            of.runs.push_back(trial.run);
            if (!trial.digest.empty()) of.digests.push_back(std::move(trial.digest));
        }
    }

    void conclude(Table& table) {
        Digests digests(table.rows.size());
        for (const Case& each : cases_) {
            for (const Case::Place& place : each.places) {
                if (place.table != &table) continue;
                table.rows[place.row].runs = each.runs;
                table.rows[place.row].failed = each.failed;
                digests[place.row] = each.digests;
            }
        }
        judge(table);
        prove(table, digests, digest_);
    }

    void finish(const Input& input) {
        Comparison& comparison = result_.comparison;
        conclude(comparison.table);
        for (Table& table : comparison.matrix)
            conclude(table);
        for (const Case& each : cases_) {
            const bool short_of = std::ssize(each.runs) < request_.runs;
            comparison.interrupted = comparison.interrupted || (each.failed.empty() && short_of);
        }
        comparison.same_bytes = same_bytes(comparison);
        comparison.answer = answer(comparison.table);
        comparison.toml = lines_to_paste(comparison.table);
        comparison.warnings = find_warnings(comparison);
        if (request_.round_trips && !tells_of_round_trips(comparison.table)) {
            comparison.warnings.emplace_back(
                "no stage told of round trips: one of them writes their number, as a line, to the "
                "file that $PIPECTL_ROUND_TRIPS names");
        }
        if (input.is_terminal()) {
            comparison.warnings.emplace_back(
                "stdin is a terminal: the runs got an empty one; to give them input: pipectl "
                "compare ... < FILE");
        }
        if (comparison.interrupted) {
            comparison.warnings.emplace_back("interrupted: fewer runs than were asked for");
        }
    }

    void tell(const Progress& progress) const {
        if (request_.on_progress) request_.on_progress(progress);
    }

    const Request& request_;
    Redirected reference_;
    std::string gist_;         ///< of the definition as it is
    std::vector<Case> cases_;  ///< point into result_
    std::string digest_;
    double seconds_ = 0;  ///< of the reference run
    Result result_;
};

}  // namespace

Result run(const Request& request) {
    return Session(request).run();
}

}  // namespace pipectl::compare
