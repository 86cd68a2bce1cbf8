// pipectl tap: the records that go over an edge of a living run, as they pass.

#include <regex.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

#include "orchestrator/cli/completers.hpp"
#include "orchestrator/cli/which_run.hpp"
#include "orchestrator/command/command.hpp"
#include "orchestrator/command/given.hpp"
#include "orchestrator/command/output.hpp"
#include "stages/base/die_of.hpp"
#include "stages/tapping/tap_ring.hpp"

namespace pipectl {

namespace {

using TapClock = std::chrono::steady_clock;

constexpr auto kBetweenLooksAtTap = std::chrono::milliseconds(10);
constexpr auto kTapAsksAgain = std::chrono::seconds(1);

constexpr CommandOption kTapOptions[] = {
    {"--lines", "N", "end after so many records", nullptr, "-n"},
    {"--match", "RE", "only those that match this extended regular expression"},
};

constexpr CommandOperand kTapOperands[] = {
    {"RUN", CommandOperand::Count::one, complete_runs},
    {"EDGE", CommandOperand::Count::one},
};

int tap_command(const Given& given);

}  // namespace

extern constexpr Command kTapCommand = {
    .name = "tap",
    .takes = "RUN EDGE",
    .brief = "the records that go over an edge, as they pass",
    .usage = "[OPTIONS] RUN EDGE",
    .summary = "Show the records (lines) that go over an edge of a run, without slowing it.",
    .examples = R"(
  pipectl run slow.toml --tap &
  pipectl tap slow 'read->awk' -n 20
  pipectl tap slow awk.stdout --match 'error|timeout'
)",
    .help = R"(
RUN is the first digits of the id that 'pipectl ps' shows, or the name of its pipeline; it has to have
been started with 'run --tap'. EDGE is FROM->TO, or a port that has one reader, as 'pipectl plan'
calls them. The pipeline waits for nobody who looks: what passes too fast is not shown. At the end
what was shown and what was not is counted on stderr, byte by byte.

Exit status: 0 when the edge or the run has ended, or after N records; 125 when there is no such run
or edge, or it cannot be seen; of Ctrl-C the signal.
)",
    .options = kTapOptions,
    .operands = kTapOperands,
    .run = tap_command,
};

namespace {

class TapPattern {
  public:
    explicit TapPattern(const std::string& text) {
        const int error = ::regcomp(&compiled_, text.c_str(), REG_EXTENDED | REG_NOSUB);
        if (error == 0) return;
        char reason[128];
        ::regerror(error, &compiled_, reason, sizeof reason);
        throw std::runtime_error("'" + text + "' is not a regular expression: " + reason);
    }
    ~TapPattern() { ::regfree(&compiled_); }
    TapPattern(const TapPattern&) = delete;
    TapPattern& operator=(const TapPattern&) = delete;

    [[nodiscard]] bool matches(const std::string& line) const {
        return ::regexec(&compiled_, line.c_str(), 0, nullptr, 0) == 0;
    }

  private:
    regex_t compiled_{};
};

/// Takes whole records out of what is seen, and counts.
class TapView {
  public:
    TapView(const TapRing& ring, const TapPattern* pattern, std::uint64_t most)
        : ring_(ring), pattern_(pattern), most_(most), began_(ring.passed()), at_(began_) {
        whole_ = began_ == 0;
    }

    [[nodiscard]] bool full() const { return shown_ == most_; }

    /// Shows what has come. Returns the status of writing.
    int show(bool last) {
        std::uint64_t from = at_;
        const std::string text = ring_.look(from);
        if (from != at_) {
            begun_.clear();
            whole_ = false;  // what comes first is the rest of a record
        }
        at_ = from + text.size();
        std::string out;
        std::size_t begin = 0;
        for (std::size_t end = 0; !full() && (end = text.find('\n', begin)) != std::string::npos;
             begin = end + 1) {
            take(begun_ + text.substr(begin, end + 1 - begin), out);
        }
        if (!full()) begun_ += text.substr(begin);
        if (last && whole_ && !full() && !begun_.empty()) take(begun_ + "\n", out);
        return out.empty() ? 0 : print(out);
    }

    void tell() const {
        const std::uint64_t passed = ring_.passed() - began_;
        print_error(
            "pipectl: " + std::to_string(shown_) + " records (" + std::to_string(shown_bytes_) +
            " bytes) shown" +
            (pattern_ == nullptr ? ""
                                 : ", " + std::to_string(unmatched_) + " (" +
                                       std::to_string(unmatched_bytes_) + " bytes) did not match") +
            "; " + std::to_string(passed - std::min(passed, shown_bytes_ + unmatched_bytes_)) +
            " bytes passed without being looked at\n");
    }

  private:
    void take(const std::string& record, std::string& out) {
        const bool first_of_whole = whole_;
        begun_.clear();
        whole_ = true;
        if (!first_of_whole) return;
        if (pattern_ != nullptr && !pattern_->matches(record.substr(0, record.size() - 1))) {
            ++unmatched_;
            unmatched_bytes_ += record.size();
            return;
        }
        ++shown_;
        shown_bytes_ += record.size();
        out += record;
    }

    const TapRing& ring_;
    const TapPattern* pattern_;
    std::uint64_t most_;
    std::uint64_t began_;
    std::uint64_t at_;
    bool whole_ = false;  ///< `begun_` is from a record's beginning on
    std::string begun_;
    std::uint64_t shown_ = 0;
    std::uint64_t shown_bytes_ = 0;
    std::uint64_t unmatched_ = 0;
    std::uint64_t unmatched_bytes_ = 0;
};

volatile std::sig_atomic_t tap_ended_by;

void tap_on_signal(int signal) {
    tap_ended_by = signal;
}

/// Until the edge has ended, or there is enough. Returns the exit status.
int tap_watch(RunConversation& run, const std::string& request, const TapRing& ring,
              TapView& view) {
    auto asked = TapClock::now();
    for (;;) {
        const bool ended = ring.has_ended();  // before the look: what came before it is then seen
        const bool gone = tap_ended_by != 0;
        if (const int status = view.show(ended); status != 0) return status;
        if (ended || gone || view.full()) return 0;
        if (TapClock::now() - asked >= kTapAsksAgain) {
            asked = TapClock::now();
            const auto answer = run.ask(request);
            if (!answer || !answer->error.empty()) return view.show(true);
        }
        std::this_thread::sleep_for(kBetweenLooksAtTap);
    }
}

int tap_command(const Given& given) {
    std::uint64_t most = UINT64_MAX;
    if (const std::string count = given.value("--lines"); !count.empty()) {
        const auto [end, error] = std::from_chars(count.data(), count.data() + count.size(), most);
        if (error != std::errc() || end != count.data() + count.size() || most == 0) {
            return usage_error(given.command(), "'" + count + "' is not a number of records");
        }
    }
    try {
        std::optional<TapPattern> pattern;
        if (!given.values("--match").empty()) pattern.emplace(given.value("--match"));
        const auto run = which_run(given.operand(0));
        if (!run) return kOwnError;
        RunConversation conversation(run->where);
        const std::string request = "tap " + given.operand(1);
        const auto answer = conversation.ask(request);
        if (!answer || !answer->descriptor) {
            return own_error("cannot look into " + name_of(*run) + ": " +
                             (answer ? answer->error : "it does not answer"));
        }
        const TapRing ring(answer->descriptor.get(), false);
        TapView view(ring, pattern ? &*pattern : nullptr, most);
        for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
            std::signal(signal, tap_on_signal);
        }
        const int status = tap_watch(conversation, request, ring, view);
        view.tell();
        if (tap_ended_by != 0) die_of(tap_ended_by);
        return status;
    } catch (const std::runtime_error& error) {
        return own_error(error.what());
    }
}

}  // namespace

}  // namespace pipectl
