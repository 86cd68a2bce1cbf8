#pragma once

// `pipectl ipc rm` and `pipectl ipc mk`: one object of IPC by its name. Each returns the exit
// status, after it has said on stderr what it could not do.

#include "orchestrator/command/given.hpp"

namespace pipectl {

int remove_named_objects(const Given& given);
int make_named_object(const Given& given);

}  // namespace pipectl
