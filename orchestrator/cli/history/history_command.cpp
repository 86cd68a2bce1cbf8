// pipectl history: the runs that have ended.

#include <unistd.h>

#include <charconv>
#include <limits>
#include <optional>

#include "orchestrator/cli/history/history_command.hpp"
#include "orchestrator/command/colour.hpp"
#include "orchestrator/command/common_options.hpp"
#include "orchestrator/command/output.hpp"
#include "orchestrator/files/own_folder.hpp"
#include "orchestrator/history/render.hpp"
#include "orchestrator/history/spool.hpp"
#include "orchestrator/history/store.hpp"
#include "orchestrator/report/read_record.hpp"
#include "orchestrator/report/story.hpp"
#include "orchestrator/report/table.hpp"
#include "stages/base/error.hpp"
#include "stages/base/text.hpp"

namespace pipectl {

namespace {

using history::PastRun;
using history::Store;

constexpr std::size_t kAllRuns = std::numeric_limits<int>::max();
/// How long another process of pipectl may keep the database.
constexpr int kPatienceMs = 5000;

struct Options {
    bool json = false;
    bool all = false;
    bool colour = false;
    std::size_t limit = 25;
};

/// "NAME~N": how many runs before. False when what follows '~' is no number.
bool split_word(const std::string& word, std::string& name, std::size_t& before) {
    const std::size_t tilde = word.rfind('~');
    name = word.substr(0, tilde);
    before = 0;
    if (tilde == std::string::npos) return true;
    const char* begin = word.data() + tilde + 1;
    const char* end = word.data() + word.size();
    const auto [stop, error] = std::from_chars(begin, end, before);
    return error == std::errc() && stop == end && before < kAllRuns;
}

void explain_unknown(Store& store, const std::string& name, std::size_t count) {
    if (count > 0) {
        own_error("only " + std::to_string(count) + (count == 1 ? " run" : " runs") + " of '" +
                  name + "' are remembered");
        return;
    }
    std::vector<std::string> names = {"last"};
    for (const PastRun& run : store.list("", kAllRuns)) {
        names.push_back(run.pipeline);
    }
    own_error("no run '" + name + "' is remembered" + did_you_mean(name, names) +
              "; 'pipectl history' lists them");
}

/// The run that a word means; what is wrong is told.
std::optional<PastRun> which(Store& store, const std::string& word) {
    std::string name;
    std::size_t before = 0;
    if (!split_word(word, name, before) || name.empty()) {
        own_error("'" + word + "' names no run: after '~' a number is wanted");
        return std::nullopt;
    }
    std::vector<PastRun> runs = store.list(name == "last" ? "" : name, before + 1);
    if (runs.empty()) {
        runs = store.find(name);
        if (runs.size() > 1) {
            std::string text = "several runs begin with '" + name + "':";
            for (const PastRun& run : runs) {
                text += " " + run.run;
            }
            own_error(text);
            return std::nullopt;
        }
    }
    if (runs.size() <= before) {
        explain_unknown(store, name, runs.size());
        return std::nullopt;
    }
    return runs[before];
}

std::optional<history::Comparison> compared(Store& store, const PastRun& run) {
    return run.verdict == "ok" ? history::compare(run, store.earlier(run)) : std::nullopt;
}

int list(Store& store, const std::string& pipeline, const Options& options) {
    std::vector<history::ListedPast> listed;
    for (PastRun& run : store.list(pipeline, options.limit == 0 ? kAllRuns : options.limit)) {
        auto comparison = compared(store, run);
        listed.push_back({std::move(run), std::move(comparison)});
    }
    if (listed.empty() && !pipeline.empty()) {
        explain_unknown(store, pipeline, 0);
        return kOwnError;
    }
    return print(options.json ? history::render_list_json(listed)
                              : history::render_list(listed, options.colour));
}

int show(Store& store, const std::string& word, const Options& options) {
    const auto run = which(store, word);
    if (!run) return kOwnError;
    const std::string record = store.record(run->run);
    if (options.json) return print(record);
    const Summary summary = read_record(record);
    const auto comparison = compared(store, *run);
    std::string text = history::render_heading(*run) + render_story(summary, options.colour) +
                       render_table(summary, options.colour);
    if (comparison) {
        text += "\n" + history::render_comparison(*run, *comparison, options.colour);
    }
    return print(text);
}

int diff(Store& store, const std::string& left, const std::string& right, const Options& options) {
    const auto first = which(store, left);
    const auto second = first ? which(store, right) : std::nullopt;
    if (!second) return kOwnError;
    const auto differences = history::differences(read_record(store.record(first->run)),
                                                  read_record(store.record(second->run)));
    return print(options.json ? history::render_diff_json(*first, *second, differences)
                              : history::render_diff(*first, *second, differences, options.colour));
}

int remove(Store& store, const std::string& word) {
    const auto run = which(store, word);
    if (!run) return kOwnError;
    store.remove(run->run);
    return 0;
}

int dispatch(const std::string& folder, const Given& given, const Options& options) {
    const std::vector<std::string>& words = given.operands();
    const std::string action = words.empty() ? "" : words.front();
    const std::size_t wanted = action == "show" || action == "rm" ? 2 : action == "diff" ? 3 : 1;
    if (action == "rm" && options.all && words.size() == 1) {
        Store::erase(folder);
        return 0;
    }
    if (words.size() > wanted) {
        return usage_error(given.command(), "unexpected argument '" + words[wanted] + "'");
    }
    if (words.size() < wanted && !words.empty()) {
        return usage_error(given.command(),
                           wanted == 3 ? "'diff' needs two runs" : "RUN is missing");
    }
    Store store(folder, kPatienceMs);
    if (action == "show") return show(store, words[1], options);
    if (action == "diff") return diff(store, words[1], words[2], options);
    if (action == "rm") return remove(store, words[1]);
    return list(store, action, options);
}

}  // namespace

int history_command(const Given& given) {
    Options options;
    options.json = given.json();
    options.all = given.has("--all");
    options.colour = use_colour(given.value(kColourOption.name), STDOUT_FILENO);
    const std::string limit = given.value("--limit");
    const auto [end, error] =
        std::from_chars(limit.data(), limit.data() + limit.size(), options.limit);
    if (!limit.empty() && (error != std::errc() || end != limit.data() + limit.size())) {
        return usage_error(given.command(), "--limit must be a number, not '" + limit + "'");
    }
    const std::string folder = history::folder();
    if (folder.empty()) {
        return own_error("there is no history: PIPECTL_HISTORY is 'off', or HOME is not set");
    }
    if (::access(folder.c_str(), F_OK) != 0) {
        print_error("pipectl: nothing is remembered yet in '" + printable(folder) + "'\n");
        return options.json ? print("[]\n") : 0;
    }
    if (!open_own_folder(folder)) {
        return own_error("cannot use the history in '" + one_line(folder) +
                         "': the folder, or a link that leads there, is another user's");
    }
    if (const std::string thing = history::obstacle(folder); !thing.empty()) {
        print_error("pipectl: '" + one_line(thing) +
                    "' is no file: no run is remembered until it is removed\n");
    }
    try {
        return dispatch(folder, given, options);
    } catch (const history::StoreError& failure) {
        return own_error(failure.what());
    } catch (const RecordError& failure) {
        return own_error(std::string("the record of the run cannot be read: ") + failure.what());
    }
}

}  // namespace pipectl
