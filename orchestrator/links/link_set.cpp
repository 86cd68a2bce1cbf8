#include "orchestrator/links/link_set.hpp"

#include <poll.h>

#include <cassert>
#include <utility>

#include "stages/kinds/pipe.hpp"

namespace pipectl {

LinkSet::LinkSet(const Plan& plan, channel::PrivateFolder& folder)
    : plan_(plan), folder_(folder), states_(plan.links.size()), helper_counts_(plan) {
    for (const Link& link : plan.links) {
        ++siblings_[link.kind];
    }
}

void LinkSet::make(int link) {
    const Link& what = plan_.links[link];
    State& state = states_[link];
    channel::Settings settings = what.settings;
    settings.emplace(std::string(channel::kDefaultSizeSetting),
                     channel::default_pipe_size(plan_.links.size()));
    settings.emplace(std::string(channel::kSiblingsSetting), siblings_[what.kind]);
    if (what.return_way >= 0) {
        State& back = states_[what.return_way];
        what.kind->create_two_way(settings, folder_, state.ends, back.ends);
        back.made = true;
        if (!plan_.strict) back.ends.hold.reset();
    } else {
        state.ends = what.kind->create(settings, folder_);
    }
    state.made = true;
    const bool native = plan_.processes[what.writer].role == Role::stage;
    if (what.kind->ends == channel::Ends::bridged && native) {
        // the stage says the end of its data by itself; it counts when the stage has ended well
        state.ends.hold = duplicate(state.ends.writer.get());
    }
    if (!plan_.strict && what.kind->reader_gone == channel::ReaderGone::kernel_tells) {
        // The shell's rules: end of data as it comes.
        state.ends.hold.reset();
    }
}

void LinkSet::take_end(int link, bool writer, Fd end, Fd line) {
    State& state = states_[link];
    state.made = true;
    (writer ? state.ends.writer : state.ends.reader) = std::move(end);
    // of a reader: what says, when it is released, that the far writer has ended well
    (writer ? state.far_reader : state.ends.hold) = std::move(line);
}

int LinkSet::end_for(const Descriptor& descriptor) {
    State& state = states_[descriptor.index];
    if (!state.made) {
        make(descriptor.index);
    }
    switch (descriptor.what) {
        case Descriptor::What::link_writer: return state.ends.writer.get();
        case Descriptor::What::link_reader: return state.ends.reader.get();
        case Descriptor::What::link_finish: return state.ends.finish.get();
        default: break;
    }
    assert(false);
    return -1;
}

void LinkSet::handed_over(int process) {
    for (const Descriptor& descriptor : plan_.processes[process].descriptors) {
        const std::size_t index = descriptor.index;
        switch (descriptor.what) {
            case Descriptor::What::link_writer: states_[index].ends.writer.reset(); break;
            case Descriptor::What::link_reader: states_[index].ends.reader.reset(); break;
            case Descriptor::What::link_finish: states_[index].ends.finish.reset(); break;
            default: break;
        }
    }
}

void LinkSet::release_hold(int link) {
    channel::EdgeEnds& ends = states_[link].ends;
    ends.hold.reset();
    ends.writer_copy.reset();
}

bool LinkSet::writer_goes_on(int link) {
    State& state = states_[link];
    const channel::Kind& kind = *plan_.links[link].kind;
    const int writer = state.ends.writer_copy.get();
    return writer >= 0 && kind.writer_goes_on(writer, state.mark);
}

bool LinkSet::is_abandoned(int link) const {
    const channel::EdgeEnds& ends = states_[link].ends;
    if (!ends.hold) {
        return true;
    }
    pollfd writer{ends.hold.get(), 0, 0};
    return ::poll(&writer, 1, 0) > 0 && (writer.revents & (POLLERR | POLLHUP)) != 0;
}

InputEnd LinkSet::end_of_kept_reader(int link) const {
    return end_of_input(states_[link].ends.reader.get());
}

LinkLevel LinkSet::level(int link) const {
    if (plan_.links[link].kind->follower) {
        return {};  // what we hold is not where the data is
    }
    const channel::EdgeEnds& ends = states_[link].ends;
    const int writer = ends.hold ? ends.hold.get() : ends.writer_copy.get();
    return level_of_link(writer, ends.reader_copy.get());
}

void LinkSet::process_ended(int process) {
    for (const Descriptor& descriptor : plan_.processes[process].descriptors) {
        if (descriptor.what != Descriptor::What::link_writer &&
            descriptor.what != Descriptor::What::link_reader) {
            continue;
        }
        State& state = states_[descriptor.index];
        if (descriptor.what == Descriptor::What::link_reader && state.ends.reader_copy) {
            state.carried = arrived_at(state.ends.reader_copy.get());
        }
        if (++state.ended == 2 && state.ends.taken) {
            state.carried = state.ends.taken();
            state.ends.taken = nullptr;
        }
    }
}

std::optional<std::int64_t> LinkSet::carried(int link) const {
    const auto& bytes = states_[link].carried;
    // the other processes could have written anything there
    return bytes && std::in_range<std::int64_t>(*bytes)
               ? std::optional(static_cast<std::int64_t>(*bytes))
               : std::nullopt;
}

void LinkSet::let_writer_fail(int link) {
    const channel::Kind& kind = *plan_.links[link].kind;
    channel::EdgeEnds& ends = states_[link].ends;
    states_[link].far_reader.reset();
    if (kind.reader_left != nullptr && ends.reader_copy) {
        kind.reader_left(ends);
    }
}

OpenFile LinkSet::writer_file(int link) const {
    const channel::EdgeEnds& ends = states_[link].ends;
    return OpenFile::of(ends.writer_copy ? ends.writer_copy.get() : ends.hold.get());
}

OpenFile LinkSet::kept_reader_file(int link) const {
    // of a reader that can be started again we have the end itself
    const channel::EdgeEnds& ends = states_[link].ends;
    return OpenFile::of(ends.reader_copy ? ends.reader_copy.get() : ends.reader.get());
}

}  // namespace pipectl
