#pragma once

// Endpoints of the definition: places outside the run that a stage's stdin, stdout or stderr meets.
// A helper stands between (pipectl-helper get, put), which waits for whoever is at the other side:
// the stage has an ordinary pipe.

#include <string>
#include <vector>

#include "orchestrator/definition/definition.hpp"
#include "orchestrator/plan/files.hpp"
#include "orchestrator/plan/remarks.hpp"
#include "orchestrator/plan/resolve.hpp"
#include "stages/job/job.hpp"

namespace pipectl {

struct PlannedEndpoint {
    int stage = -1;
    int number = 0;    ///< the stage's descriptor
    std::string name;  ///< of the stage's end, for people: "read.stdin"
    bool input = false;
    job::Meeting at;
    job::Foreign foreign;
    Place place;
};

/// All endpoints of the definition's stages. `hosts`: of each stage. Reports addresses that cannot
/// be one.
std::vector<PlannedEndpoint> find_endpoints(const Definition& definition, const Resolver& resolver,
                                            const FileTable& files, const std::vector<int>& hosts,
                                            Remarks& remarks);

}  // namespace pipectl
