// The launcher against the kernel: what a child is started with.

#include "tests/system/spawn_fixture.hpp"

using namespace pipectl;
using namespace pipectl::test;

TEST_CASE("a child has the descriptors of its table and no other", "[R13]") {
    const LeakCheck leaks;
    const Output output;
    const Fd stray(::open("/etc/passwd", O_RDONLY));  // inheritable on purpose
    const Fd high(::fcntl(stray.get(), F_DUPFD, 900));
    SpawnRequest request = request_for({misbehave(), "print-descriptors"}, output);
    request.descriptors = {{0, stray.get()}, {1, output.file.get()}, {2, stray.get()}};
    CHECK(output_of(request, output) ==
          "0 /etc/passwd\n1 /memfd:output (deleted)\n2 /etc/passwd\n");
}

TEST_CASE("a descriptor that the table leaves out is closed, be it a standard one") {
    const LeakCheck leaks;
    const Output output;
    SpawnRequest request = request_for({misbehave(), "print-descriptors"}, output);
    request.descriptors = {{1, output.file.get()}, {7, output.file.get()}};
    CHECK(output_of(request, output) == "1 /memfd:output (deleted)\n7 /memfd:output (deleted)\n");
}

TEST_CASE("any permutation of descriptors is safe") {
    const LeakCheck leaks;
    const Output output;
    std::vector<Fd> sources;
    std::vector<int> numbers;
    for (const char letter : std::string("abcd")) {
        sources.push_back(pipe_with(std::string(1, letter)));
        numbers.push_back(sources.back().get());
    }
    std::vector<int> order = {0, 1, 2, 3};
    do {
        // the numbers of the sources are the targets, in every order: cycles of all lengths
        SpawnRequest request = request_for(
            {"/bin/sh", "-c", "readlink $(printf '/proc/self/fd/%s ' \"$@\")", "sh"}, output);
        std::string expected;
        for (std::size_t i = 0; i < 4; ++i) {
            const int source = numbers[static_cast<std::size_t>(order[i])];
            request.descriptors.emplace_back(numbers[i], source);
            request.argv.push_back(std::to_string(numbers[i]));
            char target[64];
            const ssize_t length = ::readlink(("/proc/self/fd/" + std::to_string(source)).c_str(),
                                              target, sizeof target);
            expected += std::string(target, static_cast<std::size_t>(length)) + "\n";
        }
        REQUIRE(::ftruncate(output.file.get(), 0) == 0);
        ::lseek(output.file.get(), 0, SEEK_SET);
        CHECK(output_of(request, output) == expected);
    } while (std::next_permutation(order.begin(), order.end()));
}

TEST_CASE("standard input and output may be swapped") {
    const LeakCheck leaks;
    const Output output;
    const Fd input = pipe_with("through\n");
    // input stands at 1 and output at 0 here, as in a caller that was started carelessly
    const Fd saved_in(::fcntl(0, F_DUPFD_CLOEXEC, 100));
    const Fd saved_out(::fcntl(1, F_DUPFD_CLOEXEC, 100));
    SpawnRequest request = request_for({"/bin/cat"}, output);
    request.descriptors = {{0, 1}, {1, 0}, {2, 2}};
    ::dup2(input.get(), 1);
    ::dup2(output.file.get(), 0);
    const SpawnResult result = spawn(request);
    ::dup2(saved_in.get(), 0);
    ::dup2(saved_out.get(), 1);
    CHECK(wait_for(result) == exited(0));
    CHECK(output.text() == "through\n");
}

TEST_CASE("a child may have three hundred descriptors") {
    const LeakCheck leaks;
    const Output output;
    SpawnRequest request = request_for({misbehave(), "print-descriptors"}, output);
    std::vector<Fd> sources;
    for (int i = 0; i < 300; ++i) {
        sources.push_back(duplicate(output.file.get()));
        request.descriptors.emplace_back(302 - i, sources.back().get());
    }
    const std::string text = output_of(request, output);
    CHECK(std::count(text.begin(), text.end(), '\n') == 303);
    CHECK(text.find("\n302 /memfd:output") != std::string::npos);
}

TEST_CASE("a child starts with default SIGPIPE, an empty mask and no handlers", "[R12]") {
    const LeakCheck leaks;
    const Output output;
    const Disposition pipe(SIGPIPE, SIG_IGN);
    const Disposition usr1(SIGUSR1, [](int) {});
    const Disposition hup(SIGHUP, SIG_IGN);
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    ::sigprocmask(SIG_BLOCK, &all, &before);
    const SpawnResult result = spawn(request_for({misbehave(), "print-signals"}, output));
    sigset_t after;
    ::sigprocmask(SIG_SETMASK, &before, &after);
    CHECK(::sigismember(&after, SIGTERM) == 1);  // ours is as it was
    CHECK(wait_for(result) == exited(0));
    CHECK(mask_in(output.text(), "SigBlk") == 0);
    CHECK(mask_in(output.text(), "SigIgn") == bit(SIGHUP));  // as after nohup
    CHECK(mask_in(output.text(), "SigCgt") == 0);
}

TEST_CASE("dispositions can be asked for") {
    const LeakCheck leaks;
    const Output output;
    const Disposition hup(SIGHUP, SIG_IGN);
    SpawnRequest request = request_for({misbehave(), "print-signals"}, output);
    request.default_signals = {SIGHUP};
    request.ignored_signals = {SIGINT, SIGPIPE, SIGRTMIN + 1};
    const std::string text = output_of(request, output);
    CHECK(mask_in(text, "SigIgn") == (bit(SIGINT) | bit(SIGPIPE) | bit(SIGRTMIN + 1)));
}

TEST_CASE("our own handlers stay after a start, and do not run in the child") {
    const LeakCheck leaks;
    static volatile sig_atomic_t handled = 0;
    handled = 0;
    const Output output;
    const Disposition usr1(SIGUSR1, [](int) { handled = handled + 1; });
    for (int i = 0; i < 20; ++i) {
        CHECK(wait_for(spawn(request_for({"/bin/true"}, output))) == exited(0));
    }
    CHECK(handled == 0);
    ::raise(SIGUSR1);
    CHECK(wait_until([] { return handled == 1; }));  // a sanitizer may deliver it later
}

TEST_CASE("handlers that the caller knows of are named once for all children") {
    const LeakCheck leaks;
    const Output output;
    const std::vector<int> before = handled_signals();
    const Disposition usr1(SIGUSR1, [](int) {});
    const Disposition hup(SIGHUP, SIG_IGN);
    std::vector<int> expected = before;
    expected.push_back(SIGUSR1);
    std::sort(expected.begin(), expected.end());
    CHECK(handled_signals() == expected);
    SpawnRequest request = request_for({misbehave(), "print-signals"}, output);
    request.handled_signals = handled_signals();
    const std::string text = output_of(request, output);
    CHECK(mask_in(text, "SigCgt") == 0);
    CHECK(mask_in(text, "SigIgn") == bit(SIGHUP));
}

TEST_CASE("folder, umask, niceness and open files of a child") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    const Output output;
    SpawnRequest request = request_for({misbehave(), "print-ids"}, output);
    request.cwd = folder.path();
    request.umask = 027;
    request.nice = 5;
    request.open_files = 77;
    const std::string text = output_of(request, output);
    CHECK(text.find("\ncwd " + folder.path() + "\n") != std::string::npos);
    CHECK(text.find("\numask 0027\n") != std::string::npos);
    const int expected = std::min(::getpriority(PRIO_PROCESS, 0) + 5, 19);
    CHECK(text.find("\nnice " + std::to_string(expected) + "\n") != std::string::npos);
    CHECK(text.find("\nopen-files 77\n") != std::string::npos);
}

TEST_CASE("the limit of open files may lie below the numbers in use") {
    const LeakCheck leaks;
    const Output output;
    SpawnRequest request = request_for({misbehave(), "print-ids"}, output);
    request.descriptors.emplace_back(50, output.file.get());
    request.open_files = 10;
    CHECK(output_of(request, output).find("\nopen-files 10\n") != std::string::npos);
}

TEST_CASE("a child may be another user with that user's groups") {
    if (::geteuid() != 0) {
        WARN("SKIPPED: only root can become another user");
        return;
    }
    const LeakCheck leaks;
    const Output output;
    SpawnRequest request = request_for({"/bin/sh", "-c", "id -u; id -g; id -G"}, output);
    request.uid = 12345;
    request.gid = 23456;
    request.groups = {23456, 34567};
    request.cwd = "/";
    CHECK(output_of(request, output) == "12345\n23456\n23456 34567\n");
}

TEST_CASE("a program sees the arguments and the environment that are given") {
    const LeakCheck leaks;
    const Output output;
    SpawnRequest request =
        request_for({misbehave(), "print-arguments", "", "a b", "$HOME\n"}, output);
    CHECK(output_of(request, output) == "[]\n[a b]\n[$HOME\n]\n");
    const Output variables;
    request = request_for({"/usr/bin/env"}, variables);
    request.environment = {"ONLY=this one"};
    CHECK(output_of(request, variables) == "ONLY=this one\n");
}

TEST_CASE("a text file without an interpreter line is run by the shell") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    const Output output;
    const std::string script = folder.write("script", "echo \"got $1 and $2\"\n");
    ::chmod(script.c_str(), 0755);
    CHECK(output_of(request_for({script, "one", "two 2"}, output), output) ==
          "got one and two 2\n");
}

TEST_CASE("the pidfd is the child's, and close-on-exec") {
    const LeakCheck leaks;
    const Output output;
    const SpawnResult result = spawn(request_for({misbehave(), "exit", "7"}, output));
    REQUIRE(result.process);
    const int fd = result.process->pidfd.get();
    CHECK((::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
    CHECK((::fcntl(fd, F_GETFL) & O_NONBLOCK) == 0);
    siginfo_t info{};
    REQUIRE(::waitid(P_PIDFD, static_cast<id_t>(fd), &info, WEXITED) == 0);
    CHECK(info.si_pid == result.process->pid);
    CHECK(info.si_status == 7);
}

TEST_CASE("a child that asks for it dies with its parent") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    const Output output;
    REQUIRE(::chmod(folder.path().c_str(), 0777) == 0);
    const pid_t parent = ::fork();
    REQUIRE(parent >= 0);
    if (parent == 0) {
        SpawnRequest request = request_for({misbehave(), "announce", folder.path("pid")}, output);
        request.parent_death_signal = SIGKILL;
        if (::geteuid() == 0) {
            request.uid = 65534;  // a change of user clears the signal: it must be set again
            request.gid = 65534;
        }
        (void)spawn(request);
        ::pause();
        ::_exit(0);
    }
    const pid_t child = test::wait_for_pid(folder.path("pid"));
    CHECK(is_alive(child));
    ::kill(parent, SIGKILL);
    CHECK(::waitpid(parent, nullptr, 0) == parent);
    CHECK(wait_until([&] { return !is_alive(child); }, 2s));
}

TEST_CASE("a caller with a gigabyte of memory starts children no slower", "[alone]") {
    const LeakCheck leaks;
    const Output output;
    const auto fastest = [&] {
        double best = 1e9;
        for (int i = 0; i < 15; ++i) {
            const double start = now();
            const SpawnResult result = spawn(request_for({"/bin/true"}, output));
            best = std::min(best, now() - start);
            wait_for(result);
        }
        return best;
    };
    const double small = fastest();
    constexpr std::size_t kSize = std::size_t(1) << 30;
    void* const memory = ::mmap(nullptr, kSize, PROT_READ | PROT_WRITE,
                                MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    REQUIRE(memory != MAP_FAILED);
    const double large = fastest();
    ::munmap(memory, kSize);
    // fork(2) would copy the page tables: some ten milliseconds
    INFO("seconds: " << small << " and " << large);
    CHECK(large < small + 0.005);
}

TEST_CASE("a child that goes on with our memory is waited for once, or ended", "[R6]") {
    const LeakCheck leaks;
    ChildProcess child = fork_child([] { return 7; });
    CHECK(child.wait() == exited(7));
    CHECK_FALSE(child);
    CHECK_FALSE(child.wait());

    ChildProcess sleeper = fork_child([] { return ::pause(); });
    CHECK_FALSE(try_reap(sleeper.pid));
    CHECK(has_children());
    sleeper.end();
    CHECK_FALSE(has_children());
}
