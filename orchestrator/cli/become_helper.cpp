#include "orchestrator/cli/become_helper.hpp"

#include "orchestrator/cli/load.hpp"
#include "orchestrator/cli/own_program.hpp"
#include "orchestrator/preflight/preflight.hpp"

namespace pipectl {

int become_helper(const std::vector<std::string>& arguments) {
    return become_program(find_helper(own_environment()), "pipectl-helper", arguments);
}

}  // namespace pipectl
