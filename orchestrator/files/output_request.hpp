#pragma once

// What is asked of one output file.

#include <string>

namespace pipectl {

struct OutputRequest {
    std::string path;  ///< absolute or relative to pipectl's own folder
    bool append = false;
    bool atomic = true;         ///< false: what a failed run has written stays
    bool durable = false;       ///< fsync(2) of file and folder before the run succeeds
    bool refuse_empty = false;  ///< a run that has written nothing to it fails
    bool executable = false;    ///< who may read it may run it
    /// Its writer starts while the run goes on: until then nothing is created or cut, and the
    /// folder may still be made; see OutputSet::open_late().
    bool late = false;
    bool keep_when_cancelled = false;  ///< append: what was added before a signal stays
    bool operator==(const OutputRequest&) const = default;
};

}  // namespace pipectl
