#pragma once

// A plan for people and for programs: all that would be started, in order. Values of secret
// parameters are in neither.

#include <string>

#include "orchestrator/plan/plan.hpp"

namespace pipectl {

/// What `pipectl plan` prints: processes with what stands at their descriptors, then channels and
/// files. One screen for a small pipeline.
std::string render_plan_text(const Plan& plan);

/// What `pipectl plan --format json` prints; one object, a line for each member of its lists:
///   name, description, source, strict, grace_s, timeout_s (null: none)
///   processes[] {name, role, helper, reason, line, argv[], env{}, cwd, umask, nice, user, ok[] or
///     "any", timeout_s, idle_timeout_s, limits {cpu_s, memory, file_size, files,
///     processes}, restart {when, max, delay_s}, cancel_signal, cut, end, unread, detach,
///     descriptors[] {number, what,
///     ...}}; absent: the default. `what` is link_writer, link_reader, link_finish (with `link`),
///     inherited (with `number_here`), null, text (with `bytes`), input_file, output_file (with
///     `path`) or same_as (with `same_as`)
///   links[] {name, channel, options{}, writer, reader, line}; writer and reader index `processes`
///   edges[] {from, to, via, link}; as the definition has them
///   inputs[] {path, line}, outputs[] {path, append, atomic, durable, line}
std::string render_plan_json(const Plan& plan);

}  // namespace pipectl
