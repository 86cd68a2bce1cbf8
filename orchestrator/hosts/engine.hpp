#pragma once

// How `pipectl node` is started on a host: one file for each engine, and a line in engine.cpp.

#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/plan/host.hpp"

namespace pipectl::hosts {

/// What an engine is told beside the host itself.
struct Surroundings {
    std::string own_program;  ///< path of this pipectl
    std::string ssh_config;   ///< PIPECTL_SSH_CONFIG; or empty
    bool edge = false;        ///< `node --edge`, which carries one edge
};

struct Engine {
    std::string_view name;
    /// The command whose stdin and stdout are a node's. Words of the definition are words of it:
    /// nothing of ours is a shell's text but what ssh hands to the login shell there, and that is
    /// quoted.
    std::vector<std::string> (*session)(const Host& host, const Surroundings& around);
    /// What may help when a session ends with this status before its pipectl has spoken; or empty.
    std::string (*hint)(const Host& host, int status);
    /// Where that is, for messages: "node1"; empty: this machine.
    std::string (*where)(const Host& host);
};

extern const Engine kLocalEngine;
extern const Engine kSshEngine;
extern const Engine kCommandEngine;

/// Null for this machine, and for engines that this build has not.
const Engine* engine_of(const Host& host);

}  // namespace pipectl::hosts
