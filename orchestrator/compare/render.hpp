#pragma once

// A comparison for people and programs. All of these escape what comes from outside. The page is
// another folder's.

#include <string>

#include "orchestrator/compare/comparison.hpp"

namespace pipectl::compare {

/// The answer first, then tables, warnings, and what to type. `colour` adds SGR sequences.
std::string render_text(const Comparison& comparison, bool colour);

/// The same as a Markdown document.
std::string render_markdown(const Comparison& comparison);

/// One JSON object that ends with a newline. `schema` is raised when a member changes its meaning
/// or goes; what was not measured is null. Seconds and bytes.
///   pipeline, source, started_at, answer, same_bytes (null: cannot be told), runs, warmup,
///   interrupted, warnings[], command, toml (null: nothing is to be changed),
///   sinks[] {name, bytes, digest}: what the reference run gave
///   stage (null: all edges), best, best_size, significant (best is told apart from every other
///   row), choice, choice_size, worth_changing, baseline, baseline_size,
///   rows[] {channel, size, failed, median_s, ci95_s[2], runs_s[], cpu_s, context_switches,
///     max_rss_bytes, first_byte_s, ratio (to the baseline), ratio_ci95[2], p_value, differs (from
///     the baseline), leads (not told apart from the best), outliers, digest, same_bytes},
///     with --round-trips: round_trip_s
///   matrix[] {stage .. rows[]}: with --matrix, as above for the edges that feed one stage
std::string render_json(const Comparison& comparison);

}  // namespace pipectl::compare
