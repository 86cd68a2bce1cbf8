// What is special to channels that are rings: how they wait, what their objects are, their limits.

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <iostream>
#include <random>
#include <thread>

#include "stages/base/error.hpp"
#include "stages/channel/kind.hpp"
#include "tests/support/byte_stream.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/child.hpp"
#include "tests/support/leak_check.hpp"
#include "tests/support/run_tree.hpp"
#include "tests/support/test_folder.hpp"
#include "tests/support/wait.hpp"
#include "tests/support/worker.hpp"

using namespace pipectl;
using namespace pipectl::channel;
using namespace pipectl::test;

namespace {

constexpr int kTicket = 3;
constexpr int kPeerGone = 10;
constexpr int kWrong = 11;
constexpr int kFailed = 12;

struct Ring {
    const char* kind;
    const char* wait;  ///< null: the kind has one way only
};
constexpr Ring kRings[] = {
    {"shm", "futex"}, {"shm", "semaphore"}, {"sysv-shm", nullptr}, {"mmap", nullptr}};

Settings settings_of(const Ring& ring, std::uint64_t size) {
    Settings settings = {{"size", size}};
    if (ring.wait != nullptr) settings.emplace("wait", std::string(ring.wait));
    return settings;
}

/// One half in this process.
struct Half {
    explicit Half(Fd end) : line(std::move(end)), ticket(take_ticket(line.fd())) {}
    std::unique_ptr<Sender> sender() {
        return find_kind(ticket.kind)->open_sender(std::move(ticket), line);
    }
    std::unique_ptr<Receiver> receiver() {
        return find_kind(ticket.kind)->open_receiver(std::move(ticket), line);
    }
    Line line;
    Ticket ticket;
};

int guarded(const std::function<int()>& body) {
    try {
        return body();
    } catch (const PeerGone&) {
        return kPeerGone;
    } catch (const std::exception& error) {
        (void)write_all(STDERR_FILENO, std::string(error.what()) + "\n");
        return kFailed;
    }
}

using SenderBody = std::function<int(Sender&)>;
using ReceiverBody = std::function<int(Receiver&)>;

/// A process at each end of a ring.
class Edge {
  public:
    Edge(const Ring& ring, std::uint64_t size, const SenderBody& send, const ReceiverBody& receive)
        : ends_(find_kind(ring.kind)->create(settings_of(ring, size), folder_)),
          sender_([&] { return guarded([&] { return send(*Half(Fd(kTicket)).sender()); }); },
                  {{kTicket, ends_.writer.get()}}),
          receiver_([&] { return guarded([&] { return receive(*Half(Fd(kTicket)).receiver()); }); },
                    {{kTicket, ends_.reader.get()}}) {
        ends_ = {};
    }
    Worker& sender() { return sender_; }
    Worker& receiver() { return receiver_; }

  private:
    TestFolder folder_;
    EdgeEnds ends_;
    Worker sender_;
    Worker receiver_;
};

SenderBody sends_at_random(std::size_t size) {
    return [=](Sender& sender) {
        std::mt19937 random(1);
        ByteStream stream;
        for (std::size_t sent = 0; sent < size;) {
            const std::size_t wanted = std::size_t{1} << random() % 15;
            const std::span<char> room = sender.reserve(wanted + random() % wanted);
            const std::size_t part = std::min(room.size() - random() % room.size(), size - sent);
            const std::string bytes = stream.next(part);
            std::copy(bytes.begin(), bytes.end(), room.begin());
            sender.commit(part, false);
            sent += part;
        }
        sender.finish();
        return 0;
    };
}

ReceiverBody checks_at_random(std::size_t size) {
    return [=](Receiver& receiver) {
        std::mt19937 random(2);
        ByteStream stream;
        std::size_t got = 0;
        for (;;) {
            const Piece piece = receiver.peek();
            if (piece.end) return got == size ? 0 : kWrong;
            const std::size_t part = piece.bytes.size() - random() % piece.bytes.size();
            if (stream.next(part) != std::string_view(piece.bytes.data(), part)) return kWrong;
            receiver.release(part);
            got += part;
        }
    };
}

int send_forever(Sender& sender) {
    std::mt19937 random(3);
    for (;;) {
        const std::span<char> room = sender.reserve(1 + random() % 10000);
        std::fill(room.begin(), room.end(), 'x');
        sender.commit(room.size(), false);
    }
}

int receive_forever(Receiver& receiver) {
    std::mt19937 random(4);
    for (;;) {
        const Piece piece = receiver.peek();
        if (piece.end) return 0;
        receiver.release(piece.bytes.size() - random() % piece.bytes.size());
    }
}

/// How often a process went to sleep; proc_pid_status(5).
long sleeps_of(pid_t pid) {
    const std::string status = read_small_file("/proc/" + std::to_string(pid) + "/status");
    const std::size_t at = status.find("\nvoluntary_ctxt_switches:");
    REQUIRE(at != std::string::npos);
    return std::atol(status.c_str() + status.find('\t', at));
}

struct shmid_ds status_of_segment(int id) {
    shmid_ds status{};
    REQUIRE(::shmctl(id, IPC_STAT, &status) == 0);
    return status;
}

}  // namespace

TEST_CASE("sizes at random arrive unchanged through rings of any size and any way to wait") {
    const LeakCheck leaks;
    constexpr std::size_t kBytes = 20'000'000;
    for (const Ring& ring : kRings) {
        for (const std::uint64_t size : {std::uint64_t{4096}, std::uint64_t{1} << 20}) {
            CAPTURE(ring.kind, size);
            Edge edge(ring, size, sends_at_random(kBytes), checks_at_random(kBytes));
            REQUIRE(edge.sender().wait() == exited(0));
            REQUIRE(edge.receiver().wait() == exited(0));
        }
    }
}

TEST_CASE("a ring's end outlasts a kill of the other at any moment by a second at most",
          "[S7][alone]") {
    std::mt19937 random(std::random_device{}());
    for (const Ring& ring : kRings) {
        for (int round = 0; round < (long_tests() ? 500 : 8); ++round) {
            const LeakCheck leaks;
            CAPTURE(ring.kind, round);
            Edge edge(ring, round % 4 < 2 ? 4096 : 1 << 20, send_forever, receive_forever);
            // the moment is what is tested
            std::this_thread::sleep_for(std::chrono::microseconds(random() % 20000));
            Worker& victim = round % 2 == 0 ? edge.sender() : edge.receiver();
            Worker& other = round % 2 == 0 ? edge.receiver() : edge.sender();
            ::kill(victim.pid(), SIGKILL);
            REQUIRE(victim.wait() == killed_by(SIGKILL));
            REQUIRE(wait_for_end(other.pid(), 1s));
            const ExitStatus status = other.wait();
            REQUIRE((status == exited(kPeerGone) || status == exited(kFailed)));
        }
    }
}

TEST_CASE("sides that wait sleep, and wake up a few times a second only", "[R17][R32][alone]") {
    const LeakCheck leaks;
    for (const Ring& ring : kRings) {
        CAPTURE(ring.kind);
        const auto sleeps_in_a_second = [](pid_t pid) {
            REQUIRE(wait_until([&] { return state_of(pid) == 'S'; }));
            const long before = sleeps_of(pid);
            REQUIRE_FALSE(wait_for_end(pid, 1s));
            return sleeps_of(pid) - before;
        };
        Edge empty(
            ring, 4096,
            [](Sender&) {
                ::pause();
                return 0;
            },
            receive_forever);
        REQUIRE(sleeps_in_a_second(empty.receiver().pid()) <= 8);
        Edge full(ring, 4096, send_forever, [](Receiver& receiver) {
            (void)receiver.peek();
            ::pause();
            return 0;
        });
        REQUIRE(sleeps_in_a_second(full.sender().pid()) <= 8);
    }
}

TEST_CASE("shared memory of a ring is the user's alone and cannot change its size", "[S1][S9]") {
    TestFolder folder;
    EdgeEnds ends = find_kind("shm")->create({}, folder);
    const Half half(std::move(ends.reader));
    const int memory = half.ticket.objects.at(0).get();
    struct stat status {};
    REQUIRE(::fstat(memory, &status) == 0);
    REQUIRE((status.st_mode & 0777) == 0600);
    REQUIRE(::ftruncate(memory, 0) != 0);
    REQUIRE(::ftruncate(memory, 1 << 30) != 0);
    REQUIRE(errno == EPERM);
}

TEST_CASE("a mapped file is the user's alone, is where it was asked for, and has no name", "[S1]") {
    TestFolder folder;
    for (const std::string& path : {folder.path(), folder.path() + "/ring"}) {
        CAPTURE(path);
        EdgeEnds ends = find_kind("mmap")->create({{"path", path}}, folder);
        const Half half(std::move(ends.reader));
        struct stat status {
        }, place{};
        REQUIRE(::fstat(half.ticket.objects.at(0).get(), &status) == 0);
        REQUIRE(::stat(folder.path().c_str(), &place) == 0);
        REQUIRE((status.st_mode & 0777) == 0600);
        REQUIRE(status.st_nlink == 0);
        REQUIRE(status.st_dev == place.st_dev);
        REQUIRE(folder.clean());
    }
}

TEST_CASE("System V objects are the user's alone, and their ends remove them", "[S1][S5]") {
    const LeakCheck leaks;
    TestFolder folder;
    EdgeEnds ends = find_kind("sysv-shm")->create({}, folder);
    auto writer = std::make_unique<Half>(std::move(ends.writer));
    auto reader = std::make_unique<Half>(std::move(ends.reader));
    const int header = static_cast<int>(writer->ticket.numbers[2]);
    const int data = static_cast<int>(writer->ticket.numbers[3]);
    const int semaphores = static_cast<int>(writer->ticket.numbers[4]);
    semid_ds set{};
    REQUIRE(::semctl(semaphores, 0, IPC_STAT, &set) == 0);
    REQUIRE((set.sem_perm.mode & 0777) == 0600);
    auto sender = writer->sender();
    for (const int id : {header, data}) {
        REQUIRE((status_of_segment(id).shm_perm.mode & 0777) == 0600);
        REQUIRE((status_of_segment(id).shm_perm.mode & SHM_DEST) == 0);
    }
    auto receiver = reader->receiver();
    for (const int id : {header, data}) {
        REQUIRE((status_of_segment(id).shm_perm.mode & SHM_DEST) != 0);
    }
    sender->finish();
    sender.reset();
    REQUIRE(::semctl(semaphores, 0, IPC_STAT, &set) == 0);
    writer.reset();
    REQUIRE(receiver->peek().end);
    receiver.reset();
    REQUIRE(::semctl(semaphores, 0, IPC_STAT, &set) != 0);
    REQUIRE(::shmctl(data, IPC_STAT, nullptr) != 0);
}

TEST_CASE("a ring that is larger than the machine's memory is refused before it is full", "[S10]") {
    TestFolder folder;
    for (const char* kind : {"shm", "sysv-shm"}) {
        CAPTURE(kind);
        REQUIRE_THROWS_WITH(find_kind(kind)->create({{"size", std::uint64_t{1} << 40}}, folder),
                            Catch::Matchers::ContainsSubstring("memory left"));
        REQUIRE(folder.clean());
    }
}

TEST_CASE("a ring beyond the limit for files is an error, and not a signal", "[S10][R25]") {
    const LeakCheck leaks;
    for (const char* kind : {"shm", "mmap"}) {
        CAPTURE(kind);
        Worker creator(
            [&] {
                const rlimit limit{1 << 19, 1 << 19};
                ::setrlimit(RLIMIT_FSIZE, &limit);
                TestFolder folder;
                try {
                    find_kind(kind)->create({}, folder);
                } catch (const SystemError& error) {
                    const bool is_named = std::strstr(error.what(), "ulimit -f") != nullptr;
                    return error.code() == EFBIG && is_named ? 0 : 1;
                }
                return 2;
            },
            {});
        REQUIRE(creator.wait() == exited(0));
    }
}

TEST_CASE("a disk without room for a mapped ring is an error before anything starts", "[S10]") {
    constexpr int kNotAllowed = 77;
    const LeakCheck leaks;
    Worker creator(
        [] {
            TestFolder folder;
            const char* const place = folder.path().c_str();
            if (::unshare(CLONE_NEWNS) != 0 ||
                ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
                ::mount("tmpfs", place, "tmpfs", 0, "size=1m") != 0) {
                return kNotAllowed;
            }
            int result = 2;
            try {
                find_kind("mmap")->create({{"path", folder.path()}}, folder);
            } catch (const SystemError& error) {
                const bool is_named = std::strstr(error.what(), place) != nullptr;
                result = error.code() == ENOSPC && is_named ? 0 : 1;
            }
            ::umount(place);
            return result;
        },
        {});
    const ExitStatus status = creator.wait();
    if (status == exited(kNotAllowed)) {
        std::cout << "SKIPPED: a file system cannot be mounted here\n";
        return;
    }
    REQUIRE(status == exited(0));
}
