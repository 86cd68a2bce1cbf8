#pragma once

// The members of a plan, each named once: what writes a plan, reads it and looks into it visits
// these.
//
// `list_members(visit, (Struct*)nullptr)` calls `visit("name", &Struct::member)` for each. A member
// that is not here does not reach another machine. Internal to this folder.

#include <iterator>
#include <variant>

#include "orchestrator/plan/plan.hpp"

namespace pipectl::plan_wire {

template <class Visit>
void list_members(Visit& visit, const Place* /*of*/) {
    visit("line", &Place::line);
    visit("column", &Place::column);
    visit("file", &Place::file);
}

template <class Visit>
void list_members(Visit& visit, const Descriptor* /*of*/) {
    visit("number", &Descriptor::number);
    visit("what", &Descriptor::what);
    visit("index", &Descriptor::index);
}

template <class Visit>
void list_members(Visit& visit, const UnitsNeeded* /*of*/) {
    visit("semaphore", &UnitsNeeded::semaphore);
    visit("count", &UnitsNeeded::count);
}

template <class Visit>
void list_members(Visit& visit, const LockWanted* /*of*/) {
    visit("path", &LockWanted::path);
    visit("shared", &LockWanted::shared);
    visit("wait", &LockWanted::wait);
    visit("place", &LockWanted::place);
}

template <class Visit>
void list_members(Visit& visit, const SemaphorePlan* /*of*/) {
    visit("name", &SemaphorePlan::name);
    visit("count", &SemaphorePlan::count);
    visit("of_user", &SemaphorePlan::of_user);
    visit("key", &SemaphorePlan::key);
}

template <class Visit>
void list_members(Visit& visit, const Predecessor* /*of*/) {
    visit("process", &Predecessor::process);
    visit("ended", &Predecessor::ended);
}

template <class Visit>
void list_members(Visit& visit, const SharedRegion* /*of*/) {
    visit("name", &SharedRegion::name);
    visit("kind", &SharedRegion::kind);
    visit("size", &SharedRegion::size);
    visit("init", &SharedRegion::init);
    visit("place", &SharedRegion::place);
}

template <class Visit>
void list_members(Visit& visit, const RegionWord* /*of*/) {
    visit("word", &RegionWord::word);
    visit("variable", &RegionWord::variable);
    visit("at", &RegionWord::at);
    visit("region", &RegionWord::region);
}

template <class Visit>
void list_members(Visit& visit, const Replicas* /*of*/) {
    visit("count", &Replicas::count);
    visit("in_order", &Replicas::in_order);
    visit("block", &Replicas::block);
    visit("variables", &Replicas::variables);
    visit("ok", &Replicas::ok);
    visit("any_ok", &Replicas::any_ok);
}

template <class Visit>
void list_members(Visit& visit, const NoticeOf* /*of*/) {
    visit("first_byte", &NoticeOf::first_byte);
    visit("process", &NoticeOf::process);
    visit("signal", &NoticeOf::signal);
}

template <class Visit>
void list_members(Visit& visit, const ProcessLimits* /*of*/) {
    visit("cpu", &ProcessLimits::cpu);
    visit("memory", &ProcessLimits::memory);
    visit("file_size", &ProcessLimits::file_size);
    visit("files", &ProcessLimits::files);
    visit("processes", &ProcessLimits::processes);
}

template <class Visit>
void list_members(Visit& visit, const RestartPolicy* /*of*/) {
    visit("always", &RestartPolicy::always);
    visit("max", &RestartPolicy::max);
    visit("delay", &RestartPolicy::delay);
}

template <class Visit>
void list_members(Visit& visit, const Process* /*of*/) {
    visit("name", &Process::name);
    visit("role", &Process::role);
    visit("host", &Process::host);
    visit("job", &Process::job);
    visit("reason", &Process::reason);
    visit("place", &Process::place);
    visit("argv", &Process::argv);
    visit("shown_argv", &Process::shown_argv);
    visit("command_place", &Process::command_place);
    visit("env", &Process::env);
    visit("region_words", &Process::region_words);
    visit("secret_env", &Process::secret_env);
    visit("cwd", &Process::cwd);
    visit("umask", &Process::umask);
    visit("nice", &Process::nice);
    visit("user", &Process::user);
    visit("ok", &Process::ok);
    visit("any_ok", &Process::any_ok);
    visit("timeout", &Process::timeout);
    visit("idle_timeout", &Process::idle_timeout);
    visit("limits", &Process::limits);
    visit("restart", &Process::restart);
    visit("after", &Process::after);
    visit("needs", &Process::needs);
    visit("lock", &Process::lock);
    visit("ignored_signals", &Process::ignored_signals);
    visit("default_signals", &Process::default_signals);
    visit("blocked_signals", &Process::blocked_signals);
    visit("notices", &Process::notices);
    visit("cancel_signal", &Process::cancel_signal);
    visit("cut_by_signal_only", &Process::cut_by_signal_only);
    visit("end_closed", &Process::end_closed);
    visit("unread_stop", &Process::unread_stop);
    visit("detach", &Process::detach);
    visit("keeps", &Process::keeps);
    visit("cached", &Process::cached);
    visit("delivers", &Process::delivers);
    visit("shipped", &Process::shipped);
    visit("native", &Process::native);
    visit("replicas", &Process::replicas);
    visit("terminal", &Process::terminal);
    visit("descriptors", &Process::descriptors);
}

template <class Visit>
void list_members(Visit& visit, const Link* /*of*/) {
    visit("name", &Link::name);
    visit("kind", &Link::kind);
    visit("settings", &Link::settings);
    visit("writer", &Link::writer);
    visit("reader", &Link::reader);
    visit("return_way", &Link::return_way);
    visit("place", &Link::place);
}

template <class Visit>
void list_members(Visit& visit, const KeptStream* /*of*/) {
    visit("stage", &KeptStream::stage);
    visit("helper", &KeptStream::helper);
}

template <class Visit>
void list_members(Visit& visit, const Edge* /*of*/) {
    visit("from", &Edge::from);
    visit("to", &Edge::to);
    visit("via", &Edge::via);
    visit("link", &Edge::link);
    visit("partner", &Edge::partner);
    visit("back", &Edge::back);
    visit("gate", &Edge::gate);
    visit("kept", &Edge::kept);
}

template <class Visit>
void list_members(Visit& visit, const InputFile* /*of*/) {
    visit("path", &InputFile::path);
    visit("place", &InputFile::place);
}

template <class Visit>
void list_members(Visit& visit, const OutputFile* /*of*/) {
    visit("path", &OutputFile::path);
    visit("append", &OutputFile::append);
    visit("atomic", &OutputFile::atomic);
    visit("durable", &OutputFile::durable);
    visit("refuse_empty", &OutputFile::refuse_empty);
    visit("executable", &OutputFile::executable);
    visit("late", &OutputFile::late);
    visit("keep_when_cancelled", &OutputFile::keep_when_cancelled);
    visit("place", &OutputFile::place);
}

template <class Visit>
void list_members(Visit& visit, const SlurmNeeds* /*of*/) {
    visit("nodes", &SlurmNeeds::nodes);
    visit("cpus", &SlurmNeeds::cpus);
    visit("memory", &SlurmNeeds::memory);
    visit("time", &SlurmNeeds::time);
    visit("partition", &SlurmNeeds::partition);
    visit("gres", &SlurmNeeds::gres);
    visit("queue_timeout", &SlurmNeeds::queue_timeout);
    visit("options", &SlurmNeeds::options);
}

template <class Visit>
void list_members(Visit& /*visit*/, const Host::ThisMachine* /*of*/) {}

template <class Visit>
void list_members(Visit& /*visit*/, const Host::Local* /*of*/) {}

template <class Visit>
void list_members(Visit& visit, const Host::Ssh* /*of*/) {
    visit("to", &Host::Ssh::to);
    visit("config", &Host::Ssh::config);
    visit("options", &Host::Ssh::options);
}

template <class Visit>
void list_members(Visit& visit, const Host::Slurm* /*of*/) {
    visit("group", &Host::Slurm::group);
    visit("index", &Host::Slurm::index);
    visit("needs", &Host::Slurm::needs);
}

template <class Visit>
void list_members(Visit& visit, const Host::Command* /*of*/) {
    visit("argv", &Host::Command::argv);
}

template <class Visit>
void list_members(Visit& visit, const Host::Ports* /*of*/) {
    visit("first", &Host::Ports::first);
    visit("last", &Host::Ports::last);
}

template <class Visit>
void list_members(Visit& visit, const Host* /*of*/) {
    visit("name", &Host::name);
    visit("place", &Host::place);
    visit("engine", &Host::engine);
    visit("pipectl", &Host::pipectl);
    visit("push", &Host::push);
    visit("dir", &Host::dir);
    visit("env_pass", &Host::env_pass);
    visit("address", &Host::address);
    visit("ports", &Host::ports);
    visit("relay", &Host::relay);
}

template <class Visit>
void list_members(Visit& visit, const Plan* /*of*/) {
    visit("name", &Plan::name);
    visit("description", &Plan::description);
    visit("source", &Plan::source);
    visit("strict", &Plan::strict);
    visit("pipefail", &Plan::pipefail);
    visit("grace", &Plan::grace);
    visit("timeout", &Plan::timeout);
    visit("retries", &Plan::retries);
    visit("retry_delay", &Plan::retry_delay);
    visit("lease", &Plan::lease);
    visit("start_timeout", &Plan::start_timeout);
    visit("hosts", &Plan::hosts);
    visit("processes", &Plan::processes);
    visit("links", &Plan::links);
    visit("edges", &Plan::edges);
    visit("outside", &Plan::outside);
    visit("inputs", &Plan::inputs);
    visit("outputs", &Plan::outputs);
    visit("shared", &Plan::shared);
    visit("texts", &Plan::texts);
    visit("semaphores", &Plan::semaphores);
    visit("lock", &Plan::lock);
    visit("streams", &Plan::streams);
    visit("spools", &Plan::spools);
    visit("params", &Plan::params);
    visit("secrets", &Plan::secrets);
    visit("last_stage", &Plan::last_stage);
}

/// Passes over all members.
struct NoVisit {
    template <class Member>
    void operator()(const char* /*name*/, Member /*member*/) {}
};

/// A struct whose members are listed above.
template <class Struct>
concept Listed = requires(NoVisit visit, const Struct* of) {
    list_members(visit, of);
};

/// The last of an enumeration's values, which begin with 0.
constexpr Role last_of(Role /*of*/) {
    return Role::helper;
}
constexpr Descriptor::What last_of(Descriptor::What /*of*/) {
    return Descriptor::What::same_as;
}
constexpr SharedRegion::Kind last_of(SharedRegion::Kind /*of*/) {
    return SharedRegion::Kind::mmap;
}

/// Of the engines of a host, in the order of Host::Engine.
inline constexpr const char* kEngineNames[] = {"here", "ssh", "slurm", "local", "command"};
static_assert(std::size(kEngineNames) == std::variant_size_v<Host::Engine>);

}  // namespace pipectl::plan_wire
