// A ring in System V shared memory; shmat(2) maps segments as a whole only, so the header and the
// data, which is seen twice, are one segment each. The halves sleep on a set of two System V
// semaphores, one for each side.
//
// System V objects outlive their users. The segments are removed by the half that attaches second
// (they stay for those that have them), the semaphores by the half that is left when the other one
// has gone; whoever runs the plan removes what neither came to.

#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/shm.h>

#include <cerrno>
#include <ctime>
#include <memory>
#include <utility>

#include "stages/base/error.hpp"
#include "stages/base/units.hpp"
#include "stages/kinds/kind_list.hpp"
#include "stages/kinds/ring_edge.hpp"
#include "stages/objects/sysv_object.hpp"

namespace pipectl::channel {

namespace {

constexpr int kMode = 0600;

/// The ids of one edge's objects.
struct Objects {
    int header;
    int data;
    int semaphores;
};

Objects objects_of(const Ticket& ticket) {
    const auto at = [&](std::size_t i) {
        return static_cast<int>(ticket.numbers.at(kRingOwnNumbers + i));
    };
    return {at(0), at(1), at(2)};
}

void remove_segments(const Objects& objects) {
    ::shmctl(objects.header, IPC_RMID, nullptr);
    ::shmctl(objects.data, IPC_RMID, nullptr);
}

/// An item count, not a lock: SEM_UNDO would take back the wake-ups that a process has sent when it
/// ends, and the other side, still asleep or about to sleep, would lose the last one. It is right
/// for a lock or a unit that must come back when its holder dies; a ring has neither.
class SysvBells : public RingBells {
  public:
    SysvBells(const Objects& objects, Line& line) : objects_(objects), line_(line) {}
    ~SysvBells() override {
        if (!line_.is_peer_gone()) return;
        remove_segments(objects_);
        ::semctl(objects_.semaphores, 0, IPC_RMID);
    }

    void wait(RingSide side, int timeout_ms) override {
        sembuf take{static_cast<unsigned short>(side), -1, 0};
        const timespec time = to_timespec(timeout_ms);
        if (::semtimedop(objects_.semaphores, &take, 1, &time) == 0) return;
        if (errno == EIDRM || errno == EINVAL) {
            // the peer has removed them and is about to go, which the line will tell
            const timespec moment{0, 1'000'000};
            ::nanosleep(&moment, nullptr);
        } else if (errno != EAGAIN && errno != EINTR) {
            throw SystemError("cannot wait on System V semaphores", errno);
        }
    }

    void wake(RingSide side) noexcept override {
        sembuf post{static_cast<unsigned short>(side), 1, IPC_NOWAIT};
        ::semop(objects_.semaphores, &post, 1);
    }

  private:
    Objects objects_;
    Line& line_;
};

int make_segment(std::uint64_t size, PrivateFolder& folder) {
    (void)folder.path();
    const int id = ::shmget(IPC_PRIVATE, size, IPC_CREAT | IPC_EXCL | kMode);
    if (id < 0) {
        const int error = errno;
        throw SystemError(
            "cannot create a System V segment of " + format_size(size), error,
            error == EINVAL   ? "/proc/sys/kernel/shmmax is the largest; a smaller 'size'"
            : error == ENOSPC ? "/proc/sys/kernel/shmmni and shmall are the limits; see ipcs(1)"
                              : "");
    }
    folder.will_create(sysv_name(SysvKind::segment, id));
    return id;
}

int make_semaphores(PrivateFolder& folder) {
    (void)folder.path();
    const int id = ::semget(IPC_PRIVATE, 2, IPC_CREAT | IPC_EXCL | kMode);
    if (id < 0) {
        const int error = errno;
        throw SystemError(
            "cannot create System V semaphores", error,
            error == ENOSPC ? "the limits are in /proc/sys/kernel/sem; see ipcs(1)" : "");
    }
    folder.will_create(sysv_name(SysvKind::semaphores, id));
    return id;
}

void attach(int id, char* place) {
    if (::shmat(id, place, SHM_REMAP) == reinterpret_cast<void*>(-1)) {
        throw SystemError("cannot attach a System V segment", errno);
    }
}

void check_segment(int id, std::uint64_t size) {
    shmid_ds status{};
    if (::shmctl(id, IPC_STAT, &status) != 0) {
        throw SystemError("cannot look at a System V segment", errno);
    }
    if (!is_users_alone(status.shm_perm)) {
        throw SystemError("cannot use a System V segment", EPERM, "it is another user's");
    }
    if (status.shm_segsz != size) throw SystemError("the channel is corrupt", EBADMSG);
}

OpenRing open_ring(const Ticket& ticket, Line& line) {
    const std::uint64_t size = ticket.numbers[kRingSizeNumber];
    const Objects objects = objects_of(ticket);
    auto bells = std::make_unique<SysvBells>(objects, line);
    check_segment(objects.header, ring_page());
    check_segment(objects.data, size);
    RingMemory memory(size);
    const RingView view = memory.view();
    attach(objects.header, reinterpret_cast<char*>(view.header));
    attach(objects.data, view.data);
    attach(objects.data, memory.second());
    if (view.header->opened.fetch_add(1) == 1) remove_segments(objects);
    return {std::move(memory), std::move(bells), size};
}

// NOLINTNEXTLINE(performance-unnecessary-value-param): the table takes tickets by value
std::unique_ptr<Sender> open_sender(Ticket ticket, Line& line) {
    return std::make_unique<RingSender>(open_ring(ticket, line), line);
}

// NOLINTNEXTLINE(performance-unnecessary-value-param): the table takes tickets by value
std::unique_ptr<Receiver> open_receiver(Ticket ticket, Line& line) {
    return std::make_unique<RingReceiver>(open_ring(ticket, line), line);
}

EdgeEnds create(const Settings& settings, PrivateFolder& folder) {
    const std::uint64_t size = ring_size(settings);
    check_memory_for(size);
    const Objects objects{make_segment(ring_page(), folder), make_segment(size, folder),
                          make_semaphores(folder)};
    void* const header = ::shmat(objects.header, nullptr, 0);
    if (header == reinterpret_cast<void*>(-1)) {
        throw SystemError("cannot attach a System V segment", errno);
    }
    const std::shared_ptr<const RingHeader> kept(static_cast<RingHeader*>(header),
                                                 [](const void* at) { ::shmdt(at); });
    format_ring(static_cast<RingHeader*>(header), size, ring_has_lines(settings));
    const auto number = [](int id) { return static_cast<std::uint64_t>(id); };
    EdgeEnds ends =
        ring_ends({"sysv-shm",
                   {size, static_cast<std::uint64_t>(RingWait::semaphore), number(objects.header),
                    number(objects.data), number(objects.semaphores)},
                   {},
                   {}});
    ends.taken = [kept] { return data_taken(*kept); };
    return ends;
}

constexpr Option kOptions[] = {
    kRingSizeOption,
    kRecordsOption,
};

}  // namespace

constinit const Kind kSysvShm = bridged({
    .name = "sysv-shm",
    .summary = "a ring in System V shared memory",
    .kernel_object = "System V shared memory and semaphores",
    .options = kOptions,
    .create = create,
    .open_sender = open_sender,
    .open_receiver = open_receiver,
    .limited = true,
});

}  // namespace pipectl::channel
