#pragma once

// What `pipectl send` and `pipectl recv` have in common: a job of pipectl-helper does the work, the
// same that a plan would start.

#include <string>

#include "orchestrator/command/command.hpp"
#include "orchestrator/command/given.hpp"

namespace pipectl {

inline constexpr CommandOption kFromUserOption = {
    "--from-user", "any", "whoever is at the other side; otherwise this user and root alone"};

inline constexpr CommandOption kRawOption = {
    "--raw", {}, "messages of programs that know nothing of pipectl"};
inline constexpr CommandOption kFramingOption = {
    "--framing", "line|length", "of --raw: a message is a line, or stands behind its length"};
inline constexpr CommandOption kNoWaitOption = {
    "--no-wait", {}, "of --raw: 1 where it would have to wait"};

/// Goes on as the helper program with that job, the command's options and its endpoint, with
/// SIGPIPE as a filter has it. Returns only when that fails, with the exit status, after saying
/// why.
int become_endpoint(const std::string& job, const Given& given);

}  // namespace pipectl
