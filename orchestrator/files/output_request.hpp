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
    bool late = false;          ///< the folder may be made while the run goes on: see open_late()
    bool keep_when_cancelled = false;  ///< append: what was added before a signal stays
};

}  // namespace pipectl
