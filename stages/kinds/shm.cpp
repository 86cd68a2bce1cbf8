// A ring in shared memory that never has a name: memfd_create(2), not shm_open(3), so that it can
// be sealed against a change of its size, which would be a signal for who uses it (SIGBUS).

#include <fcntl.h>
#include <sys/mman.h>

#include <cerrno>

#include "stages/base/error.hpp"
#include "stages/kinds/kind_list.hpp"
#include "stages/kinds/ring_edge.hpp"

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U  // Linux 6.3
#endif

namespace pipectl::channel {

namespace {

Fd make_memory() {
    constexpr unsigned kFlags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
    Fd memory(::memfd_create("pipectl.ring", kFlags | MFD_NOEXEC_SEAL));
    if (!memory && errno == EINVAL) memory.reset(::memfd_create("pipectl.ring", kFlags));
    if (!memory) throw SystemError("cannot create shared memory", errno);
    return memory;
}

EdgeEnds create(const Settings& settings, PrivateFolder& /*folder*/) {
    check_memory_for(ring_size(settings));
    Fd memory = make_memory();
    const Fd same = duplicate(memory.get());
    const RingWait wait =
        text_of(settings, "wait", "futex") == "semaphore" ? RingWait::semaphore : RingWait::futex;
    EdgeEnds ends = make_file_ring("shm", std::move(memory), "shared memory", settings, wait);
    if (::fcntl(same.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
        throw SystemError("cannot seal shared memory", errno);
    }
    return ends;
}

constexpr Option kOptions[] = {
    kRingSizeOption,
    {"wait", OptionType::choice, "futex", "what a side sleeps on when it has to wait",
     "futex|semaphore"},
    kRecordsOption,
};

}  // namespace

constinit const Kind kShm = bridged({
    .name = "shm",
    .summary = "a ring in shared memory",
    .kernel_object = "shared memory without a name, futex or semaphores",
    .options = kOptions,
    .create = create,
    .open_sender = open_file_ring_sender,
    .open_receiver = open_file_ring_receiver,
    .limited = true,
});

}  // namespace pipectl::channel
