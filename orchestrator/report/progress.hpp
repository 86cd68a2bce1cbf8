#pragma once

// How far a run has come, for people who watch it: a block of lines for a terminal, one line for
// a log. Pure: what was seen comes in, text goes out.
//
// Of Summary::moments the first and the last count: rates are of the time between the two.

#include <string>
#include <vector>

#include "orchestrator/report/summary.hpp"

namespace pipectl {

/// A line for the run, then one for each stage: its state and for whom it waits, rate, total. No
/// line has a line end, none is wider than `columns`, and there are at most `rows`. What names hold
/// cannot steer the terminal.
std::vector<std::string> progress_block(const Summary& summary, std::size_t columns,
                                        std::size_t rows);

/// All of it on one line, without its end.
std::string progress_line(const Summary& summary);

/// The first of these lines: the run as a whole.
std::string progress_title(const Summary& summary);

/// How much of the input has been read, where its size is known.
std::optional<int> percent_read(const Summary& summary);

/// What a stage that runs is doing, and for whom it waits: "waits for room at 'sort'". Empty when
/// nobody has looked yet.
std::string activity_of(const Summary& summary, std::size_t stage);

/// Seconds until the input has been read, should it go on as it went so far; nothing when its size
/// is not known or it is too early to tell.
std::optional<double> time_left(const Summary& summary);

}  // namespace pipectl
