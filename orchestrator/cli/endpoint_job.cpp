#include "orchestrator/cli/endpoint_job.hpp"

#include <vector>

#include "orchestrator/cli/load.hpp"
#include "orchestrator/command/own_program.hpp"
#include "orchestrator/preflight/preflight.hpp"
#include "stages/channel/kind.hpp"

namespace pipectl {

int become_endpoint(const std::string& job, const Given& given) {
    std::vector<std::string> words = {job};
    for (const char* const flag :
         {"--listen", "--connect", "--lines", "--raw", "--no-wait", "--follow", "--peek"}) {
        if (given.knows(flag) && given.has(flag)) words.emplace_back(flag);
    }
    for (const char* const option : {"--type", "--priority", "--count"}) {
        if (!given.knows(option) || !given.has(option)) continue;
        words.insert(words.end(), {option, given.value(option)});
    }
    if (given.value(kFramingOption.name) == "length") {
        words.insert(words.end(), {std::string(kFramingOption.name), "length"});
    }
    const std::string from_user = given.value(kFromUserOption.name);
    if (!from_user.empty()) words.insert(words.end(), {"--from-user", from_user});
    words.push_back(given.operand(0));
    const std::string program(channel::program_for_endpoint(given.operand(0)));
    return become_program(find_helper(own_environment(), program), program, words);
}

}  // namespace pipectl
