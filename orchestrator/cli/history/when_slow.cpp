#include "orchestrator/cli/history/when_slow.hpp"

#include <exception>

#include "orchestrator/command/output.hpp"
#include "orchestrator/files/own_folder.hpp"
#include "orchestrator/history/spool.hpp"
#include "orchestrator/history/store.hpp"

namespace pipectl {

namespace {

/// Less is no news, and fewer runs have no usual time.
constexpr double kMuchSlower = 1.5;
constexpr std::size_t kFewestEarlier = 5;
/// Who waits for the end of a run does not wait for its history.
constexpr int kBriefPatienceMs = 50;

}  // namespace

void tell_when_slow(const std::string& run) noexcept {
    try {
        if (!open_own_folder(history::folder())) return;
        history::Store store(history::folder(), kBriefPatienceMs);
        const std::vector<history::PastRun> found = store.find(run);
        if (found.empty()) return;
        const auto comparison = history::compare(found.front(), store.earlier(found.front()));
        if (comparison && comparison->earlier >= kFewestEarlier &&
            comparison->ratio >= kMuchSlower) {
            print_error("pipectl: this run was " + history::sentence(found.front(), *comparison) +
                        "\n");
        }
    } catch (const std::exception&) {
        return;
    }
}

}  // namespace pipectl
