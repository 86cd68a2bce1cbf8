#pragma once

// A machine that runs processes of a plan, and how pipectl gets there.

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "orchestrator/definition/slurm_needs.hpp"
#include "orchestrator/diagnostic/diagnostic.hpp"

namespace pipectl {

struct Host {
    /// The one that pipectl was started on: Plan::hosts[0], and no other.
    struct ThisMachine {
        bool operator==(const ThisMachine&) const = default;
    };
    struct Ssh {
        std::string to;      ///< as on ssh's own command line; never begins with '-'
        std::string config;  ///< file for `ssh -F`; empty: ssh's own
        std::vector<std::string> options;
        bool operator==(const Ssh&) const = default;
    };
    /// One node of an allocation. Hosts with the same `group` share one.
    struct Slurm {
        std::string group;  ///< the name in the definition: "w" of "w.2"
        int index = 0;      ///< of the node in the allocation, from 0
        SlurmNeeds needs;   ///< of the group; the same in each of its hosts
        bool operator==(const Slurm&) const = default;
    };
    /// A node process on this machine.
    struct Local {
        bool operator==(const Local&) const = default;
    };
    /// A command of the user's that gets there, to which `pipectl node` is appended.
    struct Command {
        std::vector<std::string> argv;
        bool operator==(const Command&) const = default;
    };
    using Engine = std::variant<ThisMachine, Ssh, Slurm, Local, Command>;

    struct Ports {
        std::uint16_t first = 0;
        std::uint16_t last = 0;  ///< not below `first`
        bool operator==(const Ports&) const = default;
    };

    std::string name;  ///< unique in the plan: "a", "w.2"; of this machine `kThisMachine`
    Place place;       ///< in the definition, or in the site's file
    Engine engine;
    std::string pipectl;                ///< its path there; empty: the PATH of its shell
    bool push = false;                  ///< another build, or none, is replaced by a copy of ours
    std::string dir;                    ///< where stages start; empty: the caller's folder
    std::vector<std::string> env_pass;  ///< names of variables of ours that go along
    std::string address;                ///< "10.0.0.0/8" or an address; empty: any
    std::optional<Ports> ports;         ///< of its listener; absent: the kernel's choice
    bool relay = true;                  ///< false: edges that find no direct way are an error
    bool operator==(const Host&) const = default;
};

/// The name of Plan::hosts[0]; a definition can give it to no other.
inline constexpr const char* kThisMachine = "here";

}  // namespace pipectl
