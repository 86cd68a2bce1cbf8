#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <chrono>
#include <csignal>
#include <cstddef>
#include <functional>
#include <random>

#include "tests/support/definitions.hpp"
#include "tests/system/output_fixture.hpp"

using namespace pipectl::test;  // NOLINT: the fixture of these tests
using pipectl::OutputRequest;
using pipectl::OutputSet;

namespace {

/// A system call that a file system of lesser means would refuse, and how.
struct Refusal {
    long call;
    int argument;       ///< looked at, from 0; -1: none
    unsigned int bits;  ///< which must all be set in it
    int error;
};

const Refusal kNoNameless = {__NR_openat, 2, O_TMPFILE, EOPNOTSUPP};
const Refusal kNoExchange = {__NR_renameat2, -1, 0, EINVAL};
const std::vector<Refusal> kNoLinks = {
#ifdef __NR_link
    {__NR_link, -1, 0, EPERM},
#endif
    {__NR_linkat, -1, 0, EPERM},
};

/// Makes the calling process meet these refusals from now on; seccomp(2).
bool refuse(const std::vector<Refusal>& refusals) {
    std::vector<sock_filter> code;
    for (const auto& refusal : refusals) {
        const bool look = refusal.argument >= 0;
        code.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)));
        code.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<unsigned>(refusal.call), 0,
                                static_cast<unsigned char>(look ? 4 : 1)));
        if (look) {
            const auto offset = offsetof(seccomp_data, args) +
                                sizeof(std::uint64_t) * static_cast<unsigned>(refusal.argument);
            code.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<unsigned>(offset)));
            code.push_back(BPF_STMT(BPF_ALU | BPF_AND | BPF_K, refusal.bits));
            code.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, refusal.bits, 0, 1));
        }
        code.push_back(
            BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | static_cast<unsigned>(refusal.error)));
    }
    code.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
    const sock_fprog program{static_cast<unsigned short>(code.size()), code.data()};
    return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

const std::string kOld(3000, 'o');
const std::string kFresh(5000, 'n');

/// Files "a", "b", "c" and "log" as they were, and outputs for them and the new file "d".
std::vector<OutputRequest> five_outputs(const Folder& folder) {
    for (const auto* name : {"a", "b", "c", "log"})
        write_file(folder / name, kOld);
    return {output(folder / "a"), output(folder / "d"), output(folder / "b"), output(folder / "c"),
            appended(folder / "log")};
}

void write_all_outputs(const OutputSet& set) {
    for (std::size_t i = 0; i < set.size(); ++i) {
        (void)pipectl::write_all(set.descriptor(i), kFresh);
    }
}

/// "old" or "new" when all files are; "mixed" when each is one of the two; else "torn".
std::string state_of(const Folder& folder) {
    int olds = 0;
    int news = 0;
    for (const auto* name : {"a", "b", "c"}) {
        const auto text = content(folder / name);
        olds += text == kOld ? 1 : 0;
        news += text == kFresh ? 1 : 0;
    }
    return olds == 3 ? "old" : news == 3 ? "new" : olds + news == 3 ? "mixed" : "torn";
}

/// After the survivor's roll-back: all of one kind, and no name that is not an output's.
std::string verdict_after_roll_back(const Folder& folder) {
    const auto state = state_of(folder);
    if (state == "old" && folder.count() == 4 && content(folder / "log") == kOld) return "old";
    if (state == "new" && folder.count() == 5 && content(folder / "d") == kFresh &&
        content(folder / "log") == kOld + kFresh) {
        return "new";
    }
    return "wrong: " + state + ", " + std::to_string(folder.count()) + " names";
}

/// Starts a process that commits the set and is stopped before and after each system call of that;
/// it is killed at the stop with this number. Returns false when it ended before.
bool commit_killed_at(int stop, OutputSet& set, const std::vector<Refusal>& refusals) {
    const pid_t child = ::fork();
    if (child == 0) {
        write_all_outputs(set);
        if (!refusals.empty() && !refuse(refusals)) ::_exit(9);
        ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
        ::raise(SIGSTOP);
        set.commit();
        ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    for (int at = 0; at < stop && WIFSTOPPED(status); ++at) {
        ::ptrace(PTRACE_SYSCALL, child, nullptr, nullptr);
        ::waitpid(child, &status, 0);
    }
    if (!WIFSTOPPED(status)) {
        REQUIRE(status == 0);
        return false;
    }
    ::kill(child, SIGKILL);
    ::waitpid(child, &status, 0);
    return true;
}

bool can_trace() {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) == 0 ? 0 : 1);
    int status = 0;
    ::waitpid(child, &status, 0);
    if (status != 0) std::cout << "SKIPPED: processes cannot be traced here\n";
    return status == 0;
}

/// Kills a commit at each of its system calls and lets the survivor roll back.
void kill_at_each_step(const std::vector<Refusal>& refusals) {
    int olds = 0;
    int news = 0;
    for (int stop = 0;; ++stop) {
        const Folder folder;
        auto set = OutputSet::open(five_outputs(folder), kRun);
        const bool killed = commit_killed_at(stop, set, refusals);
        set.roll_back();
        const auto verdict = verdict_after_roll_back(folder);
        INFO("killed at stop " << stop << ": " << verdict);
        CHECK((verdict == "old" || verdict == "new"));
        olds += verdict == "old" ? 1 : 0;
        news += verdict == "new" ? 1 : 0;
        if (!killed) {
            CHECK(verdict == "new");
            break;
        }
    }
    CHECK(olds > 20);
    CHECK(news > 5);
}

/// Runs `body` in a process that meets these refusals; its return value is what it found.
bool holds_under(const std::vector<Refusal>& refusals, const std::function<bool()>& body) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(refuse(refusals) && body() ? 0 : 1);
    int status = -1;
    ::waitpid(child, &status, 0);
    return status == 0;
}

bool commits_well(const Folder& folder) {
    auto set = OutputSet::open(five_outputs(folder), kRun);
    write_all_outputs(set);
    for (const auto& result : set.commit()) {
        if (!result.replaced || !result.error.empty()) return false;
    }
    return verdict_after_roll_back(folder) == "new";
}

/// The third file of the set cannot be replaced.
bool fails_well(const Folder& folder) {
    auto set = OutputSet::open(five_outputs(folder), kRun);
    write_all_outputs(set);
    fs::remove(folder / "b");
    fs::create_directory(folder / "b");
    if (set.commit().at(2).error.empty()) return false;
    fs::remove(folder / "b");
    write_file(folder / "b", kOld);
    return verdict_after_roll_back(folder) == "old";
}

}  // namespace

TEST_CASE("a commit killed at a random moment leaves each file old or complete", "[R28]") {
    std::mt19937 random(42);  // NOLINT: the same moments each time
    int killed = 0;
    for (int round = 0; round < rounds(200); ++round) {
        const Folder folder;
        const auto outputs = five_outputs(folder);
        const auto ready = pipectl::make_pipe();
        const pid_t child = ::fork();
        if (child == 0) {
            auto set = OutputSet::open(outputs, kRun);
            write_all_outputs(set);
            (void)pipectl::write_all(ready.writer.get(), "x");
            set.commit();
            ::_exit(0);
        }
        char byte = 0;
        REQUIRE(::read(ready.reader.get(), &byte, 1) == 1);
        const auto moment =
            std::chrono::steady_clock::now() + std::chrono::microseconds(random() % 900);
        while (std::chrono::steady_clock::now() < moment) {
        }
        ::kill(child, SIGKILL);
        int status = 0;
        ::waitpid(child, &status, 0);
        killed += WIFSIGNALED(status) ? 1 : 0;
        CHECK(state_of(folder) != "torn");
    }
    CHECK(killed > 0);
}

TEST_CASE("after a commit is killed at any system call, the survivor leaves all old or all new",
          "[R28]") {
    if (can_trace()) kill_at_each_step({});
}

TEST_CASE("the same holds where the file system cannot exchange two names", "[R28]") {
    if (can_trace()) kill_at_each_step({kNoExchange});
}

TEST_CASE("a file system without nameless files, exchange or links can be written to") {
    auto everything = kNoLinks;
    everything.push_back(kNoNameless);
    everything.push_back(kNoExchange);
    for (const auto& refusals :
         {std::vector<Refusal>{kNoNameless}, {kNoExchange}, {kNoNameless, kNoExchange}}) {
        const Folder good;
        CHECK(holds_under(refusals, [&] { return commits_well(good); }));
        const Folder bad;
        CHECK(holds_under(refusals, [&] { return fails_well(bad); }));
    }
    const Folder folder;
    CHECK(holds_under(everything, [&] { return commits_well(folder); }));
}

TEST_CASE("a named temporary belongs to the user alone while it is written", "[S1]") {
    const Folder folder;
    const auto outputs = five_outputs(folder);
    CHECK(holds_under({kNoNameless}, [&] {
        auto set = OutputSet::open(outputs, kRun);
        const bool alone = mode_of(folder / ".a.pipectl.0123abcd.0") == 0600;
        set.roll_back();
        return alone && verdict_after_roll_back(folder) == "old";
    }));
}

TEST_CASE("durable outputs are synced, file and folder, and others are not", "[R28]") {
    const Refusal no_sync = {__NR_fsync, -1, 0, EIO};
    const Folder folder;
    CHECK(holds_under({no_sync}, [&] {
        auto durable = output(folder / "durable");
        durable.durable = true;
        auto set = OutputSet::open({durable}, kRun);
        return set.commit().at(0).error ==
               "cannot replace '" + (folder / "durable") + "': Input/output error";
    }));
    CHECK(holds_under({no_sync}, [&] {
        auto set = OutputSet::open({output(folder / "other")}, kRun);
        return set.commit().at(0).error.empty();
    }));
    CHECK_FALSE(fs::exists(folder / "durable"));
}
