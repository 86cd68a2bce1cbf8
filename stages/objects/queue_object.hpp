#pragma once

// POSIX message queues have names of their own, beside the file system: unlink(2) reaches them only
// where a file system of type mqueue is mounted; mq_overview(7). So a queue is written down
// (PrivateFolder::will_create) under a name that is made and understood here alone.

#include <string>
#include <string_view>

namespace pipectl::channel {

/// "mq:/pipectl.0123.." for the queue "/pipectl.0123..".
std::string queue_name(std::string_view queue);

/// Removes the queue when the text is such a name and the queue is still there. False when it is no
/// such name.
bool remove_queue(std::string_view name) noexcept;

}  // namespace pipectl::channel
