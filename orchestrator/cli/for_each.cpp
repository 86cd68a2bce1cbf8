#include "orchestrator/cli/for_each.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <exception>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "orchestrator/cli/item_run.hpp"
#include "orchestrator/cli/item_signals.hpp"
#include "orchestrator/cli/items_report.hpp"
#include "orchestrator/cli/items_server.hpp"
#include "orchestrator/cli/kept_items.hpp"
#include "orchestrator/cli/ordered_output.hpp"
#include "orchestrator/command/output.hpp"
#include "orchestrator/process/child_process.hpp"
#include "orchestrator/report/read_record.hpp"
#include "orchestrator/report/record.hpp"
#include "orchestrator/run/refusal.hpp"
#include "orchestrator/traces/live_runs.hpp"
#include "orchestrator/traces/run_folder.hpp"
#include "stages/base/clock.hpp"
#include "stages/base/die_of.hpp"
#include "stages/base/error.hpp"
#include "stages/base/pidfd.hpp"
#include "stages/objects/hold.hpp"

namespace pipectl {

namespace {

using Clock = std::chrono::steady_clock;
using Halt = ForEach::Halt;

/// Outputs of items that wait for their turn, or for the reader of stdout.
constexpr std::size_t kMostWaiting = 64;
/// What an item's descriptors cost us, and what is ours.
constexpr std::size_t kDescriptorsOfItem = 6;
constexpr std::size_t kOwnDescriptors = 128;
constexpr std::size_t kLargestItemRecord = std::size_t{64} << 20U;
constexpr int kKilledStatus = 128;

/// As many at a time as are asked for and have room.
std::size_t jobs_of(const ForEach& each) {
    const std::size_t asked = each.jobs ? static_cast<std::size_t>(*each.jobs)
                                        : std::max(1U, std::thread::hardware_concurrency());
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return asked;
    const std::size_t room =
        limit.rlim_cur > kOwnDescriptors + kMostWaiting
            ? (limit.rlim_cur - kOwnDescriptors - kMostWaiting) / kDescriptorsOfItem
            : 1;
    return std::clamp<std::size_t>(asked, 1, std::max<std::size_t>(room, 1));
}

/// One that runs.
struct RunningItem {
    std::size_t index = 0;
    ChildProcess child;
    Fd output;  ///< its stdout; empty: it has ours
    Fd record;
    ItemVoice voice;
    std::string stamp;  ///< of what it reads, for who resumes all this
};

/// All but the items' own figures, which come as they run.
Summary summary_of(const Loaded& loaded) {
    Summary summary;
    summary.run = make_run_id();
    summary.pipeline = loaded.plan.name;
    summary.source = loaded.plan.source;
    summary.started_at = utc_now();
    const Items& items = *loaded.items;
    for (const auto& [name, value] : loaded.plan.params) {
        const bool of_item = std::ranges::find(items.names, name) != items.names.end();
        if (!of_item) summary.params.push_back({name, value});
    }
    summary.items.resize(items.count());
    for (std::size_t i = 0; i < summary.items.size(); ++i) {
        for (auto& [name, value] : items.at(i)) {
            summary.items[i].values.push_back({std::move(name), std::move(value)});
        }
    }
    return summary;
}

class Conductor {
  public:
    Conductor(const RunOptions& options, const Loaded& loaded)
        : options_(options),
          loaded_(loaded),
          each_(*loaded.definition.for_each),
          items_(*loaded.items),
          jobs_(jobs_of(each_)),
          direct_(jobs_ == 1 && !each_.any_order),
          output_(each_.any_order),
          summary_(summary_of(loaded)),
          report_(options, loaded, direct_, summary_),
          kept_(options, loaded, summary_),
          signals_([this](int number) { signal_items(number); }),
          server_({[this] { return record_so_far(); }, [this](bool now) { stop_items(now); },
                   [this](int number) { signal_items(number); }}) {}

    int run() {
        if (loaded_.plan.lock) {
            const LockWanted& lock = *loaded_.plan.lock;
            lock_ = channel::take_all({}, {{lock.path, lock.shared, lock.wait}});
        }
        signals_.take_over();
        server_.open(summary_.run);
        while (true) {
            start_items();
            if (running_.empty() && !output_.has_more()) break;
            wait();
        }
        finish();
        signals_.give_back();
        if (signals_.ended_by() != 0) die_of(signals_.ended_by());
        return summary_.end->exit;
    }

  private:
    [[nodiscard]] double now_s() const {
        return std::chrono::duration<double>(Clock::now() - began_).count();
    }

    [[nodiscard]] bool goes_on() const {
        if (signals_.ended_by() != 0 || output_.broken() || output_.failed() != 0) return false;
        return first_failure_ == 0 || each_.halt == Halt::never;
    }

    void start_items() {
        while (goes_on() && next_ < items_.count() && running_.size() < jobs_ &&
               output_.waiting() + running_.size() < std::max(kMostWaiting, 2 * jobs_)) {
            const std::size_t index = next_++;
            if (kept_.is_done(index)) {
                output_.add(index, {});
            } else {
                start(index);
            }
        }
    }

    void start(std::size_t index) {
        RunningItem item;
        item.index = index;
        if (!direct_) item.output = OrderedOutput::new_file();
        item.record = Fd(::memfd_create("pipectl.item", MFD_CLOEXEC));
        if (!item.record) throw SystemError("cannot create a file in memory", errno);
        Fd events_end;
        ItemRun run(options_, loaded_, index, item.output.get());
        item.voice = report_.make_voice(run.options, events_end, run.errors);
        item.stamp = kept_.stamp_of(index);
        ItemSummary& summary = summary_.items[index];
        summary.start_s = now_s();
        summary.run = make_run_id();
        run.options.item.record = item.record.get();
        run.options.item.run = summary.run;
        run.options.item.conductor = ::getpid();
        item.child = fork_child([&] {
            signals_.give_back();
            return run_item(run);
        });
        report_.started(index);
        running_.push_back(std::move(item));
    }

    void wait() {
        std::vector<pollfd> polled = {{signals_.fd(), POLLIN, 0},
                                      {output_.has_more() ? STDOUT_FILENO : -1, POLLOUT, 0}};
        for (const RunningItem& item : running_) {
            polled.push_back({item.child.pidfd.get(), POLLIN, 0});
            polled.push_back({item.voice.events.get(), POLLIN, 0});
            polled.push_back({item.voice.words.get(), POLLIN, 0});
        }
        const std::size_t asked = polled.size();
        server_.add_to(polled);
        if (::poll(polled.data(), polled.size(), patience_ms()) < 0 && errno != EINTR) {
            throw SystemError("cannot wait", errno);
        }
        if (polled[0].revents != 0) signals_.take([this] { report_.clear(); });
        signals_.pass_on_when_due();
        if (polled[1].revents != 0) write_output();
        for (std::size_t i = running_.size(); i-- > 0;) {
            const pollfd* const of_item = &polled[kFirstItem + i * kPolledOfItem];
            listen(running_[i], of_item);
            if (of_item[0].revents != 0) take_end(i);
        }
        server_.serve(&polled[asked]);
        report_.look(now_s());
    }

    /// A pipe that nobody has open any more is not asked again.
    void listen(RunningItem& item, const pollfd* polled) {
        if ((polled[1].revents | polled[2].revents) == 0) return;
        report_.listen(item.index, item.voice);
        if ((polled[1].revents & (POLLIN | POLLHUP)) == POLLHUP) item.voice.events.reset();
        if ((polled[2].revents & (POLLIN | POLLHUP)) == POLLHUP) item.voice.words.reset();
    }

    [[nodiscard]] int patience_ms() const {
        const int picture = report_.patience_ms();
        if (!signals_.due()) return picture;
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(*signals_.due() - Clock::now());
        const int passing = std::max(0, 1 + static_cast<int>(left.count()));
        return picture < 0 ? passing : std::min(picture, passing);
    }

    void write_output() {
        report_.clear();
        output_.write_some();
        if (output_.broken() || output_.failed() != 0) cancel(SIGPIPE);
    }

    void signal_items(int number) {
        for (const RunningItem& item : running_) {
            signal_process(item.child.pidfd.get(), number);
        }
    }

    /// Somebody asked for it: as SIGTERM to us; `now`: without a grace period.
    void stop_items(bool now) {
        signals_.raise(SIGTERM);
        if (!now) return;
        for (const RunningItem& item : running_) {
            const std::string& run = summary_.items[item.index].run;
            (void)ask_run({run, run_folder_path(run), ::geteuid()}, "kill");
        }
    }

    [[nodiscard]] std::string record_so_far() {
        summary_.wall_s = now_s();
        return render_record_json(summary_);
    }

    void cancel(int why) {
        if (std::exchange(cancelled_, true)) return;
        if (why == SIGPIPE && first_failure_ == 0) first_failure_ = kKilledStatus + SIGPIPE;
        signal_items(SIGTERM);
    }

    void take_end(std::size_t at) {
        RunningItem item = std::move(running_[at]);
        running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(at));
        const ExitStatus how = item.child.wait().value_or(ExitStatus{kOwnError, 0, false});
        report_.listen(item.index, item.voice);
        ItemSummary& summary = summary_.items[item.index];
        summary.end_s = now_s();
        const std::optional<Summary> run = read_result(item, how, summary);
        if (item.output) {
            struct stat status {};
            if (::fstat(item.output.get(), &status) == 0) summary.bytes_out = status.st_size;
        }
        report_.ended(item.index, run);
        output_.add(item.index, std::move(item.output));
        if (how.shell_status() == 0) {
            kept_.add(item.index, item.stamp);
            return;
        }
        if (first_failure_ == 0 && signals_.ended_by() == 0) first_failure_ = how.shell_status();
        if (each_.halt == Halt::now) cancel(SIGTERM);
    }

    /// What the item's run wrote of itself; when that is not there, how its front ended.
    static std::optional<Summary> read_result(const RunningItem& item, const ExitStatus& how,
                                              ItemSummary& summary) {
        std::optional<Summary> run;
        try {
            ::lseek(item.record.get(), 0, SEEK_SET);
            const std::string text = read_all(item.record.get(), kLargestItemRecord, "record");
            if (!text.empty()) {
                run = read_record(text);
                summary.run = run->run;
                summary.end = run->end;
                for (const StageSummary& stage : run->stages) {
                    const bool failed = stage.verdict && (*stage.verdict == Verdict::failed ||
                                                          *stage.verdict == Verdict::timeout);
                    if (failed && summary.failed.empty()) summary.failed = stage.name;
                }
            }
        } catch (const std::exception& error) {
            summary.failed = error.what();
        }
        if (summary.end) return run;
        summary.end.emplace();
        summary.end->verdict = how.shell_status() == 0 ? Verdict::ok : Verdict::failed;
        summary.end->exit = how.shell_status();
        summary.end->message = how.signal != 0 ? "its front " + describe(how) : "";
        return run;
    }

    void finish() {
        summary_.wall_s = now_s();
        const int ended_by = signals_.ended_by();
        RunEnded& end = summary_.end.emplace();
        end.exit = ended_by != 0 ? kKilledStatus + ended_by : first_failure_;
        end.signal = ended_by;
        end.verdict = ended_by != 0         ? Verdict::cancelled
                      : first_failure_ != 0 ? Verdict::failed
                                            : Verdict::ok;
        if (output_.broken()) {
            end.message = "whoever read stdout had enough";
        } else if (output_.failed() != 0) {
            end.message = std::string("cannot write to stdout: ") + std::strerror(output_.failed());
            end.exit = kOwnError;
        }
        if (!report_.finish() && end.exit == 0) end.exit = kOwnError;
        kept_.finish(end.verdict == Verdict::ok);
    }

    static constexpr std::size_t kFirstItem = 2;
    static constexpr std::size_t kPolledOfItem = 3;

    const RunOptions& options_;
    const Loaded& loaded_;
    const ForEach& each_;
    const Items& items_;
    std::size_t jobs_;
    bool direct_;  ///< items write to our stdout themselves
    OrderedOutput output_;
    std::vector<Fd> lock_;
    Clock::time_point began_ = Clock::now();
    Summary summary_;
    ItemsReport report_;
    KeptItems kept_;
    std::vector<RunningItem> running_;
    ItemSignals signals_;
    ItemsServer server_;
    std::size_t next_ = 0;
    int first_failure_ = 0;
    bool cancelled_ = false;
};

}  // namespace

int run_for_each(const RunOptions& options, const Loaded& loaded) {
    const Items& items = *loaded.items;
    if (!options.record.empty() && items.count() != 1) {
        return own_error("'--record' is of one run, and this is one for each of " +
                         std::to_string(items.count()) + " items; --set " + items.names.front() +
                         "=VALUE runs a single one");
    }
    if (items.count() == 0) {
        std::string empty;
        for (std::size_t i = 0; i < items.values.size(); ++i) {
            if (items.values[i].empty()) empty = items.names[i] + ": " + items.sources[i];
        }
        if (!options.quiet) {
            print_error("pipectl: '" + loaded.plan.name + "': nothing to do: " + empty +
                        " gives no value\n");
        }
    }
    return Conductor(options, loaded).run();
}

}  // namespace pipectl
