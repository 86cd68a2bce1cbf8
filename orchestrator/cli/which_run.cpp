#include "orchestrator/cli/which_run.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <thread>

#include "orchestrator/command/output.hpp"
#include "orchestrator/process/descendants.hpp"
#include "orchestrator/process/user_name.hpp"
#include "orchestrator/report/read_record.hpp"
#include "orchestrator/report/wording.hpp"
#include "orchestrator/traces/stray_run.hpp"
#include "stages/base/fd.hpp"
#include "stages/base/text.hpp"

namespace pipectl {

namespace {

std::optional<Summary> ask_summary(const LiveRun& run) {
    const auto record = ask_record(run);
    if (!record) return std::nullopt;
    try {
        return read_record(*record);
    } catch (const RecordError&) {
        return std::nullopt;  // another version's
    }
}

std::string short_id(const std::string& id, const std::vector<LiveRun>& all) {
    std::size_t length = kShortId;
    for (const LiveRun& other : all) {
        std::size_t same = 0;
        while (same < id.size() && same < other.run.size() && id[same] == other.run[same])
            ++same;
        if (other.run != id) length = std::max(length, same + 1);
    }
    return id.substr(0, length);
}

bool is_own(const ListedRun& run) {
    return run.where.owner == ::geteuid();
}

std::string candidates(const std::vector<const ListedRun*>& runs) {
    std::string text;
    for (const ListedRun* run : runs) {
        text += "\n  " + run->short_id;
        if (run->summary) text += "  " + one_line(run->summary->pipeline);
    }
    return text;
}

void explain_unknown(const std::string& word, const std::vector<ListedRun>& runs) {
    std::vector<std::string> names;
    for (const ListedRun& run : runs) {
        if (run.where.run.starts_with(word) && !is_own(run)) {
            own_error("run '" + word + "' is of user '" + user_name(run.where.owner) +
                      "': only that user can do this");
            return;
        }
        if (run.summary) names.push_back(run.summary->pipeline);
    }
    own_error("no run '" + word + "' goes on" + did_you_mean(word, names) +
              "; 'pipectl ps' lists those that do, 'pipectl history' those that have ended");
}

/// A process above this one is a supervisor: its title says so.
bool is_below_a_run() {
    ProcessStat stat;
    for (pid_t pid = ::getppid(); pid > 1 && read_process_stat(pid, stat); pid = stat.parent) {
        const std::string title = read_small_file("/proc/" + std::to_string(pid) + "/cmdline");
        if (title.starts_with("run:") && title.find(" (supervisor of ") != std::string::npos) {
            return true;
        }
    }
    return false;
}

/// A run can be asked from 50 ms on; its stages may ask before. The run of a stage that lives does
/// so itself, and so will be there.
void wait_for_own_run(const std::string& word) {
    const char* const own = std::getenv("PIPECTL_RUN");
    if (own == nullptr || word != own || !is_below_a_run()) return;
    constexpr auto kBetweenLooks = std::chrono::milliseconds(10);
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    for (;;) {
        for (const LiveRun& run : find_live_runs()) {
            if (run.run == word && ask_record(run)) return;
        }
        if (std::chrono::steady_clock::now() >= until) return;  // told as of any other run
        std::this_thread::sleep_for(kBetweenLooks);
    }
}

/// The one that `word` means. That it could be several is told.
std::optional<ListedRun> pick(const std::vector<ListedRun>& runs, const std::string& word,
                              bool& several) {
    several = false;
    std::vector<const ListedRun*> found;
    for (const ListedRun& run : runs) {
        if (is_own(run) && !word.empty() && run.where.run.starts_with(word)) found.push_back(&run);
    }
    for (const ListedRun& run : runs) {
        if (is_own(run) && run.summary && run.summary->pipeline == word &&
            std::ranges::find(found, &run) == found.end()) {
            found.push_back(&run);
        }
    }
    if (found.size() > 1) {
        several = true;
        print_error("pipectl: '" + printable(word) +
                    "' could be one of several runs; name one by " +
                    "the first digits of its id:" + candidates(found) + "\n");
        return std::nullopt;
    }
    return found.empty() ? std::nullopt : std::optional(*found.front());
}

}  // namespace

std::vector<ListedRun> list_runs(bool everyone) {
    const std::vector<LiveRun> live = find_live_runs();
    std::vector<ListedRun> listed;
    for (const LiveRun& run : live) {
        const bool own = run.owner == ::geteuid();
        if (!own && !everyone) continue;
        ListedRun one{run, own ? ask_summary(run) : std::nullopt, short_id(run.run, live)};
        // it may have ended since it was found
        if (own && !one.summary && ::access(run.folder.c_str(), F_OK) != 0) continue;
        listed.push_back(std::move(one));
    }
    return listed;
}

std::optional<ListedRun> which_run(const std::string& word) {
    wait_for_own_run(word);
    const std::vector<ListedRun> runs = list_runs(true);
    bool several = false;
    auto found = pick(runs, word, several);
    if (!found && !several) explain_unknown(word, runs);
    return found;
}

std::optional<ListedRun> find_run(const std::string& word, bool& several) {
    wait_for_own_run(word);
    return pick(list_runs(true), word, several);
}

std::optional<std::vector<LiveView>> live_views(const std::string& word) {
    std::vector<ListedRun> runs;
    if (word.empty()) {
        runs = list_runs();
    } else if (auto one = which_run(word)) {
        runs.push_back(std::move(*one));
    } else {
        return std::nullopt;
    }
    std::vector<LiveView> views;
    for (ListedRun& run : runs) {
        const bool stray = !run.summary && is_stray(run.where.run, run.where.folder);
        views.push_back({run.where.run, run.short_id, std::move(run.summary), stray, {}});
    }
    put_items_below(views);
    return views;
}

bool refresh(LiveView& view) {
    for (const LiveRun& run : find_live_runs()) {
        if (run.run == view.run) {
            view.known = ask_summary(run);
            return view.known || ::access(run.folder.c_str(), F_OK) == 0;
        }
    }
    return false;
}

int ask_listed_run(const ListedRun& run, const std::string& request, const std::string& what,
                   ControlAnswer& answer) {
    auto got = ask_run(run.where, request);
    if (!got && ::access(run.where.folder.c_str(), F_OK) != 0) {
        return own_error(what + " " + name_of(run) + ": it has ended");
    }
    if (!got) {
        const bool stray = is_stray(run.where.run, run.where.folder);
        return own_error(what + " " + name_of(run) +
                         (stray ? ": its pipectl was killed; 'pipectl stop " + run.short_id +
                                      "' ends what is left of it"
                                : ": it does not answer"));
    }
    if (!got->error.empty()) {
        return own_error(what + " " + name_of(run) + ": " + got->error);
    }
    answer = std::move(*got);
    return 0;
}

std::string name_of(const ListedRun& run) {
    return "run " + run.short_id +
           (run.summary ? " ('" + one_line(run.summary->pipeline) + "')" : std::string());
}

}  // namespace pipectl
