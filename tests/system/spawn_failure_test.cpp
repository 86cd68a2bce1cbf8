// The launcher against the kernel: what a failed start says and leaves.

#include "tests/system/spawn_fixture.hpp"

using namespace pipectl;
using namespace pipectl::test;

TEST_CASE("a binary of no known format is refused and not fed to the shell") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    const Output output;
    const std::string program = folder.write("program", std::string("\x7f"
                                                                    "ELF\0\0garbage; touch oops\n",
                                                                    26));
    ::chmod(program.c_str(), 0755);
    require_failure(request_for({program}, output), "execute", ENOEXEC);
}

TEST_CASE("a start that fails says where and why and leaves no zombie", "[R6]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    const Output output;
    SpawnRequest request = request_for({"/bin/true"}, output);

    SECTION("no such program") {
        request.program = folder.path("nothing");
        require_failure(request, "execute", ENOENT);
    }
    SECTION("not executable") {
        request.program = folder.write("text", "no program");
        require_failure(request, "execute", EACCES);
    }
    SECTION("a folder") {
        request.program = folder.path();
        require_failure(request, "execute", EACCES);
    }
    SECTION("the interpreter is missing") {
        request.program = folder.write("script", "#!/no/such/shell\n");
        require_failure(request, "execute", ENOENT);
    }
    SECTION("no such folder") {
        request.cwd = folder.path("nothing");
        require_failure(request, "change folder", ENOENT);
    }
    SECTION("arguments too long") {
        request.argv.emplace_back(static_cast<std::size_t>(16) << 20, 'x');
        require_failure(request, "execute", E2BIG);
    }
    SECTION("a descriptor that is not open") {
        request.descriptors.emplace_back(3, 999);
        require_failure(request, "set descriptors", EBADF);
    }
    SECTION("no such signal") {
        request.ignored_signals = {99};
        require_failure(request, "set signals", EINVAL);
    }
    CHECK(output.text().empty());
}

TEST_CASE("without a free descriptor the start fails and no child is left", "[R25]") {
    const LeakCheck leaks;
    const Output output;
    const SpawnRequest request = request_for({"/bin/true"}, output);
    for (int spare = 0; spare < 4; ++spare) {
        std::vector<Fd> all;
        for (;;) {
            Fd copy(::fcntl(output.file.get(), F_DUPFD_CLOEXEC, 3));
            if (!copy) break;
            all.push_back(std::move(copy));
        }
        all.resize(all.size() - static_cast<std::size_t>(spare));
        const SpawnResult result = spawn(request);
        all.clear();
        if (result.process) {
            CHECK(spare >= 1);
            CHECK(wait_for(result) == exited(0));
        } else {
            CHECK(result.failure.error == EMFILE);
        }
        CHECK_FALSE(has_children());
    }
}

TEST_CASE("one failed start does not spoil the next") {
    const LeakCheck leaks;
    const Output output;
    for (int i = 0; i < 50; ++i) {
        require_failure(request_for({"/no/such/program"}, output), "execute", ENOENT);
        CHECK(wait_for(spawn(request_for({"/bin/true"}, output))) == exited(0));
    }
}

TEST_CASE("a process limit is met with patience and then with a clean failure", "[R26]") {
    if (::geteuid() != 0) {
        WARN("SKIPPED: needs another user without processes");
        return;
    }
    const LeakCheck leaks;
    const Output output;
    const pid_t limited = ::fork();
    REQUIRE(limited >= 0);
    if (limited == 0) {
        // one process of this user runs, one is allowed
        const rlimit one{1, 1};
        ::setrlimit(RLIMIT_NPROC, &one);
        if (::setresuid(54321, 54321, 54321) != 0) ::_exit(9);
        const double start = now();
        const SpawnResult result = spawn(request_for({"/bin/true"}, output));
        const double took = now() - start;
        const bool clean = !result.process && result.failure.error == EAGAIN && !has_children();
        ::_exit(!clean ? 1 : took < 0.3 ? 2 : took > 1.5 ? 3 : 0);
    }
    int status = 0;
    REQUIRE(::waitpid(limited, &status, 0) == limited);
    CHECK(ExitStatus::from_wait(status) == exited(0));
}

TEST_CASE("a start succeeds when a place comes free in time", "[R26]") {
    if (::geteuid() != 0) {
        WARN("SKIPPED: needs another user without processes");
        return;
    }
    const LeakCheck leaks;
    const Output output;
    const pid_t limited = ::fork();
    REQUIRE(limited >= 0);
    if (limited == 0) {
        ProcessStat self;  // threads count, and a sanitizer may have one
        read_process_stat(::getpid(), self);
        const rlim_t count = static_cast<rlim_t>(self.threads) + 1;
        const rlimit room_for_one{count, count};
        ::setrlimit(RLIMIT_NPROC, &room_for_one);
        if (::setresuid(54322, 54322, 54322) != 0) ::_exit(9);
        ::signal(SIGCHLD, SIG_IGN);  // the first child leaves without being waited for
        const SpawnResult first = spawn(request_for({"/bin/sleep", "0.1"}, output));
        const SpawnResult second = spawn(request_for({"/bin/true"}, output));
        ::_exit(first.process && second.process ? 0 : 1);
    }
    int status = 0;
    REQUIRE(::waitpid(limited, &status, 0) == limited);
    CHECK(ExitStatus::from_wait(status) == exited(0));
}
