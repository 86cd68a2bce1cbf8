#pragma once

// What the tests of the launcher share: requests, what a child wrote, how it ended.

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

#include "orchestrator/process/child_process.hpp"
#include "orchestrator/process/descendants.hpp"
#include "orchestrator/process/spawn.hpp"
#include "tests/support/child.hpp"
#include "tests/support/leak_check.hpp"

namespace pipectl::test {

inline std::vector<std::string> this_environment() {
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

inline SpawnRequest request_for(const std::vector<std::string>& argv, const Output& output) {
    SpawnRequest request;
    request.program = argv.front();
    request.argv = argv;
    request.environment = this_environment();
    request.descriptors = {{0, 0}, {1, output.file.get()}, {2, 2}};
    return request;
}

inline ExitStatus wait_for(const SpawnResult& result) {
    INFO("step: " << result.failure.step << ": " << std::strerror(result.failure.error));
    REQUIRE(result.process);
    int status = 0;
    REQUIRE(::waitpid(result.process->pid, &status, 0) == result.process->pid);
    return ExitStatus::from_wait(status);
}

/// Starts it, expects success, and returns what it wrote.
inline std::string output_of(const SpawnRequest& request, const Output& output) {
    REQUIRE(wait_for(spawn(request)) == exited(0));
    return output.text();
}

inline void require_failure(const SpawnRequest& request, const std::string& step, int error) {
    const SpawnResult result = spawn(request);
    REQUIRE_FALSE(result.process);
    CHECK(std::string(result.failure.step) == step);
    CHECK(std::strerror(result.failure.error) == std::string(std::strerror(error)));
    CHECK_FALSE(has_children());
}

/// The hexadecimal mask that `print-signals` shows under `name`.
inline unsigned long mask_in(const std::string& text, const std::string& name) {
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

inline Fd pipe_with(const std::string& content) {
    PipeEnds ends = make_pipe();
    write_all(ends.writer.get(), content);
    return std::move(ends.reader);
}

}  // namespace pipectl::test
