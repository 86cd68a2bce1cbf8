#include "orchestrator/report/suggestion.hpp"

#include <string_view>

namespace pipectl {
namespace {

struct Known {
    std::string_view programs;  ///< blanks around each
    const char* what;
};

constexpr Known kKnown[] = {
    {" sort ",
     "LC_ALL=C, where an order by bytes will do, sorts several times faster; a larger -S and "
     "--parallel help with much data"},
    {" grep egrep fgrep zgrep comm join uniq tr sed cut wc ",
     "LC_ALL=C, where bytes are enough, is often several times faster"},
    {" awk gawk ", "LC_ALL=C, where bytes are enough, or mawk, is often several times faster"},
    {" gzip ", "pigz does the same on all processors"},
    {" bzip2 ", "lbzip2 does the same on all processors"},
    {" xz lzma ", "'xz -T0' uses all processors"},
    {" zstd ", "'zstd -T0' uses all processors"},
    {" cat dd tee pv head tail ",
     "it only moves bytes: a bigger pipe, via = { channel = \"pipe\", size = \"1MiB\" }, or "
     "another channel may help; 'pipectl compare' measures which"},
    {" perl python python3 ruby jq mawk sh bash dash ",
     "if it treats each line by itself, several of it can share the work: "
     "replicas = \"cpus\""},
};

}  // namespace

std::string suggestion_for(const StageSummary& stage, OwnTime mostly) {
    if (stage.helper) {
        return "another channel, or a bigger one, may help; 'pipectl compare' measures which";
    }
    switch (mostly) {
        case OwnTime::disk: return "less to read or write, or a faster disk, is what helps";
        case OwnTime::sleeping:
            return "it waited for something outside of the pipeline: a timer, the network, a lock";
        case OwnTime::running: break;
    }
    const std::string wanted = " " + program_of(stage) + " ";
    for (const Known& known : kKnown) {
        if (known.programs.find(wanted) != std::string_view::npos) {
            return known.what;
        }
    }
    return {};
}

}  // namespace pipectl
