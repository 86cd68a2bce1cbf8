#include "stages/programs/bridge.hpp"

#include <cerrno>

#include "stages/base/error.hpp"
#include "stages/flow/jobs.hpp"
#include "stages/objects/sysv_object.hpp"

namespace pipectl::helper {

const channel::Kind& kind_of(const channel::Ticket& ticket) {
    const channel::Kind* const kind = channel::find_kind(ticket.kind);
    if (kind == nullptr || kind->open_sender == nullptr) {
        throw UsageError{"'" + ticket.kind + "' is no channel with bridges"};
    }
    return *kind;
}

void fail_corrupt() {
    throw SystemError("the channel is corrupt", EBADMSG, "its file was cut short by the other end");
}

void remove_objects(const std::vector<std::string>& objects) {
    for (const std::string& name : objects) {
        channel::remove_sysv(name);
    }
}

}  // namespace pipectl::helper
