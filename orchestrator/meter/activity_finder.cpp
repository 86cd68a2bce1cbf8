#include "orchestrator/meter/activity_finder.hpp"

#include <algorithm>

#include "orchestrator/meter/call_kind.hpp"
#include "stages/channel/kind.hpp"

namespace pipectl {

namespace {

/// What a look costs is bounded, also for a stage that is a build with hundreds of processes.
constexpr std::size_t kMostThreads = 16;
constexpr int kMostProcesses = 32;
constexpr int kMostDepth = 8;

/// Which of two processes of one stage tells what the stage does.
int rank(Activity activity) {
    switch (activity) {
        case Activity::running: return 6;
        case Activity::disk: return 5;
        case Activity::output: return 4;
        case Activity::input: return 3;
        case Activity::stopped: return 2;  // a shell sleeps while it waits for such a child
        case Activity::sleeping: return 1;
        case Activity::absent: return 0;
    }
    return 0;
}

void take_most(Activity& most, Activity other) {
    if (rank(other) > rank(most)) {
        most = other;
    }
}

bool contains_any(const std::string& text, std::initializer_list<const char*> words) {
    return std::any_of(words.begin(), words.end(),
                       [&](const char* word) { return text.find(word) != std::string::npos; });
}

/// Where the kernel does not show the call, the name of the function that waits.
Activity at_place(const std::string& place) {
    if (contains_any(place, {"pipe_read", "stream_read", "wait_for_more", "sk_wait_data"})) {
        return Activity::input;
    }
    if (contains_any(place, {"pipe_write", "sock_alloc_send", "stream_wait_memory"})) {
        return Activity::output;
    }
    return Activity::sleeping;
}

}  // namespace

ActivityFinder::ActivityFinder(const Plan& plan, int process, pid_t pid,
                               const std::vector<LinkLevel>& levels)
    : process_(plan.processes[process]), pid_(pid), levels_(levels) {
    for (const Descriptor& descriptor : process_.descriptors) {
        using What = Descriptor::What;
        const bool reader = descriptor.what == What::link_reader;
        const bool writer = descriptor.what == What::link_writer;
        if (reader || writer) {
            const Link& link = plan.links[descriptor.index];
            const bool bridged = link.kind->ends == channel::Ends::bridged;
            bridged_input_ = bridged_input_ || (reader && bridged);
            bridged_output_ = bridged_output_ || (writer && bridged);
            ports_.push_back({descriptor.number, reader, descriptor.index, {}});
        } else if (descriptor.what == What::input_file || descriptor.what == What::text) {
            ports_.push_back({descriptor.number, true, -1, {}});
        } else if (descriptor.what == What::output_file) {
            ports_.push_back({descriptor.number, false, -1, {}});
        } else if (descriptor.what == What::inherited) {
            ports_.push_back({descriptor.number, descriptor.index == 0, -1, {}});
        }
    }
}

Activity ActivityFinder::look(const Glance& glance) {
    looked_at_ = 1;
    waits_ = {true, {}};
    children_count_ = {};
    children_cpu_s_ = 0;
    Activity most = of_threads(pid_, glance);
    if (process_.role == Role::stage) {
        look_at_children(pid_, 0, most);
    }
    waits_.surely = waits_.surely && (most == Activity::input || most == Activity::output);
    // All that it waits for is inside of itself, or it is a zombie whose last thread is leaving.
    return most == Activity::absent ? Activity::sleeping : most;
}

Activity ActivityFinder::of_threads(pid_t pid, const Glance& glance) {
    Activity most = of_thread(pid, pid, glance.state);
    if (glance.threads > 1 && most != Activity::running) {
        for (const pid_t thread : threads_of(pid, kMostThreads)) {
            const auto seen = thread == pid ? std::nullopt : glance_at(pid, thread);
            if (seen) {
                take_most(most, of_thread(pid, thread, seen->state));
            }
        }
    }
    return most;
}

void ActivityFinder::look_at_children(pid_t pid, int depth, Activity& most) {
    for (const pid_t child : children_of(pid)) {
        if (++looked_at_ > kMostProcesses) {
            return;
        }
        const auto glance = glance_at(child);
        if (!glance) {
            continue;
        }
        if (const auto count = read_io_count(open_io_count(child).get())) {
            children_count_.read += count->read;
            children_count_.written += count->written;
        }
        children_cpu_s_ += glance->cpu_s;
        if (most != Activity::running) {
            take_most(most, of_threads(child, *glance));
        }
        if (depth < kMostDepth) {
            look_at_children(child, depth + 1, most);
        }
    }
}

Activity ActivityFinder::of_thread(pid_t pid, pid_t thread, char state) {
    switch (state) {
        case 'Z':
        case 'X': return Activity::absent;
        case 'R': waits_.surely = false; return Activity::running;
        case 'T':
        case 't': waits_.surely = false; return Activity::stopped;
        default: break;
    }
    if (const auto call = waiting_call(pid, thread)) {
        return of_call(pid, *call, state);
    }
    waits_.surely = false;
    if (state == 'D') {
        return Activity::disk;
    }
    const std::string place = waiting_place(pid, thread);
    return place.empty() ? Activity::running : at_place(place);
}

Activity ActivityFinder::of_call(pid_t pid, const WaitingCall& call, char state) {
    seen_uncounted_ = seen_uncounted_ || is_past_the_count(call.number);
    switch (kind_of_call(call.number)) {
        case CallKind::reads: return at_port(pid, call.arguments[0], true, state);
        case CallKind::writes: return at_port(pid, call.arguments[0], false, state);
        case CallKind::moves:
            return between(port_of(pid, call.arguments[0], true),
                           port_of(pid, call.arguments[2], false));
        case CallKind::sends:
            return between(port_of(pid, call.arguments[1], true),
                           port_of(pid, call.arguments[0], false));
        case CallKind::polls: return polling();
        case CallKind::waits: return Activity::sleeping;
        case CallKind::stores:
        case CallKind::other: break;
    }
    if (state == 'D' || kind_of_call(call.number) == CallKind::stores) {
        waits_.surely = false;
        return Activity::disk;
    }
    return otherwise();
}

/// It waits in a call that reads from, or writes to, this descriptor.
Activity ActivityFinder::at_port(pid_t pid, unsigned long number, bool input, char state) {
    if (state == 'D') {
        // Two that use a pipe at the same time wait for its lock in the state that is a disk's
        // else.
        waits_.surely = false;
        const std::string target = descriptor_target(pid, static_cast<int>(number));
        return target.starts_with("pipe:") || target.starts_with("socket:") ? Activity::running
                                                                            : Activity::disk;
    }
    const Port* const port = port_of(pid, number, input);
    if (port == nullptr) {
        // of a stage that is several processes: a wait for one of the others
        return Activity::absent;
    }
    waits_at(port);
    return input ? Activity::input : Activity::output;
}

/// It waits in a call that moves bytes from one descriptor to another.
Activity ActivityFinder::between(const Port* from, const Port* to) {
    const LinkLevel* const filled = from != nullptr ? level_of(*from) : nullptr;
    if (filled != nullptr) {
        waits_at(filled->empty() ? from : to);
        return filled->empty() ? Activity::input : Activity::output;
    }
    const LinkLevel* const room = to != nullptr ? level_of(*to) : nullptr;
    waits_.surely = false;
    if (room != nullptr && room->full) {
        return Activity::output;
    }
    return from != nullptr ? Activity::input : Activity::sleeping;
}

/// It waits for one of several descriptors, or for a time: the levels of its links tell which.
Activity ActivityFinder::polling() {
    // any of them: which of its descriptors it polls, and for how long, is not known
    bool full = false;
    bool empty = false;
    bool unknown = false;
    for (const Port& port : ports_) {
        const LinkLevel* const level = level_of(port);
        if (port.link < 0) {
            // pipectl's own, or a file: the wait may be for that
            waits_.surely = waits_.surely && process_.role == Role::helper;
            continue;
        }
        if (level == nullptr || (port.input ? level->empty() : level->full)) {
            waits_at(&port);
        }
        full = full || (level != nullptr && !port.input && level->full);
        empty = empty || (level != nullptr && port.input && level->empty());
        unknown = unknown || (level == nullptr && port.input && port.link >= 0);
    }
    waits_.surely = waits_.surely && process_.role == Role::helper;
    if (full) {
        return Activity::output;
    }
    return empty || unknown ? Activity::input : otherwise();
}

/// It waits for something that no call names: of a helper, and of a native stage, its channel.
Activity ActivityFinder::otherwise() {
    const bool bridge = process_.role == Role::helper && (bridged_input_ || bridged_output_);
    waits_.surely = waits_.surely && bridge;
    if (bridge) {
        for (const Port& port : ports_) {
            if (port.link >= 0 && level_of(port) == nullptr) {
                waits_at(&port);
            }
        }
    }
    const bool gives = bridged_output_ || process_.does<job::Put>() != nullptr;
    const bool takes = bridged_input_ || process_.does<job::Get>() != nullptr;
    if (takes || (process_.role == Role::helper && !gives)) {
        return Activity::input;
    }
    return gives ? Activity::output : Activity::sleeping;
}

/// Only the other end of this link, or the outside, can end a wait.
void ActivityFinder::waits_at(const Port* port) {
    if (port == nullptr || port->link < 0) {
        waits_.surely = false;
    } else {
        waits_.links.push_back(port->link);
    }
}

/// `input`: of a socket that is stdin and stdout, the end that is meant.
const ActivityFinder::Port* ActivityFinder::port_of(pid_t pid, unsigned long number, bool input) {
    const Port* found = nullptr;
    const auto take = [&](const Port& port) {
        if (found == nullptr || (port.input == input && found->input != input)) found = &port;
    };
    if (pid == pid_) {
        for (const Port& port : ports_) {
            if (static_cast<unsigned long>(port.number) == number && port.input == input) {
                return &port;
            }
        }
    }
    if (!has_targets_) {
        has_targets_ = true;
        for (Port& port : ports_) {
            port.target = descriptor_target(pid_, port.number);
        }
    }
    const std::string target = descriptor_target(pid, static_cast<int>(number));
    for (const Port& port : ports_) {
        if (!target.empty() && port.target == target) {
            take(port);
        }
    }
    return found;
}

/// Null: unknown.
const LinkLevel* ActivityFinder::level_of(const Port& port) const {
    if (port.link < 0 || !levels_[port.link].known()) {
        return nullptr;
    }
    return &levels_[port.link];
}

}  // namespace pipectl
