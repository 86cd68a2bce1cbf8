// Simulates whole runs: random programs, channels, schedules, signals, kills, all from a seed.
//
//   simulate [--hosts] [--runs N] [--seed FIRST] [--break RULE]
//
// RULE is early-end, no-broken-pipe or no-judgement; with --hosts, which simulates runs on three
// machines, lost-is-ok or one-step.
//
// Ends with 0 when every promise was kept in every run. Else it prints seed, graph and what was
// broken, with the steps of that run, and ends with 1; `--seed SEED --runs 1` repeats it. With
// --break a rule is broken on purpose, and 0 means that it was noticed.
//
// proves: R42

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/director/attempts.hpp"
#include "orchestrator/director/supervisor.hpp"
#include "tests/simulation/sim_graphs.hpp"
#include "tests/simulation/sim_hosts.hpp"
#include "tests/simulation/sim_world.hpp"

namespace {

using namespace pipectl;
using namespace pipectl::simulation;
using namespace std::chrono_literals;

struct Options {
    std::uint64_t seed = 1;
    int runs = 100'000;
    Broken broken = Broken::nothing;
    bool hosts = false;
};

[[noreturn]] void usage() {
    std::fputs(
        "usage: simulate [--hosts] [--runs N] [--seed FIRST] [--break early-end|no-broken-pipe|"
        "no-judgement|lost-is-ok|one-step]\n",
        stderr);
    std::exit(2);
}

Options parse(int argc, char** argv) {
    Options options;
    if (argc > 1 && std::string_view(argv[1]) == "--hosts") {
        options.hosts = true;
        --argc;
        ++argv;
    }
    for (int i = 1; i + 1 < argc; i += 2) {
        const std::string_view name = argv[i];
        const std::string_view value = argv[i + 1];
        if (name == "--runs") {
            options.runs = std::atoi(argv[i + 1]);
        } else if (name == "--seed") {
            options.seed = std::strtoull(argv[i + 1], nullptr, 10);
        } else if (name == "--break") {
            options.broken = value == "early-end"        ? Broken::early_end
                             : value == "no-broken-pipe" ? Broken::no_broken_pipe
                             : value == "no-judgement"   ? Broken::no_judgement
                             : value == "lost-is-ok"     ? Broken::lost_is_ok
                             : value == "one-step"       ? Broken::one_step
                                                         : Broken::nothing;
            if (options.broken == Broken::nothing) usage();
        } else {
            usage();
        }
    }
    if (argc % 2 == 0) usage();
    return options;
}

/// Empty: every promise was kept.
std::string simulate(const Plan& graph, std::uint64_t seed, Broken broken,
                     std::vector<std::string>* trace) {
    Random random(seed);
    Plan plan = graph;
    std::vector<Script> scripts;
    bool endless = false;
    for (std::size_t i = 0; i < plan.processes.size(); ++i) {
        bool reads = false;
        for (const Link& link : plan.links)
            reads = reads || link.reader == static_cast<int>(i);
        scripts.push_back(random_script(plan.processes[i], reads, random));
        endless = endless || scripts.back().blocks < 0;
        Process& process = plan.processes[i];
        if (process.role == Role::stage) {
            process.end_closed = random.one_in(5);
            process.unread_stop = random.one_in(5);
            process.cut_by_signal_only = random.one_in(8);
            if (random.one_in(6) && !process.end_closed) {
                RestartPolicy policy;
                policy.always = random.one_in(3);
                if (!policy.always || random.one_in(2)) policy.max = 1 + random.under(5);
                policy.delay = std::chrono::milliseconds(1 + random.under(2000));
                process.restart = policy;
                scripts.back().fails_first = random.under(5);
                endless = endless || !policy.max;
            }
            if (random.one_in(12)) {
                process.idle_timeout = std::chrono::milliseconds(100 + random.under(9000));
            }
            if (random.one_in(10)) process.timeout = std::chrono::milliseconds(random.under(9000));
        }
    }
    plan.strict = !random.one_in(8);
    // What writes without an end needs somebody who ends it.
    if (endless || random.one_in(6)) {
        plan.timeout = std::chrono::milliseconds(5'000 + random.under(20'000));
    }
    if (random.one_in(10)) plan.retries = random.under(3);
    plan.retry_delay = std::chrono::milliseconds(1 + random.under(3000));
    Attempts attempts(plan);
    for (RunTime begins{};;) {
        SimWorld world(plan, scripts, random, broken);
        world.begin_at(begins);
        if (random.one_in(8)) {
            world.plan_signal(RunTime(random.under(8'000) * 1'000'000LL),
                              random.one_in(2) ? 2 : 15);
        }
        if (random.one_in(8)) {
            world.plan_murder(RunTime(random.under(200) * 1'000'000LL),
                              random.under(static_cast<int>(plan.processes.size())));
        }
        if (trace != nullptr) world.keep_trace();
        std::optional<RunTime> pause;
        try {
            const Director::Outcome outcome = Supervisor(plan, world, begins).run();
            world.check_end(outcome.exit, outcome.signal);
            pause = attempts.after(outcome);
        } catch (const NoEnd&) {
            // it has complained
        }
        if (trace != nullptr) {
            trace->insert(trace->end(), world.trace().begin(), world.trace().end());
        }
        if (!world.complaint().empty()) return world.complaint();
        if (!pause) return attempts.number() > plan.retries + 1 ? "too many attempts" : "";
        begins = *pause;
    }
}

}  // namespace

int main(int argc, char** argv) {
    const Options options = parse(argc, argv);
    const std::vector<Plan> graphs = options.hosts ? hosted_graphs() : all_graphs();
    const auto try_one = options.hosts ? simulate_hosts : simulate;
    const auto began = std::chrono::steady_clock::now();
    for (int run = 0; run < options.runs; ++run) {
        const std::uint64_t seed = options.seed + static_cast<std::uint64_t>(run);
        const Plan& graph = graphs[seed % graphs.size()];
        const std::string complaint = try_one(graph, seed, options.broken, nullptr);
        if (complaint.empty()) {
            continue;
        }
        if (options.broken != Broken::nothing) {
            std::printf("noticed in run %d: %s\n", run + 1, complaint.c_str());
            return 0;
        }
        std::vector<std::string> trace;
        try_one(graph, seed, options.broken, &trace);
        std::printf("seed %llu, graph '%s': %s\n", static_cast<unsigned long long>(seed),
                    graph.name.c_str(), complaint.c_str());
        for (const std::string& line : trace)
            std::printf("    %s\n", line.c_str());
        return 1;
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    std::printf("%d runs of %zu graphs in %.2f s\n", options.runs, graphs.size(), took.count());
    return options.broken == Broken::nothing ? 0 : 1;
}
