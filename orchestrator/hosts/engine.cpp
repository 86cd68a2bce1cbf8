#include "orchestrator/hosts/engine.hpp"

#include <variant>

namespace pipectl::hosts {

const Engine* engine_of(const Host& host) {
    struct Table {
        const Engine* operator()(const Host::ThisMachine&) const { return nullptr; }
        const Engine* operator()(const Host::Ssh&) const { return &kSshEngine; }
        const Engine* operator()(const Host::Slurm&) const { return nullptr; }
        const Engine* operator()(const Host::Local&) const { return &kLocalEngine; }
        const Engine* operator()(const Host::Command&) const { return &kCommandEngine; }
    };
    return std::visit(Table(), host.engine);
}

}  // namespace pipectl::hosts
