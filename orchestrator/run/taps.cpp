#include "orchestrator/run/taps.hpp"

#include <fcntl.h>

#include <cerrno>
#include <stdexcept>
#include <utility>
#include <vector>

#include "stages/base/error.hpp"
#include "stages/base/text.hpp"
#include "stages/tapping/tap_ring.hpp"

namespace pipectl {

namespace {

/// Whoever watches asks again every second.
constexpr int kWatchedFor = 4;

std::string without(const std::string& port, std::string_view usual) {
    return port.ends_with(usual) ? port.substr(0, port.size() - usual.size()) : port;
}

/// "read->awk", "read.stdout->awk.stdin"; "read" and "read.stdout" where that has one reader.
std::vector<std::string> names_of(const Edge& edge) {
    std::vector<std::string> names;
    for (const std::string& from : {edge.from, without(edge.from, ".stdout")}) {
        names.push_back(from);
        for (const std::string& to : {edge.to, without(edge.to, ".stdin")}) {
            names.push_back(from + "->" + to);
        }
    }
    return names;
}

}  // namespace

int Taps::memory_for(int edge) {
    Fd& file = memory_[edge];
    if (!file) file = TapRing::make();
    return file.get();
}

Fd Taps::watch(const std::string& edge) {
    std::vector<int> found;
    std::vector<std::string> known;
    for (std::size_t i = 0; i < plan_.edges.size(); ++i) {
        const std::vector<std::string> names = names_of(plan_.edges[i]);
        known.push_back(names.back());
        for (const std::string& name : names) {
            if (name == edge && (found.empty() || found.back() != static_cast<int>(i))) {
                found.push_back(static_cast<int>(i));
            }
        }
    }
    if (found.empty()) {
        throw std::runtime_error("it has no edge '" + edge + "'" + did_you_mean(edge, known) +
                                 "; 'pipectl plan' shows them");
    }
    if (found.size() > 1) {
        throw std::runtime_error("'" + edge + "' has several readers: name one, as '" +
                                 known[found.front()] + "'");
    }
    const auto memory = memory_.find(found.front());
    if (memory == memory_.end()) {
        throw std::runtime_error(
            "what goes over its edges cannot be seen from outside; start it with 'run --tap'");
    }
    TapRing(memory->second.get(), true).watch_for(kWatchedFor);
    const std::string path = "/proc/self/fd/" + std::to_string(memory->second.get());
    Fd seen(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!seen) throw SystemError("cannot open the memory of a tap", errno);
    return seen;
}

}  // namespace pipectl
