// The launcher against the kernel: what a child is started with, and what a failed start leaves.

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <sstream>

#include "orchestrator/process/descendants.hpp"
#include "orchestrator/process/spawn.hpp"
#include "tests/support/child.hpp"
#include "tests/support/leak_check.hpp"

using namespace pipectl;
using namespace pipectl::test;

namespace {

std::vector<std::string> this_environment() {
    std::vector<std::string> all;
    for (char** entry = ::environ; *entry != nullptr; ++entry) {
        all.emplace_back(*entry);
    }
    return all;
}

/// A file in memory that takes a child's output.
struct Output {
    Fd file{::memfd_create("output", MFD_CLOEXEC)};

    [[nodiscard]] std::string text() const {
        ::lseek(file.get(), 0, SEEK_SET);
        return read_all(file.get(), 1 << 20, "output");
    }
};

SpawnRequest request_for(const std::vector<std::string>& argv, const Output& output) {
    SpawnRequest request;
    request.program = argv.front();
    request.argv = argv;
    request.environment = this_environment();
    request.descriptors = {{0, 0}, {1, output.file.get()}, {2, 2}};
    return request;
}

ExitStatus wait_for(const SpawnResult& result) {
    INFO("step: " << result.failure.step << ": " << std::strerror(result.failure.error));
    REQUIRE(result.process);
    int status = 0;
    REQUIRE(::waitpid(result.process->pid, &status, 0) == result.process->pid);
    return ExitStatus::from_wait(status);
}

/// Starts it, expects success, and returns what it wrote.
std::string output_of(const SpawnRequest& request, const Output& output) {
    REQUIRE(wait_for(spawn(request)) == exited(0));
    return output.text();
}

bool has_children() {
    return ::waitpid(-1, nullptr, WNOHANG) != -1 || errno != ECHILD;
}

void require_failure(const SpawnRequest& request, const std::string& step, int error) {
    const SpawnResult result = spawn(request);
    REQUIRE_FALSE(result.process);
    CHECK(std::string(result.failure.step) == step);
    CHECK(std::strerror(result.failure.error) == std::string(std::strerror(error)));
    CHECK_FALSE(has_children());
}

/// The hexadecimal mask that `print-signals` shows under `name`.
unsigned long mask_in(const std::string& text, const std::string& name) {
    const std::size_t at = text.find(name + ":");
    REQUIRE(at != std::string::npos);
    return std::stoul(text.substr(at + name.size() + 1), nullptr, 16);
}

constexpr unsigned long bit(int signal) {
    return 1UL << (signal - 1);
}

/// A disposition for as long as the object lives.
class Disposition {
  public:
    Disposition(int signal, void (*handler)(int)) : signal_(signal) {
        struct sigaction action {};
        action.sa_handler = handler;
        ::sigaction(signal, &action, &before_);
    }
    ~Disposition() { ::sigaction(signal_, &before_, nullptr); }
    Disposition(const Disposition&) = delete;
    Disposition& operator=(const Disposition&) = delete;

  private:
    int signal_;
    struct sigaction before_ {};
};

Fd pipe_with(const std::string& content) {
    PipeEnds ends = make_pipe();
    write_all(ends.writer.get(), content);
    return std::move(ends.reader);
}

}  // namespace

TEST_CASE("a child has the descriptors of its table and no other") {
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

TEST_CASE("a child starts with default SIGPIPE, an empty mask and no handlers") {
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

TEST_CASE("a start that fails says where and why and leaves no zombie") {
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

TEST_CASE("without a free descriptor the start fails and no child is left") {
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
            CHECK(spare >= 2);
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
        require_failure(request_for({"/nonexistent"}, output), "execute", ENOENT);
        CHECK(wait_for(spawn(request_for({"/bin/true"}, output))) == exited(0));
    }
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
    const pid_t parent = ::fork();
    REQUIRE(parent >= 0);
    if (parent == 0) {
        SpawnRequest request = request_for({misbehave(), "announce", folder.path("pid")}, output);
        request.parent_death_signal = SIGKILL;
        if (::geteuid() == 0) {
            request.uid = 0;  // a change of user clears the signal: it must be set again
            request.gid = 0;
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

TEST_CASE("a process limit is met with patience and then with a clean failure") {
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

TEST_CASE("a start succeeds when a place comes free in time") {
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

TEST_CASE("a caller with a gigabyte of memory starts children no slower") {
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
