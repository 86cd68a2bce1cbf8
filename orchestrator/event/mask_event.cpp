#include "orchestrator/event/mask_event.hpp"

namespace pipectl {

namespace {

/// The texts of an event that somebody else has written, or that quote what the run was given.
struct Masker {
    const Secrets& secrets;

    void operator()(RunStarted& start) const {
        for (RunStarted::Process& process : start.processes) {
            secrets.mask(process.argv);
        }
    }
    void operator()(StartFailed& failed) const { secrets.mask(failed.reason); }
    void operator()(CancelBegan& began) const { secrets.mask(began.message); }
    void operator()(LeftoverFound& leftover) const { secrets.mask(leftover.command); }
    void operator()(StderrTail& tail) const { secrets.mask(tail.text); }
    void operator()(OutputDecided& output) const {
        secrets.mask(output.path);
        secrets.mask(output.error);
    }
    void operator()(CacheUsed& used) const { secrets.mask(used.reason); }
    void operator()(RunEnded& ended) const { secrets.mask(ended.message); }

    template <class Other>
    void operator()(Other&) const {}
};

}  // namespace

void mask(decltype(Event::what)& what, const Secrets& secrets) {
    if (!secrets.empty()) std::visit(Masker{secrets}, what);
}

}  // namespace pipectl
