#include "orchestrator/meter/meter.hpp"

#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

#include "orchestrator/meter/time_shares.hpp"
#include "orchestrator/meter/uncounted_moves.hpp"
#include "orchestrator/process/descendants.hpp"
#include "stages/base/pidfd.hpp"

namespace pipectl {

namespace {

/// Each handle is a descriptor: a run of a thousand stages must not need a thousand more, nor one
/// under a low limit a single one. Without a handle the counts of a process that has ended are
/// root's alone to read, and root needs none.
constexpr std::size_t kMostHandles = 100;
constexpr rlim_t kEnoughDescriptors = 1000;
double seconds(std::chrono::steady_clock::duration duration) {
    return std::chrono::duration<double>(duration).count();
}

/// The kernel tells a process's start in steps of 10 ms.
constexpr std::chrono::milliseconds kAgeStep(10);

/// Nothing when it is gone.
std::optional<std::chrono::nanoseconds> age_of(pid_t pid) {
    ProcessStat stat;
    timespec now{};
    if (!read_process_stat(pid, stat) || ::clock_gettime(CLOCK_BOOTTIME, &now) != 0) {
        return std::nullopt;
    }
    static const auto ticks = static_cast<unsigned long long>(::sysconf(_SC_CLK_TCK));
    return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec) -
           std::chrono::nanoseconds(stat.start_time * (1'000'000'000 / ticks));
}

bool is_zombie(pid_t pid) {
    ProcessStat stat;
    return read_process_stat(pid, stat) && stat.state == 'Z';
}

bool can_keep_handles(std::size_t processes) {
    rlimit limit{};
    return ::geteuid() != 0 && processes <= kMostHandles &&
           ::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur >= kEnoughDescriptors;
}

}  // namespace

Meter::Meter(const Plan& plan, const std::vector<std::string>& programs, const LinkSet& links,
             Time began)
    : plan_(plan),
      programs_(programs),
      links_(links),
      began_(began),
      keep_handles_(can_keep_handles(plan.processes.size())),
      watched_(plan.processes.size()),
      levels_(plan.links.size()),
      shares_(plan.links.size()),
      left_(plan.links.size(), 0) {
    seen_.processes.resize(plan.processes.size());
    seen_.filled.resize(plan.edges.size(), -1);
    moved_at_ = began;
}

void Meter::started(int process, pid_t pid, Time now) {
    Watched& watched = watched_[process];
    if (watched.pid > 0) {
        start_again(watched, seen_.processes[process].cpu_s);
    }
    watched.pid = pid;
    watched.running = true;
    watched.seen_at = now;
    watched.moved_at = now;
    if (keep_handles_) {
        watched.io = open_io_count(pid);
    }
}

void Meter::start_again(Watched& watched, double cpu_s) {
    watched.earlier_count = watched.count.value_or(IoCount());
    watched.earlier_cpu_s = cpu_s;
    watched.cpu_s = 0;
    watched.mark.reset();
    watched.ended_at.reset();
    // What a process leaves behind when it has failed may be anybody's.
    watched.of_others = {true, true};
    watched.left_orphan = true;
}

void Meter::ended(int process, Time now) {
    Watched& watched = watched_[process];
    if (!watched.running) {
        return;
    }
    if (const auto count = count_of(process)) {
        watched.count = count;
    }
    const bool stage = plan_.processes[process].role == Role::stage;
    if (stage && watched.count && watched.earlier_count == IoCount() &&
        (watched.count->written > 0 || watched.count->read > kStartingTakes)) {
        watched.of_others = part_of_others(watched.pid, *watched.count);
    }
    if (stage && !plan_.edges.empty()) {
        const std::string& path = programs_[process];
        watched.other_program = !is_named_after(watched.pid, path);
    }
    watched.seen_uncounted =
        watched.seen_uncounted || (watched.finder && watched.finder->seen_uncounted());
    note_left(process);
    watched.running = false;
    watched.ended_at = now;
    watched.pidfd.reset();
    watched.io.reset();
    watched.finder.reset();
    watched.since_look_s = seconds(now - watched.seen_at);
}

/// A helper's own count, the kernel's of a stage.
std::optional<IoCount> Meter::count_of(int process) const {
    if (const auto counted = links_.helper_counts().of(process)) {
        return counted;
    }
    const Watched& watched = watched_[process];
    const Fd late = watched.io ? Fd() : open_io_count(watched.pid);
    auto count = read_io_count(watched.io ? watched.io.get() : late.get());
    if (count) {
        count->read += watched.earlier_count.read;
        count->written += watched.earlier_count.written;
        const std::int64_t twice = links_.helper_counts().by_terminal(process);
        count->read = std::max<std::int64_t>(count->read - twice, 0);
        count->written = std::max<std::int64_t>(count->written - twice, 0);
    }
    return count;
}

/// What a reader that left early has not taken never went to it.
void Meter::note_left(int process) {
    for (const Descriptor& descriptor : plan_.processes[process].descriptors) {
        if (descriptor.what == Descriptor::What::link_reader) {
            const LinkLevel level = links_.level(descriptor.index);
            left_[descriptor.index] = level.known() ? level.filled : -1;
        }
    }
}

void Meter::reaped(int process, const ResourceUse& use) {
    Watched& watched = watched_[process];
    auto& seen = seen_.processes[process];
    const double cpu_s = use.user_s + use.system_s;
    add_gap(watched.times, seen.activity, seen.activity, watched.since_look_s,
            std::max(0.0, cpu_s - watched.cpu_s));
    watched.since_look_s = 0;
    make_room_for(watched.times, watched.earlier_cpu_s + cpu_s);
    seen.activity = Activity::absent;
    seen.cpu_s = watched.earlier_cpu_s + cpu_s;
    seen.rss_bytes = 0;
    if (watched.count) {
        seen.bytes_in = watched.count->read;
        seen.bytes_out = watched.count->written;
    }
}

/// The kernel does not tell whose child it was: that of any stage that lived when it was born and
/// is dead by now.
void Meter::orphan(pid_t pid, Time now) {
    const auto age = plan_.edges.empty() ? std::nullopt : age_of(pid);
    if (!age) {
        return;
    }
    const Time born = now - *age - kAgeStep;
    for (std::size_t i = 0; i < watched_.size(); ++i) {
        Watched& watched = watched_[i];
        if (plan_.processes[i].role == Role::stage && watched.pid > 0) {
            const bool dead = watched.ended_at ? born <= *watched.ended_at : is_zombie(watched.pid);
            watched.left_orphan = watched.left_orphan || dead;
        }
    }
}

void Meter::skip_to(Time now) {
    moved_at_ = now;
    for (Watched& watched : watched_) {
        watched.seen_at = now;
        watched.moved_at = now;
    }
}

bool Meter::has_moved(int process) {
    Watched& watched = watched_[process];
    if (!watched.running) {
        return false;
    }
    const Process& what = plan_.processes[process];
    if (!watched.past_count) {
        const UncountedMoves moves = uncounted_moves_of(programs_[process], has_sockets(what));
        watched.past_count = what.native || what.shipped || moves.in || moves.out;
    }
    Watched::Mark mark;
    std::vector<pid_t> tree = descendants_of(watched.pid);
    tree.push_back(watched.pid);
    for (const pid_t pid : tree) {
        const Fd handle = open_io_count(pid);
        const auto count = read_io_count(handle.get());
        mark.count.read += count ? count->read : 0;
        mark.count.written += count ? count->written : 0;
        const auto glance = *watched.past_count || !count ? glance_at(pid) : std::nullopt;
        mark.cpu_s += glance ? glance->cpu_s : 0;
    }
    for (const Descriptor& descriptor : what.descriptors) {
        if (descriptor.what == Descriptor::What::link_reader ||
            descriptor.what == Descriptor::What::link_writer) {
            LinkLevel level = links_.level(descriptor.index);
            if (!level.known()) level = level_by_loan(descriptor.index);
            mark.levels.push_back(level.filled);
        }
    }
    const bool moved = watched.mark && *watched.mark != mark;
    watched.mark = std::move(mark);
    return moved;
}

void Meter::look(Time now) {
    moved_ = false;
    look_at_links();
    for (std::size_t i = 0; i < watched_.size(); ++i) {
        if (watched_[i].running) {
            look_at(i, now);
        }
    }
    for (std::size_t i = 0; i < plan_.edges.size(); ++i) {
        const int link = plan_.edges[i].link;
        const auto filled = link < 0 ? -1 : levels_[link].filled;
        moved_ = moved_ || filled != seen_.filled[i];
        seen_.filled[i] = filled;
    }
    quiet_ = !moved_;
    if (moved_) {
        moved_at_ = now;
    }
}

void Meter::look_at(std::size_t process, Time now) {
    Watched& watched = watched_[process];
    Sampled::Process& seen = seen_.processes[process];
    const auto glance = glance_at(watched.pid);
    if (!glance) {
        return;
    }
    if (!watched.finder) {
        watched.finder = std::make_unique<ActivityFinder>(plan_, static_cast<int>(process),
                                                          watched.pid, levels_);
    }
    const bool gone = glance->state == 'Z' && glance->threads <= 1;
    const Activity activity = gone ? seen.activity : watched.finder->look(*glance);
    const double cpu_s = glance->cpu_s + watched.finder->children_cpu_s();
    if (watched.times.samples++ == 0) {
        seen.activity = activity;
    }
    add_gap(watched.times, seen.activity, activity, seconds(now - watched.seen_at),
            std::max(0.0, cpu_s - watched.cpu_s));
    watched.seen_at = now;
    watched.cpu_s = cpu_s;

    auto count = count_of(static_cast<int>(process));
    if (count) {
        // what replicas read and write has been counted on its way to them
        if (!plan_.processes[process].replicas) {
            count->read += watched.finder->children_count().read;
            count->written += watched.finder->children_count().written;
        }
        if (count->written > 0 && !watched.times.first_byte_s) {
            watched.times.first_byte_s = seconds(now - began_);
        }
    }
    if (activity == Activity::running || activity == Activity::disk || activity != seen.activity ||
        count != watched.count || watched.earlier_cpu_s + cpu_s > seen.cpu_s) {
        moved_ = true;
        watched.moved_at = now;
    }
    watched.count = count ? count : watched.count;
    seen.activity = activity;
    if (plan_.processes[process].replicas) seen.replicas = replicas_of(static_cast<int>(process));
    seen.cpu_s = watched.earlier_cpu_s + cpu_s;
    seen.rss_bytes = glance->rss_bytes;
    seen.bytes_in = watched.count ? watched.count->read : -1;
    seen.bytes_out = watched.count ? watched.count->written : -1;
}

void Meter::look_at_links() {
    for (std::size_t i = 0; i < levels_.size(); ++i) {
        const Link& link = plan_.links[i];
        const auto running = [&](int process) { return watched_[process].running; };
        if (!running(link.writer) && !running(link.reader)) {
            levels_[i] = {};
            continue;
        }
        levels_[i] = links_.level(static_cast<int>(i));
        if (!levels_[i].known()) {
            levels_[i] = level_by_loan(static_cast<int>(i));
        }
        if (levels_[i].known()) {
            LinkShares& shares = shares_[i];
            ++shares.samples;
            shares.empty += levels_[i].empty() ? 1 : 0;
            shares.full += levels_[i].full ? 1 : 0;
            shares.room = levels_[i].room;
        }
    }
}

/// Where we keep no end of our own, the reader's is borrowed for the time of the question.
LinkLevel Meter::level_by_loan(int link) {
    const Link& what = plan_.links[link];
    Watched& reader = watched_[what.reader];
    if (what.kind->ends == channel::Ends::bridged || !reader.running) {
        return {};
    }
    for (const Descriptor& descriptor : plan_.processes[what.reader].descriptors) {
        if (descriptor.what == Descriptor::What::link_reader && descriptor.index == link) {
            if (!reader.pidfd) reader.pidfd = open_pidfd(reader.pid);
            const Fd end = borrow_descriptor(reader.pidfd.get(), descriptor.number);
            return end ? level_of_link(-1, end.get()) : LinkLevel{};
        }
    }
    return {};
}

std::vector<LinkWaits> Meter::waits() const {
    std::vector<LinkWaits> waits(watched_.size());
    for (std::size_t i = 0; i < watched_.size(); ++i) {
        if (watched_[i].running && watched_[i].finder) {
            waits[i] = watched_[i].finder->waits();
        }
    }
    return waits;
}

Accounts Meter::accounts() const {
    const BytesMoved moved = bytes();
    return {processes(moved), edges(moved)};
}

std::vector<ProcessAccounted> Meter::processes(const BytesMoved& moved) const {
    std::vector<ProcessAccounted> accounts;
    for (std::size_t i = 0; i < watched_.size(); ++i) {
        if (watched_[i].pid > 0) {
            ProcessAccounted accounted{static_cast<int>(i), watched_[i].times};
            accounted.account.bytes_in = moved.processes[i].in.bytes;
            accounted.account.in_is = moved.processes[i].in.are;
            accounted.account.bytes_out = moved.processes[i].out.bytes;
            accounted.account.out_is = moved.processes[i].out.are;
            accounted.replicas = replicas_of(static_cast<int>(i));
            if (!accounted.replicas.empty()) {
                accounted.account.in_is = accounted.account.out_is = Exactness::counted;
            }
            accounts.push_back(std::move(accounted));
        }
    }
    return accounts;
}

std::vector<ReplicaWork> Meter::replicas_of(int process) const {
    const HelperCounts& counts = links_.helper_counts();
    std::vector<ReplicaWork> all(counts.replicas_of(process));
    for (std::size_t i = 0; i < all.size(); ++i) {
        const auto number = [&](job::ReplicaNumber what) {
            return static_cast<std::int64_t>(counts.of_replica(process, static_cast<int>(i), what));
        };
        constexpr double kMicroseconds = 1e6;
        constexpr std::int64_t kKibibyte = 1024;
        using Number = job::ReplicaNumber;
        all[i] = {number(Number::blocks),
                  number(Number::bytes_in),
                  number(Number::bytes_out),
                  static_cast<double>(number(Number::user_us)) / kMicroseconds,
                  static_cast<double>(number(Number::sys_us)) / kMicroseconds,
                  number(Number::max_rss_kib) * kKibibyte};
    }
    return all;
}

std::vector<EdgeAccounted> Meter::edges(const BytesMoved& moved) const {
    std::vector<EdgeAccounted> accounts;
    for (std::size_t i = 0; i < plan_.edges.size(); ++i) {
        EdgeAccounted accounted;
        accounted.edge = static_cast<int>(i);
        accounted.bytes = moved.edges[i].bytes;
        accounted.bytes_are = moved.edges[i].are;
        if (const int link = plan_.edges[i].link; link >= 0) {
            const LinkShares& shares = shares_[link];
            accounted.samples = shares.samples;
            accounted.room = shares.room;
            accounted.empty = shares.samples > 0 ? 1.0 * shares.empty / shares.samples : 0;
            accounted.full = shares.samples > 0 ? 1.0 * shares.full / shares.samples : 0;
        }
        accounts.push_back(accounted);
    }
    return accounts;
}

BytesMoved Meter::bytes() const {
    ByteEvidence evidence;
    const std::vector<UncountedMoves> uncounted = uncounted_moves();
    for (std::size_t i = 0; i < watched_.size(); ++i) {
        evidence.processes.push_back(
            {watched_[i].count, watched_[i].of_others, uncounted[i], watched_[i].seen_uncounted});
    }
    for (int i = 0; i < static_cast<int>(plan_.links.size()); ++i) {
        const auto carried = links_.carried(i);
        evidence.carried.push_back(carried ? carried : links_.helper_counts().over(i));
    }
    evidence.left = left_;
    return bytes_moved(plan_, std::move(evidence));
}

/// Each program's file is looked at once.
void Meter::look_at_programs() {
    for (std::size_t i = 0; i < watched_.size() && !plan_.edges.empty(); ++i) {
        const Process& process = plan_.processes[i];
        if (process.role != Role::stage || process.shipped || watched_[i].pid <= 0) continue;
        const bool sockets = has_sockets(process);
        const auto [found, fresh] = known_moves_.try_emplace({programs_[i], sockets});
        if (fresh) {
            found->second = uncounted_moves_of(programs_[i], sockets);
        }
    }
}

UncountedMoves Meter::moves_of(std::size_t process) const {
    const bool sockets = has_sockets(plan_.processes[process]);
    const auto known = known_moves_.find({programs_[process], sockets});
    return known != known_moves_.end() ? known->second
                                       : uncounted_moves_of(programs_[process], sockets);
}

/// What runs as another program in the end may do anything.
std::vector<UncountedMoves> Meter::uncounted_moves() const {
    std::vector<UncountedMoves> all(watched_.size());
    for (std::size_t i = 0; i < watched_.size() && !plan_.edges.empty(); ++i) {
        const Process& process = plan_.processes[i];
        if (watched_[i].left_orphan) {
            all[i] = {true, true};
        } else if (process.shipped) {  // ours: it reads and writes, and sends to sockets
            const bool sockets = has_sockets(process);
            all[i] = {sockets, sockets};
        } else if (process.role == Role::stage && !watched_[i].other_program) {
            all[i] = moves_of(i);
        }
    }
    return all;
}

/// The kernel tells the writer of every other direct kind by itself, or somebody follows its file.
bool Meter::has_sockets(const Process& process) const {
    return std::ranges::any_of(process.descriptors, [&](const Descriptor& descriptor) {
        using What = Descriptor::What;
        if (descriptor.what != What::link_writer && descriptor.what != What::link_reader) {
            return false;
        }
        const channel::Kind& kind = *plan_.links[descriptor.index].kind;
        return kind.reader_gone == channel::ReaderGone::we_tell && !kind.follower;
    });
}

}  // namespace pipectl
