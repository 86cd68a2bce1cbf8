// `pipectl ipc ls --all`, `rm` and `mk`: everybody's kernel objects, against the calls themselves.

#include <fcntl.h>
#include <mqueue.h>
#include <semaphore.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <sstream>

#include "tests/support/catch.hpp"
#include "tests/support/child.hpp"
#include "tests/support/leak_check.hpp"
#include "tests/support/users.hpp"
#include "tests/support/wait.hpp"
#include "tests/support/worker.hpp"

using namespace pipectl;
using namespace pipectl::test;
using Catch::Matchers::ContainsSubstring;

namespace {

RunResult ipc(std::vector<std::string> words) {
    words.insert(words.begin(), "ipc");
    return pipectl_says(words);
}

key_t test_key(int number) {
    return static_cast<key_t>(0x73000000 + number * 0x100000 + ::getpid() % 0x100000);
}

std::string hex(key_t key) {
    char text[16];
    std::snprintf(text, sizeof text, "0x%x", static_cast<unsigned>(key));
    return text;
}

std::string row_of(const std::string& spec) {
    std::istringstream lines(ipc({"ls", "--all"}).out);
    for (std::string line; std::getline(lines, line);) {
        if (line.find("  " + spec + "  ") != std::string::npos) return line;
    }
    return "";
}

}  // namespace

TEST_CASE("ipc mk makes what rm removes, and both say what", "[ipc]") {
    const LeakCheck leaks;
    const std::string queue = "sysv-mq:" + hex(test_key(1));
    const std::string memory = "sysv-shm:" + hex(test_key(2));
    const std::string semaphores = "sysv-sem:" + hex(test_key(3));
    const std::string posix = "mq:/objects-test-" + std::to_string(::getpid());
    CHECK_THAT(ipc({"mk", queue}).out,
               ContainsSubstring("made System V queue '" + queue + "', id"));
    CHECK(ipc({"mk", memory, "--size", "8KiB"}).status == exited(0));
    CHECK(ipc({"mk", semaphores, "--count", "2", "--semaphores", "3"}).status == exited(0));
    CHECK(ipc({"mk", posix, "--size", "100", "--count", "2"}).status == exited(0));

    shmid_ds segment{};
    REQUIRE(::shmctl(::shmget(test_key(2), 0, 0), IPC_STAT, &segment) == 0);
    CHECK(segment.shm_segsz == 8192);
    CHECK((segment.shm_perm.mode & 0777) == 0600);
    const int set = ::semget(test_key(3), 0, 0);
    CHECK(::semctl(set, 2, GETVAL) == 2);
    CHECK(::semctl(set, 3, GETVAL) < 0);
    {
        const Fd opened(::mq_open(posix.substr(3).c_str(), O_RDONLY));
        mq_attr shape{};
        REQUIRE(::mq_getattr(opened.get(), &shape) == 0);
        CHECK(shape.mq_msgsize == 100);
        CHECK(shape.mq_maxmsg == 2);
    }
    for (const std::string& spec : {queue, memory, semaphores, posix}) {
        CAPTURE(spec);
        const RunResult again = ipc({"mk", spec});
        CHECK(again.status == exited(1));
        CHECK_THAT(again.err, ContainsSubstring("File exists (it is there already: user '"));
    }
    const RunResult removed = ipc({"rm", queue, memory, semaphores, posix});
    CAPTURE(removed);
    CHECK(removed.status == exited(0));
    CHECK_THAT(removed.out, ContainsSubstring("removed POSIX queue '" + posix + "'"));
    const RunResult gone = ipc({"rm", queue, posix});
    CHECK(gone.status == exited(1));
    CHECK_THAT(gone.err, ContainsSubstring("cannot remove '" + posix + "': it is not there"));
    CHECK(::msgget(test_key(1), 0) < 0);
}

TEST_CASE("ipc ls --all shows everybody's objects with their figures", "[ipc]") {
    const LeakCheck leaks;
    const int queue = ::msgget(test_key(1), IPC_CREAT | 0640);
    const int memory = ::shmget(test_key(2), 4096, IPC_CREAT | 0600);
    void* const mapped = ::shmat(memory, nullptr, 0);
    const int set = ::semget(test_key(3), 2, IPC_CREAT | 0600);
    REQUIRE(::semctl(set, 1, SETVAL, 4) == 0);
    const struct {
        long type = 1;
        char text[5] = {'h', 'e', 'l', 'l', 'o'};
    } message;
    REQUIRE(::msgsnd(queue, &message, sizeof message.text, 0) == 0);
    Worker waiter(
        [set] {
            sembuf take{0, -1, 0};
            return ::semop(set, &take, 1) == 0 ? 0 : 1;
        },
        {});
    const bool waits = wait_until([&] { return ::semctl(set, 0, GETNCNT) == 1; });

    const std::string row = row_of("sysv-mq:" + hex(test_key(1)));
    CHECK_THAT(row, ContainsSubstring("System V queue") && ContainsSubstring("  640  ") &&
                        ContainsSubstring("  5      1  ") &&
                        ContainsSubstring("last sent by " + std::to_string(::getpid())));
    CHECK_THAT(
        row_of("sysv-shm:" + hex(test_key(2))),
        ContainsSubstring("made by " + std::to_string(::getpid())) && ContainsSubstring("  4096 "));
    const std::string values = row_of("sysv-sem:" + hex(test_key(3)));
    CHECK_THAT(values, ContainsSubstring(waits ? "values 0 (1 waiting) 4" : "values 0 4"));

    // this process and the waiting one, its child
    const std::string json = ipc({"ls", "--all", "--json"}).out;
    CHECK_THAT(json, ContainsSubstring("\"name\": \"sysv-shm:" + hex(test_key(2)) + "\"") &&
                         ContainsSubstring("\"attached\": 2") &&
                         ContainsSubstring("{\"value\": 4, \"waiting\": 0"));

    // by an id alone, and while a process has it
    const RunResult removed = ipc({"rm", "sysv-shm:id=" + std::to_string(memory)});
    CHECK_THAT(removed.out, ContainsSubstring("goes when the last process has left it"));
    ::shmdt(mapped);
    const RunResult both = ipc({"rm", hex(test_key(1)), hex(test_key(3))});
    CAPTURE(both);
    CHECK(both.status == exited(0));
    CHECK(waiter.wait() == exited(1));  // EIDRM
}

TEST_CASE("ipc ls --all shows POSIX objects, and rm removes them", "[ipc]") {
    const LeakCheck leaks;
    const std::string name = "/objects-test-" + std::to_string(::getpid());
    const Fd memory(::shm_open(name.c_str(), O_RDWR | O_CREAT | O_EXCL, 0600));
    REQUIRE(::ftruncate(memory.get(), 12345) == 0);
    sem_t* const semaphore = ::sem_open(name.c_str(), O_CREAT | O_EXCL, 0600, 7);
    REQUIRE(semaphore != SEM_FAILED);
    ::sem_close(semaphore);
    const Fd queue(::mq_open(name.c_str(), O_RDWR | O_CREAT | O_EXCL, 0600, nullptr));
    REQUIRE(::mq_send(queue.get(), "hello", 5, 0) == 0);

    CHECK_THAT(row_of("shm:" + name),
               ContainsSubstring("shared memory") && ContainsSubstring("  12345 "));
    CHECK_THAT(row_of("sem:" + name),
               ContainsSubstring("POSIX semaphore") && ContainsSubstring("value 7"));
    const RunResult listed = ipc({"ls", "--all"});
    if (listed.err.empty()) {
        CHECK_THAT(row_of("mq:" + name), ContainsSubstring("  5      1  "));
        // three have this name
        const RunResult which = ipc({"rm", name});
        CHECK(which.status == exited(1));
        CHECK_THAT(which.err, ContainsSubstring("it may be 'mq:" + name + "', "));
    } else {
        CHECK_THAT(listed.err, ContainsSubstring("POSIX queues cannot be listed"));
    }
    CHECK(ipc({"rm", "--dry-run", "shm:" + name}).out.starts_with("would remove"));
    const RunResult removed = ipc({"rm", "shm:" + name, "sem:" + name, "mq:" + name, "--json"});
    CHECK(removed.status == exited(0));
    CHECK_THAT(removed.out, ContainsSubstring("\"removed\": true"));
    CHECK(row_of("shm:" + name).empty());
}

TEST_CASE("ipc rm leaves what is another user's, to root as well", "[ipc][stranger][S18]") {
    if (!is_root()) return;
    const LeakCheck leaks;
    const std::string name = "/objects-test-" + std::to_string(::getpid());
    const key_t key = test_key(1);
    Worker stranger(
        [&] {
            if (::setuid(kStranger) != 0) return 99;
            const Fd queue(::mq_open(name.c_str(), O_RDWR | O_CREAT | O_EXCL, 0600, nullptr));
            return ::msgget(key, IPC_CREAT | 0600) >= 0 && queue ? 0 : 1;
        },
        {});
    REQUIRE(stranger.wait() == exited(0));
    const std::string queue = "sysv-mq:" + hex(test_key(1));
    for (const std::string& spec : {queue, "mq:" + name}) {
        CAPTURE(spec);
        const RunResult refused = ipc({"rm", spec});
        CHECK(refused.status == exited(1));
        CHECK_THAT(refused.err, ContainsSubstring("it belongs to user 'nobody' (--force"));
        const RunResult made = ipc({"mk", spec});
        CHECK_THAT(made.err, ContainsSubstring("user 'nobody' has it"));
        CHECK(ipc({"rm", "--force", spec}).status == exited(0));
    }
    const int ours = ::msgget(test_key(1), IPC_CREAT | 0600);
    RunOptions options;
    options.uid = kStranger;
    for (const std::vector<std::string>& words :
         {std::vector<std::string>{"ipc", "rm", queue}, {"ipc", "rm", "--force", queue}}) {
        const RunResult refused = pipectl_says(words, options);
        CAPTURE(refused);
        CHECK(refused.status == exited(1));
    }
    CHECK(::msgctl(ours, IPC_RMID, nullptr) == 0);
}

TEST_CASE("ipc rm leaves what a run that goes on has", "[ipc][S18]") {
    const LeakCheck leaks;
    PipeEnds input = make_pipe();
    const TemporaryFolder folder;
    RunOptions options;
    options.stdin_fd = input.reader.get();
    Child live = start_pipectl(folder,
                               "[pipeline]\nvia = 'sysv-mq'\n[[stage]]\nname = 'a'\nrun = ['cat']\n"
                               "[[stage]]\nname = 'b'\nrun = ['cat']\n",
                               {}, options);
    std::string spec;
    REQUIRE(wait_until([&] {
        std::istringstream lines(ipc({"ls"}).out);
        for (std::string line; std::getline(lines, line);) {
            const std::size_t at = line.find("sysv:msg:");
            if (at != std::string::npos) spec = "sysv-mq:id=" + line.substr(at + 9);
        }
        return !spec.empty();
    }));
    const RunResult refused = ipc({"rm", spec});
    CHECK(refused.status == exited(1));
    CHECK_THAT(refused.err, ContainsSubstring("a run that goes on has it"));
    input.reader.reset();
    input.writer.reset();
    CHECK(live.finish().status == exited(0));
}

TEST_CASE("what ipc rm and mk do not understand is wrong usage", "[ipc]") {
    for (const std::vector<std::string>& wrong :
         std::vector<std::vector<std::string>>{{"rm"},
                                               {"rm", "no nonsense"},
                                               {"rm", "sysv-mq:x"},
                                               {"rm", "mq:/a/b"},
                                               {"mk"},
                                               {"mk", "mq:/a", "mq:/b"},
                                               {"mk", "shm:/x"},
                                               {"mk", "sysv-mq:id=3"},
                                               {"mk", "sysv-mq:1", "--size", "1"},
                                               {"mk", "sysv-shm:1", "--size", "x"},
                                               {"mk", "sysv-sem:1", "--count", "0"},
                                               {"ls", "--force"},
                                               {"clean", "--all"},
                                               {"ls", "sysv-mq:1"}}) {
        const RunResult result = ipc(wrong);
        CAPTURE(wrong, result);
        CHECK(result.status == exited(125));
    }
    CHECK(ipc({"mk", "sysv-sem:0x7ffffff2", "--count", "40000"}).status == exited(1));
    CHECK(ipc({"rm", "sysv-sem:0x7ffffff2"}).status == exited(1));
}
