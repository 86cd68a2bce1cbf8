#pragma once

// A run's record, read back: what `pipectl report` renders long after the run.
//
// The text may come from anywhere. What a Summary promises is checked (types, ranges, names that
// exist, series of one length); members that are not known are passed over, so that records of
// later versions can be read as long as their `schema` is ours.

#include <string>
#include <string_view>

#include "orchestrator/json/json_value.hpp"
#include "orchestrator/report/summary.hpp"

namespace pipectl {

/// Why a text is no record: "line 3, column 7: ..." or "stages[2].exit: ...".
using RecordError = JsonError;

/// The inverse of render_record_json, but for what the record does not tell: a core dump, whether
/// stderr was shown, how far input files were read, the order of parameters. Throws RecordError.
Summary read_record(std::string_view text);

}  // namespace pipectl
