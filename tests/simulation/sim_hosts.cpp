#include "tests/simulation/sim_hosts.hpp"

#include <algorithm>
#include <deque>
#include <functional>
#include <memory>
#include <numeric>
#include <optional>
#include <utility>

#include "orchestrator/director/director.hpp"
#include "orchestrator/hosts/conductor.hpp"
#include "tests/simulation/sim_graphs.hpp"

namespace pipectl::simulation {

namespace {

using namespace std::chrono_literals;

constexpr int kHosts = 3;
constexpr RunTime kLease = 3s;
constexpr RunTime kNoTime = RunTime::max();

/// What a host can ask: of its own processes alone.
class HostFacts final : public Facts {
  public:
    HostFacts(const Plan& plan, SimWorld& world, int host)
        : plan_(plan), world_(world), host_(host) {}

    [[nodiscard]] bool is_exiting(int process) const override { return world_.is_exiting(process); }
    [[nodiscard]] bool is_abandoned(int link) const override { return world_.is_abandoned(link); }
    [[nodiscard]] bool is_closed(int link) const override { return world_.is_closed(link); }
    [[nodiscard]] bool writer_goes_on(int link) override { return world_.writer_goes_on(link); }
    [[nodiscard]] bool has_moved(int process) override { return world_.has_moved(process); }
    [[nodiscard]] bool input_over(int process) const override { return world_.input_over(process); }
    [[nodiscard]] bool outside_reader_gone() const override { return false; }
    [[nodiscard]] bool reached_group(int) const override { return true; }
    [[nodiscard]] std::vector<LinkWaits> waits() const override {
        std::vector<LinkWaits> waits = world_.waits();
        for (std::size_t i = 0; i < waits.size(); ++i) {
            if (plan_.processes[i].host != host_) waits[i] = {};
        }
        return waits;
    }
    [[nodiscard]] Leftovers leftovers() const override { return {}; }

  private:
    const Plan& plan_;
    SimWorld& world_;
    int host_;
};

class HostedRun {
  public:
    HostedRun(const Plan& plan, SimWorld& world, Random& random, Broken broken)
        : plan_(plan),
          world_(world),
          random_(random),
          broken_(broken),
          conductor_({"here", "b", "c"}, kLease, std::nullopt),
          statuses_(plan.processes.size()) {
        for (int host = 0; host < kHosts; ++host) {
            facts_.push_back(std::make_unique<HostFacts>(plan, world, host));
            nodes_.push_back(
                {std::make_unique<Director>(plan, *facts_.back(), RunTime{}, host), {}, {}});
        }
        if (random_.one_in(3)) {
            const int host = 1 + random_.under(kHosts - 1);
            nodes_[host].dies_at = RunTime(random_.under(400) * 1'000'000LL);
        }
        if (random_.one_in(3)) {
            const int host = 1 + random_.under(kHosts - 1);
            nodes_[host].cut_from = RunTime(random_.under(400) * 1'000'000LL);
            nodes_[host].cut_until =
                random_.one_in(3)
                    ? kNoTime
                    : nodes_[host].cut_from + RunTime(random_.under(6'000) * 1'000'000LL);
        }
        for (Node& node : nodes_) {
            node.prepares = !random_.one_in(6);
        }
    }

    /// What was broken, in words; or empty.
    std::string go() {
        for (int host = 1; host < kHosts; ++host) {
            carry(conductor_.on(world_.now(), hosts::heard::Ready{host}));
        }
        for (int host = 1; host < kHosts; ++host) {
            carry(conductor_.on(world_.now(), hosts::heard::Wired{host}));
        }
        for (int host = 0; host < kHosts; ++host) {
            for (std::size_t i = 0; i < plan_.processes.size(); ++i) {
                const int process = static_cast<int>(i);
                if (nodes_[host].director->may_start(process)) give(host, world_.start(process));
            }
            give(host, occurrence::AllStarted{});
        }
        while (!all_over()) {
            step();
        }
        const Director::Outcome outcome = nodes_[0].director->outcome();
        bool lost = false;
        for (int host = 1; host < kHosts; ++host) {
            lost = lost || conductor_.state(host) == hosts::HostState::lost;
        }
        world_.check_end(outcome.exit, outcome.signal, lost);
        return world_.complaint().empty() ? check_files() : world_.complaint();
    }

  private:
    struct Word {
        RunTime at;
        std::function<void()> arrives;
    };
    struct Node {
        std::unique_ptr<Director> director;
        std::deque<Word> to, from;  ///< in order
        RunTime dies_at = kNoTime, cut_from = kNoTime, cut_until = kNoTime;
        RunTime heard_at{};  ///< the launcher
        RunTime beat_at{};
        bool dead = false;
        bool alone = false;  ///< it has given its launcher up
        bool prepares = true;
        bool is_new = false;  ///< its files
        bool settled = false;
    };

    [[nodiscard]] bool is_cut(const Node& node) const {
        return world_.now() >= node.cut_from && world_.now() < node.cut_until;
    }

    void send(std::deque<Word>& way, std::function<void()> arrives) {
        const RunTime last = way.empty() ? RunTime{} : way.back().at;
        way.push_back({std::max(last, world_.now() + RunTime(random_.under(50'000'000))),
                       std::move(arrives)});
    }

    void give(int host, const Occurrence& what) {
        Node& node = nodes_[host];
        if (node.dead) return;
        for (const Action& action : node.director->on(world_.now(), what)) {
            if (const auto* start = std::get_if<action::Start>(&action)) {
                give(host, world_.start(start->process));
            } else if (const auto* told = std::get_if<action::Tell>(&action)) {
                told_by(host, *told);
            } else {
                if (host == 0 && std::holds_alternative<action::KillAll>(action)) end_all(true);
                world_.carry_out(action);
            }
        }
        if (node.director->over()) over(host);
    }

    void told_by(int host, const action::Tell& told) {
        if (const auto* judged = std::get_if<ProcessJudged>(&told.what)) {
            const int owner = plan_.processes[judged->process].host;
            if (host == 0 || owner == host) world_.carry_out(told);
            const occurrence::FarJudged far{
                {{judged->process, judged->verdict, statuses_[judged->process]}}};
            if (host != 0 && owner == host) {
                send(nodes_[host].from, [=, this] { give(0, far); });
            }
            for (int other = 1; host == 0 && other < kHosts; ++other) {
                if (other != owner) send(nodes_[other].to, [=, this] { give(other, far); });
            }
        } else if (const auto* began = std::get_if<CancelBegan>(&told.what)) {
            if (host == 0) {
                world_.carry_out(told);
                if (!std::exchange(cancelled_, true)) end_all(false, *began);
            } else {
                const occurrence::FarCancelled far{*began, 125};
                send(nodes_[host].from, [=, this] { give(0, far); });
            }
        }
    }

    void end_all(bool now, const CancelBegan& why = {}) {
        for (int host = 1; host < kHosts; ++host) {
            const occurrence::EndedByLauncher end{why.why, why.signal, now};
            send(nodes_[host].to, [=, this] { give(host, end); });
        }
    }

    void over(int host) {
        if (std::exchange(nodes_[host].settled, true)) return;
        if (host == 0) {
            const Director::Outcome outcome = nodes_[0].director->outcome();
            const bool well = outcome.exit == 0 && outcome.signal == 0;
            if (well && broken_ == Broken::one_step) {
                for (int other = 0; other < kHosts; ++other) {
                    nodes_[other].is_new = nodes_[other].prepares;
                }
                committed_ = true;
                return;
            }
            carry(conductor_.on(world_.now(), hosts::heard::RunOver{well}));
        }
    }

    void carry(const hosts::Deeds& deeds) {
        for (const hosts::Deed& each : deeds) {
            std::visit([this](const auto& what) { perform(what); }, each);
        }
    }
    void hear(const hosts::Heard& what) { carry(conductor_.on(world_.now(), what)); }

    void perform(const hosts::deed::Wire&) {}
    void perform(const hosts::deed::Start&) {}
    void perform(const hosts::deed::GiveUp&) {}
    void perform(const hosts::deed::Bye&) {}
    void perform(const hosts::deed::Lose& what) {
        world_.may_end_late();
        if (nodes_[0].director->over()) return;
        if (broken_ != Broken::lost_is_ok) {
            give(0, occurrence::HostLost{what.host, what.why});
            return;
        }
        occurrence::FarJudged all;
        for (std::size_t i = 0; i < plan_.processes.size(); ++i) {
            if (plan_.processes[i].host == what.host) {
                all.batch.push_back({static_cast<int>(i), Verdict::ok, {}});
            }
        }
        give(0, all);
    }
    void perform(const hosts::deed::Prepare&) {
        for (int host = 1; host < kHosts; ++host) {
            send(nodes_[host].to, [=, this] {
                const bool well = nodes_[host].prepares;
                send(nodes_[host].from, [=, this] { hear(hosts::heard::Prepared{host, well}); });
            });
        }
        hear(hosts::heard::Prepared{0, nodes_[0].prepares});
    }
    void perform(const hosts::deed::Commit&) { settle_all(true); }
    void perform(const hosts::deed::RollBack&) { settle_all(false); }
    void settle_all(bool commit) {
        committed_ = commit;
        for (int host = 1; host < kHosts; ++host) {
            send(nodes_[host].to, [=, this] {
                if (commit) nodes_[host].is_new = true;
                send(nodes_[host].from, [=, this] { hear(hosts::heard::Settled{host}); });
            });
        }
        if (commit) nodes_[0].is_new = true;
        hear(hosts::heard::Settled{0});
    }
    void perform(const hosts::deed::Finished& what) { unknown_ = what.unknown; }

    [[nodiscard]] bool all_over() const {
        const bool decided = conductor_.finished() || (committed_ && broken_ == Broken::one_step);
        return decided && std::ranges::all_of(nodes_, [](const Node& node) {
                   return node.dead || node.director->over();
               });
    }

    /// The files of all hosts are new or all are old, but for those of which it is said that nobody
    /// knows.
    std::string check_files() const {
        for (int host = 0; host < kHosts; ++host) {
            const bool unknown = std::ranges::find(unknown_, host) != unknown_.end();
            const bool lost = conductor_.state(host) == hosts::HostState::lost;
            if (unknown || (lost && !nodes_[host].is_new)) continue;
            if (nodes_[host].is_new != committed_) {
                return "the files of host " + std::to_string(host) + " are not what is said";
            }
        }
        return {};
    }

    // --- time

    [[nodiscard]] RunTime next_time() const {
        RunTime next = conductor_.next().value_or(kNoTime);
        for (const Node& node : nodes_) {
            if (!node.dead && node.director->next() && !node.director->over()) {
                next = std::min(next, *node.director->next());
            }
            if (!node.dead) next = std::min(next, node.dies_at);
        }
        for (int host = 1; host < kHosts; ++host) {
            const Node& node = nodes_[host];
            if (node.dead && node.from.empty()) continue;
            const RunTime clear = is_cut(node) ? node.cut_until : RunTime{};
            for (const auto* way : {&node.to, &node.from}) {
                if (!way->empty()) next = std::min(next, std::max(clear, way->front().at));
            }
            if (!node.dead && !node.alone) {
                next = std::min({next, node.heard_at + kLease, node.beat_at});
            }
        }
        return std::max(next, world_.now());
    }

    void step() {
        const RunTime until = next_time();
        for (const Occurrence& what :
             world_.wait(until == kNoTime ? std::nullopt : std::optional(until))) {
            route(what);
        }
        for (int host = 1; host < kHosts; ++host) {
            fail_and_speak(host);
        }
        hear(hosts::heard::TimePassed{});
        for (int host = 0; host < kHosts; ++host) {
            const auto next = nodes_[host].director->next();
            if (next && *next <= world_.now() && !nodes_[host].director->over()) {
                give(host, occurrence::TimePassed{});
            }
        }
    }

    void route(const Occurrence& what) {
        if (const auto* ended = std::get_if<occurrence::Ended>(&what)) {
            for (int host = 0; host < kHosts; ++host) {
                occurrence::Ended here;
                for (const occurrence::End& each : ended->batch) {
                    statuses_[each.process] = each.status;
                    if (plan_.processes[each.process].host == host) here.batch.push_back(each);
                }
                if (!here.batch.empty()) give(host, here);
            }
        } else if (std::holds_alternative<occurrence::Looked>(what)) {
            for (int host = 0; host < kHosts; ++host) {
                if (!nodes_[host].director->over()) give(host, what);
            }
        } else if (!std::holds_alternative<occurrence::TimePassed>(what)) {
            if (!nodes_[0].director->over()) give(0, what);
        }
    }

    void fail_and_speak(int host) {
        Node& node = nodes_[host];
        const RunTime now = world_.now();
        if (!node.dead && now >= node.dies_at) {
            node.dead = true;
            std::vector<int> processes;
            for (std::size_t i = 0; i < plan_.processes.size(); ++i) {
                if (plan_.processes[i].host == host) processes.push_back(static_cast<int>(i));
            }
            world_.lose(processes);
            node.to.clear();
            send(node.from, [=, this] { hear(hosts::heard::Gone{host, "it was killed"}); });
        }
        if (is_cut(node)) {
            world_.may_end_late();  // word of it may take as long as the line is cut
            if (!node.dead && !node.alone && now >= node.heard_at + kLease) {
                node.alone = true;
                world_.may_end_late();
                if (!node.director->over()) {
                    give(host, occurrence::EndedByLauncher{CancelBegan::Why::internal, 0, false});
                }
            }
            node.beat_at = std::max(node.beat_at, now + kLease / 4);
            return;
        }
        if (!node.dead && !node.alone) {
            node.heard_at = now;
            node.beat_at = now + kLease / 4;
            hear(hosts::heard::Alive{host});
        }
        while (!node.to.empty() && node.to.front().at <= now) {
            const Word word = std::move(node.to.front());
            node.to.pop_front();
            if (!node.dead && !node.alone) word.arrives();  // it hears nobody any more
        }
        while (!node.from.empty() && node.from.front().at <= now) {
            const Word word = std::move(node.from.front());
            node.from.pop_front();
            if (conductor_.hears(host)) word.arrives();
        }
    }

    const Plan& plan_;
    SimWorld& world_;
    Random& random_;
    Broken broken_;
    hosts::Conductor conductor_;
    std::vector<ExitStatus> statuses_;
    std::vector<std::unique_ptr<HostFacts>> facts_;
    std::vector<Node> nodes_;
    std::vector<int> unknown_;
    bool cancelled_ = false;
    bool committed_ = false;
};

/// What is not linked by bridges alone is on one host.
void spread(Plan& plan, Random& random) {
    std::vector<int> part(plan.processes.size());
    std::iota(part.begin(), part.end(), 0);
    for (const Link& link : plan.links) {
        if (link.kind->ends == channel::Ends::bridged) continue;
        std::ranges::replace(part, int{part[link.writer]}, int{part[link.reader]});
    }
    std::vector<int> host(plan.processes.size());
    for (int& each : host) {
        each = random.under(kHosts);
    }
    for (std::size_t i = 0; i < part.size(); ++i) {
        plan.processes[i].host = host[part[i]];
    }
    plan.hosts.resize(kHosts);
}

}  // namespace

std::string simulate_hosts(const Plan& graph, std::uint64_t seed, Broken broken,
                           std::vector<std::string>* trace) {
    Random random(seed);
    Plan plan = graph;
    spread(plan, random);
    std::vector<Script> scripts;
    bool endless = false;
    for (std::size_t i = 0; i < plan.processes.size(); ++i) {
        const bool reads = std::ranges::any_of(
            plan.links, [&](const Link& link) { return link.reader == static_cast<int>(i); });
        scripts.push_back(random_script(plan.processes[i], reads, random));
        endless = endless || scripts.back().blocks < 0;
        if (plan.processes[i].role == Role::stage && random.one_in(10)) {
            plan.processes[i].timeout = std::chrono::milliseconds(random.under(9000));
        }
    }
    plan.strict = !random.one_in(8);
    if (endless || random.one_in(6)) {
        plan.timeout = std::chrono::milliseconds(5'000 + random.under(20'000));
    }
    SimWorld world(plan, scripts, random, broken);
    if (random.one_in(8)) {
        world.plan_signal(RunTime(random.under(8'000) * 1'000'000LL), random.one_in(2) ? 2 : 15);
    }
    if (trace != nullptr) world.keep_trace();
    std::string complaint;
    try {
        complaint = HostedRun(plan, world, random, broken).go();
    } catch (const NoEnd&) {
        complaint = world.complaint();
    }
    if (trace != nullptr) *trace = world.trace();
    return complaint;
}

}  // namespace pipectl::simulation
