#include "orchestrator/plan/check_wire.hpp"

#include <algorithm>
#include <csignal>
#include <cstddef>
#include <string>

#include "orchestrator/json/json_value.hpp"
#include "stages/base/sentence.hpp"

namespace pipectl::plan_wire {
namespace {

using What = Descriptor::What;

constexpr int kHighestDescriptor = 1 << 20;
constexpr int kMostReplicas = 1000;
constexpr unsigned kAllModes = 07777;
constexpr int kLeastNice = -40;
constexpr int kMostNice = 40;

class Checker {
  public:
    Checker(const Plan& plan, int host) : plan_(plan), host_(host) {}

    void run() {
        check_hosts();
        for (std::size_t i = 0; i < plan_.processes.size(); ++i) {
            const At at(*this, "processes", i);
            check_process(plan_.processes[i], static_cast<int>(i));
        }
        for (std::size_t i = 0; i < plan_.links.size(); ++i) {
            const At at(*this, "links", i);
            check_link(plan_.links[i], static_cast<int>(i));
        }
        for (std::size_t i = 0; i < plan_.edges.size(); ++i) {
            const At at(*this, "edges", i);
            in_range("link", plan_.edges[i].link, plan_.links, -1);
            in_range("partner", plan_.edges[i].partner, plan_.edges, -1);
        }
        for (std::size_t i = 0; i < plan_.shared.size(); ++i) {
            const At at(*this, "shared", i);
            in_range("init", plan_.shared[i].init, plan_.inputs, -1);
        }
        for (const SemaphorePlan& each : plan_.semaphores)
            demand(each.count >= 1, "semaphores", "a semaphore has no units");
        for (const KeptStream& each : plan_.streams) {
            in_range("streams", each.stage, plan_.processes);
            in_range("streams", each.helper, plan_.processes);
        }
        in_range("last_stage", plan_.last_stage, plan_.processes, -1);
        demand(plan_.retries >= 0, "retries", "the number is out of range");
        const int most = static_cast<int>(plan_.processes.size());
        demand(plan_.spools >= 0 && plan_.spools <= most, "spools", "the number is out of range");
    }

  private:
    /// Where in the plan the checker is, for as long as this lives.
    class At {
      public:
        At(Checker& checker, const char* list, std::size_t index)
            : path_(checker.path_), length_(path_.size()) {
            path_ += (path_.empty() ? "" : ".") + filled("{}[{}]", list, index);
        }
        ~At() { path_.resize(length_); }
        At(const At&) = delete;
        At& operator=(const At&) = delete;

      private:
        std::string& path_;
        std::size_t length_;
    };

    void demand(bool holds, std::string_view member, std::string_view otherwise) const {
        if (holds) return;
        throw JsonError(path_ + (path_.empty() ? "" : ".") + filled("{}: {}", member, otherwise));
    }

    template <class List>
    void in_range(std::string_view member, int index, const List& list, int least = 0) const {
        demand(index >= least && index < static_cast<int>(list.size()), member,
               "it refers to nothing");
    }

    void check_hosts() {
        for (std::size_t i = 0; i < plan_.hosts.size(); ++i) {
            const At at(*this, "hosts", i);
            const Host& host = plan_.hosts[i];
            demand(std::holds_alternative<Host::ThisMachine>(host.engine) == (i == 0), "engine",
                   "the first host and no other is where the run was started");
            if (const auto* ssh = std::get_if<Host::Ssh>(&host.engine)) {
                demand(!ssh->to.empty() && ssh->to.front() != '-', "engine", "it is no address");
            }
            if (host.ports) {
                demand(host.ports->first <= host.ports->last, "ports", "they are none");
            }
        }
        demand(host_ == 0 || host_ < static_cast<int>(plan_.hosts.size()), "hosts",
               "there is none of that number");
    }

    void check_process(const Process& process, int index) {
        const std::size_t hosts = std::max<std::size_t>(1, plan_.hosts.size());
        demand(process.host >= 0 && process.host < static_cast<int>(hosts), "host",
               "it refers to nothing");
        if (process.host == host_) check_own(process);
        check_descriptors(process, index);
        for (const Predecessor& each : process.after)
            in_range("after", each.process, plan_.processes);
        for (const UnitsNeeded& each : process.needs)
            in_range("needs", each.semaphore, plan_.semaphores);
        for (const NoticeOf& each : process.notices) {
            in_range("notices", each.process, plan_.processes);
            check_signal("notices", each.signal);
        }
        for (const RegionWord& each : process.region_words)
            check_word(process, each);
        for (const auto* list :
             {&process.ignored_signals, &process.default_signals, &process.blocked_signals}) {
            for (const int each : *list)
                check_signal("signals", each);
        }
        if (process.cancel_signal) check_signal("cancel_signal", *process.cancel_signal);
        demand(process.umask.value_or(0) <= kAllModes, "umask", "the number is out of range");
        demand(process.nice >= kLeastNice && process.nice <= kMostNice, "nice",
               "the number is out of range");
        if (process.replicas) {
            demand(process.replicas->count >= 0 && process.replicas->count <= kMostReplicas,
                   "replicas", "the number is out of range");
        }
    }

    void check_own(const Process& process) const {
        demand(!process.argv.empty(), "argv", "the command is empty");
        demand(process.job.has_value() == (process.role == Role::helper), "job",
               "a helper has one, and nothing else");
        const auto has = [&](int number) {
            return std::ranges::any_of(
                process.descriptors, [=](const Descriptor& each) { return each.number == number; });
        };
        demand(has(0) && has(1) && has(2), "descriptors", "one of the first three is missing");
    }

    void check_signal(std::string_view member, int number) const {
        demand(number >= 1 && number <= SIGRTMAX, member, "there is no such signal");
    }

    void check_word(const Process& process, const RegionWord& word) const {
        in_range("region_words", word.region, plan_.shared, kReplicaNumber);
        in_range("region_words", word.word, process.argv, -1);
        if (word.word >= 0) {
            demand(word.at <= process.argv[word.word].size(), "region_words",
                   "it is behind a word");
            return;
        }
        const auto holds = [&](const auto& variable) {
            return variable.first != word.variable || word.at <= variable.second.size();
        };
        demand(std::ranges::all_of(process.env, holds), "region_words", "it is behind a variable");
    }

    void check_descriptors(const Process& process, int index) {
        int last = -1;
        for (std::size_t i = 0; i < process.descriptors.size(); ++i) {
            const At at(*this, "descriptors", i);
            const Descriptor& each = process.descriptors[i];
            demand(each.number > last && each.number <= kHighestDescriptor, "number",
                   "numbers ascend");
            last = each.number;
            check_descriptor(process, index, each);
        }
    }

    void check_descriptor(const Process& process, int index, const Descriptor& each) const {
        constexpr std::string_view kMember = "index";
        switch (each.what) {
            case What::link_writer:
            case What::link_reader:
            case What::link_finish: check_end(index, each); return;
            case What::inherited:
                demand(each.index >= 0 && each.index <= 2, kMember, "there is no such descriptor");
                return;
            case What::text: in_range(kMember, each.index, plan_.texts); return;
            case What::input_file: in_range(kMember, each.index, plan_.inputs); return;
            case What::output_file: in_range(kMember, each.index, plan_.outputs); return;
            case What::spool_writer:
            case What::spool_reader:
                demand(each.index >= 0 && each.index < plan_.spools, kMember,
                       "it refers to nothing");
                return;
            case What::tap: in_range(kMember, each.index, plan_.edges); return;
            case What::stream_file: in_range(kMember, each.index, plan_.streams); return;
            case What::same_as:
                demand(std::ranges::any_of(process.descriptors,
                                           [&](const Descriptor& other) {
                                               return other.number == each.index &&
                                                      other.number < each.number;
                                           }),
                       kMember, "it refers to nothing");
                return;
            case What::null:
            case What::recording:
            case What::report: return;
        }
    }

    void check_end(int process, const Descriptor& each) const {
        in_range("index", each.index, plan_.links);
        const Link& link = plan_.links[each.index];
        demand(process == (each.what == What::link_writer ? link.writer : link.reader), "index",
               "it is the end of another process");
    }

    /// Each end is in one table, and with two objects for a pair the other one knows of it.
    void check_link(const Link& link, int index) const {
        demand(link.kind != nullptr, "kind", "it is missing");
        check_settings(link);
        in_range("writer", link.writer, plan_.processes);
        in_range("reader", link.reader, plan_.processes);
        const auto ends = [&](int process, What what) {
            return std::ranges::count_if(
                plan_.processes[process].descriptors,
                [&](const Descriptor& each) { return each.what == what && each.index == index; });
        };
        demand(ends(link.writer, What::link_writer) == 1, "writer", "it has no end of the link");
        demand(ends(link.reader, What::link_reader) == 1, "reader", "it has no end of the link");
        in_range("return_way", link.return_way, plan_.links, -1);
        demand(link.return_way < 0 || (plan_.links[link.return_way].return_way == index &&
                                       link.kind->create_two_way != nullptr),
               "return_way", "it is no way back");
    }

    void check_settings(const Link& link) const {
        for (const auto& [name, value] : link.settings) {
            const auto option = std::ranges::find(link.kind->options, name, &channel::Option::name);
            demand(option != link.kind->options.end(), "settings", "this build has no such option");
            const bool is_flag = option->type == channel::OptionType::boolean;
            const bool is_text = option->type == channel::OptionType::text ||
                                 option->type == channel::OptionType::choice;
            const bool fits = is_flag   ? std::holds_alternative<bool>(value)
                              : is_text ? std::holds_alternative<std::string>(value)
                                        : std::holds_alternative<std::uint64_t>(value);
            demand(fits, "settings", "a value is of another type than its option");
        }
    }

    const Plan& plan_;
    int host_;
    std::string path_;
};

}  // namespace

void check(const Plan& plan, int host) {
    Checker(plan, host).run();
}

}  // namespace pipectl::plan_wire
