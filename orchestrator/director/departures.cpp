#include "orchestrator/director/departures.hpp"

#include <algorithm>
#include <csignal>

namespace pipectl {

namespace {

using namespace std::chrono_literals;

/// How long a writer that got SIGPIPE may take to end by it.
constexpr RunTime kAfterWarning = 100ms;
/// A shell that starts one writer after the other gets a SIGPIPE for each; then it has to end.
constexpr int kMostWarnings = 5;
constexpr RunTime kWatchReaders = 100ms;

/// Often at first: what a writer writes into a spool file meanwhile takes room on a disk.
RunTime pause_of_writer(int round) {
    return round < 200 ? 5ms : 50ms;
}

/// An end is seen in a few milliseconds by those who wait for it, and costs little later on.
RunTime pause_of_ends(int round) {
    return round < 20 ? 2ms : round < 200 ? 10ms : round < 400 ? 50ms : 250ms;
}

}  // namespace

Departures::Departures(Roster& roster, Facts& facts, Agenda<Due>& agenda)
    : roster_(roster), facts_(facts), agenda_(agenda) {}

void Departures::started(int process, RunTime now) {
    const Process& what = roster_.process(process);
    if (what.unread_stop && !roster_.of(process).writes.empty()) {
        agenda_.add(now + kWatchReaders, due::WatchReaders{process, roster_.of(process).starts});
    }
    if (what.end_closed && roster_.plan.strict && !roster_.of(process).writes.empty()) {
        agenda_.add(now + pause_of_ends(0), due::WatchEnds{process, 1});
    }
}

bool Departures::has_left(int link, bool believed) const {
    const int reader = roster_.link(link).reader;
    if (roster_.is_undecided_far(reader)) return believed;
    switch (roster_.of(reader).state) {
        case Roster::State::waiting:
        case Roster::State::resting: return false;
        case Roster::State::running:
            // One that can be started again leaves by closing its end, not by exiting. Asked in
            // this order: who begins to exit has no descriptors after that.
            return roster_.process(reader).restart
                       ? facts_.is_abandoned(link) && !facts_.is_exiting(reader)
                       : facts_.is_abandoned(link) || facts_.is_exiting(reader);
        case Roster::State::pending:
        case Roster::State::judged: return true;
    }
    return false;
}

bool Departures::all_left(int process, bool believed) const {
    const Roster::Entry& entry = roster_.of(process);
    if (entry.writes_files || (entry.data.empty() && !entry.writes_outside)) {
        return false;
    }
    return std::ranges::all_of(entry.data, [&](int link) { return has_left(link, believed); }) &&
           (!entry.writes_outside || facts_.outside_reader_gone());
}

void Departures::reader_left(int link, RunTime now, Actions& actions) {
    const Link& what = roster_.link(link);
    if (!roster_.is_running(what.writer)) {
        return;
    }
    actions.push_back(action::LetWriterFail{link});
    if (what.kind->reader_gone == channel::ReaderGone::we_tell) {
        if (roster_.is_helper(what.writer)) {
            actions.push_back(action::TellHelper{what.writer, link});
        } else {
            watch_writer({link, 0, 0, false}, now, actions);
        }
    }
    if (is_unread(what.writer)) {
        stop_writer(what.writer, now, actions);
    }
}

void Departures::watch_writer(due::WatchWriter what, RunTime now, Actions& actions) {
    const int writer = roster_.link(what.link).writer;
    if (!roster_.is_running(writer) || roster_.of(writer).told_of_cut) {
        return;
    }
    if (!facts_.writer_goes_on(what.link)) {
        agenda_.add(now + pause_of_writer(what.round),
                    due::WatchWriter{what.link, what.round + 1, what.warnings, false});
        return;
    }
    if (what.warned || what.warnings >= kMostWarnings) {
        actions.push_back(action::SignalWriters{what.link, roster_.process(writer).cancel()});
        stop_writer(writer, now, actions);
        return;
    }
    actions.push_back(action::SignalWriters{what.link, SIGPIPE});
    agenda_.add(now + kAfterWarning, due::WatchWriter{what.link, 0, what.warnings + 1, true});
}

void Departures::watch_ends(due::WatchEnds what, RunTime now, Actions& actions) {
    if (!roster_.is_running(what.process)) {
        return;  // how it ended decides
    }
    bool all_closed = true;
    for (const int link : roster_.of(what.process).writes) {
        // Looked at a second time: a process that hands its end on to a new one and closes it can
        // be missed by one look.
        const bool closed = facts_.is_closed(link) && facts_.is_closed(link);
        all_closed = all_closed && closed;
        if (closed) {
            actions.push_back(action::ReleaseEnd{link});
        }
    }
    if (!all_closed) {
        agenda_.add(now + pause_of_ends(what.round), due::WatchEnds{what.process, what.round + 1});
    }
}

void Departures::watch_readers(due::WatchReaders what, RunTime now, Actions& actions) {
    if (!roster_.is_running(what.process) || roster_.of(what.process).told_of_cut ||
        roster_.of(what.process).starts != what.start) {
        return;
    }
    if (is_unread(what.process)) {
        stop_writer(what.process, now, actions);
    } else {
        agenda_.add(now + kWatchReaders, what);
    }
}

bool Departures::is_unread(int process) const {
    return roster_.process(process).unread_stop && !roster_.of(process).told_of_cut &&
           all_left(process, false);
}

void Departures::stop_writer(int process, RunTime now, Actions& actions) {
    roster_.of(process).told_of_cut = true;
    actions.push_back(action::SendSignal{process, roster_.process(process).cancel()});
    actions.push_back(action::SendSignal{process, SIGCONT});
    agenda_.add(now + roster_.plan.grace, due::CutGraceOver{process});
}

void Departures::grace_over(due::CutGraceOver what, Actions& actions) const {
    if (!roster_.is_running(what.process)) {
        return;
    }
    for (const int link : roster_.of(what.process).writes) {
        if (roster_.link(link).kind->reader_gone == channel::ReaderGone::we_tell) {
            actions.push_back(action::SignalWriters{link, SIGKILL});
        }
    }
    actions.push_back(action::SendSignal{what.process, SIGKILL});
}

}  // namespace pipectl
