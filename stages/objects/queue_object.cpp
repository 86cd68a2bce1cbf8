#include "stages/objects/queue_object.hpp"

#include <mqueue.h>

#include <cstring>

namespace pipectl::channel {

namespace {

constexpr std::string_view kQueuePrefix = "mq:";

}  // namespace

std::string queue_name(std::string_view queue) {
    return std::string(kQueuePrefix) + std::string(queue);
}

bool remove_queue(std::string_view name) noexcept {
    if (!name.starts_with(kQueuePrefix)) return false;
    char queue[256] = {};  // NAME_MAX and a NUL; mq_overview(7)
    const std::string_view rest = name.substr(kQueuePrefix.size());
    if (rest.size() < sizeof queue) {
        std::memcpy(queue, rest.data(), rest.size());
        ::mq_unlink(queue);
    }
    return true;
}

}  // namespace pipectl::channel
