#include "orchestrator/compare/trial.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <sstream>
#include <utility>

#include "orchestrator/compare/figures.hpp"
#include "orchestrator/preflight/preflight.hpp"
#include "orchestrator/process/child_process.hpp"
#include "orchestrator/process/surroundings.hpp"
#include "orchestrator/run/run.hpp"
#include "stages/base/digest.hpp"
#include "stages/base/error.hpp"
#include "stages/base/own_status.hpp"
#include "stages/base/pidfd.hpp"
#include "stages/objects/spool.hpp"

namespace pipectl::compare {

namespace {

constexpr std::size_t kDigestBlock = 256 << 10;
constexpr std::size_t kLongestReport = 64 << 10;
constexpr std::size_t kSaidLines = 5;
constexpr off_t kSaidBytes = 4096;
constexpr const char* kRoundTrips = "PIPECTL_ROUND_TRIPS";

double now() {
    timespec time{};
    ::clock_gettime(CLOCK_MONOTONIC, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

/// What the child leaves in its file: this, and behind it the reason when the run has failed.
struct Report {
    Run run;
    double began_at = 0;  ///< CLOCK_MONOTONIC
    bool failed = false;
};
static_assert(std::is_trivially_copyable_v<Report>);

void write_report(int file, const Report& report, const std::string& reason) {
    (void)!::pwrite(file, &report, sizeof report, 0);
    (void)!::pwrite(file, reason.data(), std::min(reason.size(), kLongestReport), sizeof report);
}

std::string read_from(int file, off_t start, std::size_t size) {
    std::string text(size, '\0');
    const ssize_t got = ::pread(file, text.data(), text.size(), start);
    text.resize(got > 0 ? got : 0);
    return text;
}

off_t size_of(int file) {
    struct stat status {};
    return ::fstat(file, &status) == 0 ? status.st_size : 0;
}

/// The last lines of a file.
std::vector<std::string> last_lines(int file) {
    const off_t size = size_of(file);
    const off_t start = size > kSaidBytes ? size - kSaidBytes : 0;
    std::string text = read_from(file, start, size - start);
    if (start > 0) text.erase(0, text.find('\n') + 1);
    std::vector<std::string> lines;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        lines.push_back(text.substr(0, end));
        text.erase(0, end == std::string::npos ? end : end + 1);
    }
    if (lines.size() > kSaidLines) lines.erase(lines.begin(), lines.end() - kSaidLines);
    return lines;
}

std::string hex(std::uint64_t value) {
    std::array<char, 17> text{};
    std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(value));
    return text.data();
}

Fd anonymous_file() {
    Fd file(::memfd_create("pipectl", MFD_CLOEXEC));
    if (!file) throw SystemError("cannot create a file in memory", errno);
    return file;
}

/// The run's own account, kept in the supervisor.
class Notes {
  public:
    explicit Notes(int file) : file_(file) {}

    void take(const Event& event) {
        if (events_.empty()) report_.began_at = now() - event.time_s;
        events_.push_back(event);
        if (!std::holds_alternative<RunEnded>(event.what)) return;
        report_.run = figures_of(events_);
        const std::string reason = failure_of(events_);
        report_.failed = !reason.empty();
        write_report(file_, report_, reason);
    }

  private:
    int file_;
    Report report_;
    std::vector<Event> events_;
};

int run_for_figures(const Plan& plan, const std::map<std::string, std::string>& environment,
                    int file) {
    Report report;
    report.failed = true;
    try {
        const Preflight preflight = check_plan(plan, environment);
        if (!preflight.ok()) {
            write_report(file, report, preflight.failures.front().diagnostic.message);
            return preflight.status();
        }
        Notes notes(file);
        return run_plan(plan, preflight,
                        {[&notes](const Event& event) { notes.take(event); }, [] {}});
    } catch (const std::exception& error) {
        write_report(file, report, error.what());
        return kOwnErrorStatus;
    }
}

}  // namespace

Trials::Trials(std::vector<std::string> sinks, std::map<std::string, std::string> environment,
               bool round_trips, Interrupts& interrupts)
    : names_(std::move(sinks)), environment_(std::move(environment)), interrupts_(interrupts) {
    for (std::size_t i = 0; i < names_.size(); ++i) {
        sinks_.push_back(channel::open_nameless(channel::spool_folder(), O_RDWR));
    }
    errors_ = anonymous_file();
    figures_ = anonymous_file();
    if (round_trips) {
        told_ = anonymous_file();
        environment_[kRoundTrips] =
            "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(told_.get());
    }
}

void Trials::empty_files() {
    for (const Fd& sink : sinks_)
        (void)!::ftruncate(sink.get(), 0);
    (void)!::ftruncate(errors_.get(), 0);
    (void)!::ftruncate(figures_.get(), 0);
    if (told_) (void)!::ftruncate(told_.get(), 0);
}

std::int64_t Trials::round_trips_told() const {
    if (!told_) return 0;
    std::int64_t all = 0;
    std::istringstream lines(read_from(told_.get(), 0, kLongestReport));
    for (std::int64_t one = 0; lines >> one;)
        all += std::max<std::int64_t>(one, 0);
    return all;
}

bool Trials::any_byte() const {
    for (const Fd& sink : sinks_) {
        if (size_of(sink.get()) > 0) return true;
    }
    return false;
}

int Trials::run_here(Plan plan, Fd input) {
    interrupts_.restore_mask();
    if (told_) ::setenv(kRoundTrips, environment_[kRoundTrips].c_str(), 1);
    for (std::size_t i = 0; i < sinks_.size(); ++i) {
        // an output that names a descriptor must be the caller's, not close-on-exec
        Fd sink = channel::open_again(sinks_[i].get(), O_WRONLY);
        ::fcntl(sink.get(), F_SETFD, 0);
        plan.outputs[i].path = "/proc/self/fd/" + std::to_string(sink.release());
    }
    Fd errors = channel::open_again(errors_.get(), O_WRONLY | O_APPEND);
    const Fd null = open_null_device();
    if (::dup2(input.get(), STDIN_FILENO) < 0 || ::dup2(null.get(), STDOUT_FILENO) < 0 ||
        ::dup2(errors.get(), STDERR_FILENO) < 0) {
        throw SystemError("cannot set up a run", errno);
    }
    input.reset();
    return run_for_figures(plan, environment_, figures_.get());
}

void Trials::watch(int child, double& first_byte_at) {
    const Fd changes(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
    for (const Fd& sink : sinks_) {
        const std::string path = "/proc/self/fd/" + std::to_string(sink.get());
        (void)::inotify_add_watch(changes.get(), path.c_str(), IN_MODIFY);
    }
    // poll(2) passes over descriptors below 0
    pollfd polled[] = {
        {child, POLLIN, 0}, {interrupts_.descriptor(), POLLIN, 0}, {changes.get(), POLLIN, 0}};
    for (;;) {
        if (::poll(polled, 3, -1) < 0 && errno != EINTR) return;
        if ((polled[2].revents & POLLIN) != 0) {
            const double at = now();
            if (any_byte()) {
                first_byte_at = at;
                polled[2].fd = -1;
            }
            std::array<char, 4096> events{};
            while (::read(changes.get(), events.data(), events.size()) > 0) {
            }
        }
        if ((polled[1].revents & POLLIN) != 0) {
            while (const int number = interrupts_.take()) {
                signal_process(child, number);
            }
        }
        if (polled[0].revents != 0) return;
    }
}

void Trials::digest_sinks(Trial& trial) const {
    std::vector<char> block(kDigestBlock);
    Digest all;
    for (std::size_t i = 0; i < sinks_.size(); ++i) {
        Digest digest;
        for (off_t at = 0;;) {
            const ssize_t got = ::pread(sinks_[i].get(), block.data(), block.size(), at);
            if (got < 0) throw SystemError("cannot read what a run wrote", errno);
            if (got == 0) break;
            digest.add(block.data(), got);
            at += got;
        }
        trial.sinks.push_back(
            {names_[i], static_cast<std::int64_t>(digest.length()), hex(digest.value())});
        const std::string line =
            names_[i] + " " + std::to_string(digest.length()) + " " + hex(digest.value()) + "\n";
        all.add(line.data(), line.size());
    }
    // of a single sink it is what xxhsum -H3 says of the file
    if (trial.sinks.size() == 1) trial.digest = trial.sinks.front().digest;
    if (trial.sinks.size() > 1) trial.digest = hex(all.value());
}

Trial Trials::run(const Plan& plan, Fd input) {
    empty_files();
    std::fflush(nullptr);
    ChildProcess child = fork_child([&] {
        // a stage that would talk to the terminal is to fail, not to be stopped as a background job
        ::setsid();
        return run_here(plan, std::move(input));
    });
    input.reset();
    double first_byte_at = 0;
    watch(child.pidfd.get(), first_byte_at);
    child.wait();

    Trial trial;
    Report report;
    const std::string kept = read_from(figures_.get(), 0, sizeof report + kLongestReport);
    if (kept.size() < sizeof report) {
        trial.failed = "the run was ended before it could tell how it went";
    } else {
        std::memcpy(&report, kept.data(), sizeof report);
        trial.run = report.run;
        if (report.failed) trial.failed = kept.substr(sizeof report);
    }
    if (!trial.failed.empty()) {
        trial.said = last_lines(errors_.get());
        plan.secrets.mask(trial.failed);
        plan.secrets.mask(trial.said);
        return trial;
    }
    if (first_byte_at > 0) {
        // we may be woken late, but the byte came before the end
        trial.run.first_byte_s = std::clamp(first_byte_at - report.began_at, 0.0, trial.run.wall_s);
    }
    trial.run.round_trips = round_trips_told();
    digest_sinks(trial);
    return trial;
}

}  // namespace pipectl::compare
