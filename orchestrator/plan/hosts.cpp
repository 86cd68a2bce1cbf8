#include "orchestrator/plan/hosts.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "stages/base/sentence.hpp"
#include "stages/base/suggestions.hpp"
#include "stages/base/text.hpp"

namespace pipectl {
namespace {

template <class... Cases>
struct Overloaded : Cases... {
    using Cases::operator()...;
};
template <class... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

std::size_t members_of(const HostSpec& spec) {
    const auto count = Overloaded{
        [](const HostSpec::Ssh& ssh) { return ssh.to.size(); },
        [](const SlurmNeeds& needs) { return static_cast<std::size_t>(needs.nodes); },
        [](const HostSpec::Local& local) { return static_cast<std::size_t>(local.count); },
        [](const auto& /*one*/) { return std::size_t{1}; },
    };
    return std::visit(count, spec.engine);
}

class HostFinder {
  public:
    HostFinder(const Definition& definition, const Resolver& resolver, const FileTable& files,
               Plan& plan, Remarks& remarks)
        : definition_(definition),
          resolver_(resolver),
          files_(files),
          plan_(plan),
          remarks_(remarks) {}

    std::vector<int> run() {
        std::vector<int> hosts(definition_.stages.size(), 0);
        for (std::size_t i = 0; i < hosts.size(); ++i) {
            if (definition_.stages[i].host) hosts[i] = find(definition_.stages[i]);
        }
        return hosts;
    }

  private:
    /// An error's stage stays here, so that all else about it is looked at too.
    int find(const Stage& stage) {
        const std::string& name = stage.host->value;
        const std::size_t dot = name.find('.');
        const auto spec = std::ranges::find(definition_.hosts, name.substr(0, dot),
                                            [](const HostSpec& each) { return each.name.value; });
        if (spec == definition_.hosts.end()) {
            refuse_unknown(stage);
            return 0;
        }
        const std::size_t members = members_of(*spec);
        std::size_t number = 1;
        if (dot == std::string::npos) {
            if (members > 1) refuse_group(stage, members);
        } else {
            const char* const end = name.data() + name.size();
            const auto read = std::from_chars(name.data() + dot + 1, end, number);
            if (read.ec != std::errc() || number > members) {
                error(stage,
                      filled("there is no host '{}': '{}' {}", name, spec->name.value,
                             members == 1 ? "is one machine" : filled("is a group of {}", members)),
                      members == 1 ? filled("host = \"{}\"", spec->name.value)
                                   : filled("the last one is '{}.{}'", spec->name.value, members));
                return 0;
            }
        }
        return index_of(*spec, members, number);
    }

    void error(const Stage& stage, std::string message, std::string hint) {
        remarks_.error(stage.host->place, std::move(message), std::move(hint),
                       stage.host->value.size() + kQuotes);
    }

    void refuse_unknown(const Stage& stage) {
        if (names_.empty()) {
            for (const HostSpec& each : definition_.hosts) {
                const std::size_t members = members_of(each);
                names_.push_back(each.name.value);
                for (std::size_t i = 1; members > 1 && i <= members; ++i)
                    names_.push_back(each.name.value + "." + std::to_string(i));
            }
        }
        const std::string& name = stage.host->value;
        error(stage, "there is no host '" + name + "'" + suggestions_.did_you_mean(name, names_),
              names_.empty() ? "[hosts." + name.substr(0, name.find('.')) +
                                   "] says where it is: ssh = \"user@node1\"; or `--hosts FILE`"
                             : "");
    }

    void refuse_group(const Stage& stage, std::size_t members) {
        const std::string& name = stage.host->value;
        if (stage.replicas) {
            error(stage,
                  filled("replicas of stage '{}' cannot be spread over the group '{}' yet",
                         stage.name.value, name),
                  filled("host = \"{}.1\": all of them there", name));
        } else {
            error(stage,
                  filled("'{}' is a group of {} hosts, and a stage runs on one", name, members),
                  filled("host = \"{}.1\", up to \"{}.{}\"", name, name, members));
        }
    }

    int index_of(const HostSpec& spec, std::size_t members, std::size_t number) {
        const auto [known, is_new] =
            indices_.try_emplace({spec.name.value, number}, static_cast<int>(plan_.hosts.size()));
        if (!is_new) return known->second;
        if (plan_.hosts.empty()) {
            plan_.hosts.emplace_back().name = kThisMachine;
            known->second = 1;
        }
        plan_.hosts.push_back(host_of(spec, members, number));
        return known->second;
    }

    Host host_of(const HostSpec& spec, std::size_t members, std::size_t number) {
        Host host;
        host.name = spec.name.value;
        if (members > 1) host.name += "." + std::to_string(number);
        host.place = spec.name.place;
        const auto engine = Overloaded{
            [](std::monostate /*an error*/) -> Host::Engine { return Host::Local{}; },
            [&](const HostSpec::Ssh& ssh) -> Host::Engine {
                return Host::Ssh{ssh.to.empty() ? "" : ssh.to[number - 1].value,
                                 ssh.config ? files_.located(text(*ssh.config)) : "", ssh.options};
            },
            [&](const SlurmNeeds& needs) -> Host::Engine {
                return Host::Slurm{spec.name.value, static_cast<int>(number) - 1, needs};
            },
            [](const HostSpec::Local& /*one*/) -> Host::Engine { return Host::Local{}; },
            [](const HostSpec::Command& command) -> Host::Engine {
                return Host::Command{command.argv};
            },
        };
        host.engine = std::visit(engine, spec.engine);
        if (spec.pipectl) host.pipectl = text(*spec.pipectl);
        host.push = spec.push;
        if (spec.dir) {
            host.dir = text(*spec.dir);
            if (!host.dir.starts_with('/')) {
                remarks_.error(spec.dir->place,
                               "'" + host.dir +
                                   "' starts from no folder: on another machine "
                                   "there is none that it could be relative to",
                               "dir = \"/scratch/job\"; ${env.USER} is replaced by ours");
            }
        }
        host.env_pass = spec.env_pass;
        host.address = spec.address.value_or("");
        if (spec.ports) host.ports = Host::Ports{spec.ports->first, spec.ports->last};
        host.relay = spec.relay;
        return host;
    }

    std::string text(const Template& of) const { return resolver_.public_text(of, nullptr); }

    const Definition& definition_;
    const Resolver& resolver_;
    const FileTable& files_;
    Plan& plan_;
    Remarks& remarks_;
    std::map<std::pair<std::string, std::size_t>, int> indices_;
    std::vector<std::string> names_;
    Suggestions suggestions_;
};

void check_far_stage(const Stage& stage, Remarks& remarks) {
    const std::string who = "stage '" + stage.name.value + "' ";
    const auto error = [&](Place place, const std::string& what, std::string hint,
                           std::size_t length = 1) {
        remarks.error(place, who + what, std::move(hint), length);
    };
    const std::size_t host_length = stage.host->value.size() + kQuotes;
    if (stage.detach) {
        error(stage.host->place, "cannot leave processes behind (`detach`) on another machine",
              "leave one of the two keys away", host_length);
    }
    if (!stage.needs.empty()) {
        error(stage.needs.front().name.place,
              "runs on another machine, and semaphores are of this one",
              "leave `needs` away, or `host`", stage.needs.front().name.value.size());
    }
    if (stage.user) {
        error(stage.user->place, "runs on another machine, as whom that lets in: not as `user`",
              "ssh = \"" + stage.user->value + "@node1\" under [hosts]");
    }
}

}  // namespace

std::vector<int> find_hosts(const Definition& definition, const Resolver& resolver,
                            const FileTable& files, Plan& plan, Remarks& remarks) {
    return HostFinder(definition, resolver, files, plan, remarks).run();
}

void check_hosts(const Definition& definition, const PlanRequest& request,
                 const std::vector<int>& hosts, const Plan& plan, Remarks& remarks) {
    if (plan.hosts.empty()) return;
    std::map<std::string, int> host_of;
    for (std::size_t i = 0; i < hosts.size(); ++i) {
        const Stage& stage = definition.stages[i];
        host_of.emplace(stage.name.value, hosts[i]);
        if (hosts[i] != 0) check_far_stage(stage, remarks);
    }
    for (std::size_t i = 0; i < hosts.size(); ++i) {
        for (const Notice& notice : definition.stages[i].notify) {
            const auto other = host_of.find(notice.stage.value);
            if (other == host_of.end() || other->second == hosts[i]) continue;
            remarks.error(notice.stage.place,
                          "stage '" + notice.stage.value +
                              "' runs on another machine: there is no notice of it here",
                          "put both on one host, or leave `notify` away",
                          notice.stage.value.size() + kQuotes);
        }
    }
    const bool on_several = std::ranges::adjacent_find(hosts, std::not_equal_to<>()) != hosts.end();
    if (!definition.shared.empty() && on_several) {
        remarks.error(definition.shared.front().name.place,
                      "shared memory is of one machine, and the stages are on several",
                      "leave [shared] away, or put all stages on one host",
                      definition.shared.front().name.value.size());
    }
    if (request.record) {
        remarks.error({}, "a run on several machines cannot be recorded",
                      "`--hosts FILE` with `local = 1` runs it here");
    }
}

}  // namespace pipectl
