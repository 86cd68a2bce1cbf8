#pragma once

// Programs started by a test, in a process group of their own so that a signal to the group cannot
// reach the tests. Started by fork and exec of this harness's own, not by the code under test.
//
// Standard output and error go to files in memory: nothing blocks on a full pipe, and a daemon that
// keeps them open does not delay the end. A test that needs a pipe or a terminal passes its own.

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "orchestrator/event/exit_status.hpp"
#include "stages/base/fd.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/wait.hpp"

namespace pipectl::test {

struct RunOptions {
    std::optional<std::string> stdin_text{};  ///< as from a file; default: /dev/null
    int stdin_fd = -1;                        ///< instead; borrowed
    int stdout_fd = -1;                       ///< borrowed; then `out` stays empty
    int stderr_fd = -1;
    std::vector<std::pair<int, int>>
        descriptors{};                       ///< further ones: number there, descriptor here
    std::vector<std::string> environment{};  ///< "NAME=value" is set, "NAME" alone removed
    std::string cwd{};
    std::vector<std::pair<int, unsigned long>> limits{};  ///< {RLIMIT_NOFILE, 256}: soft and hard
    std::vector<int> ignored_signals{};
    std::vector<int> blocked_signals{};
    std::optional<uid_t> uid{};  ///< user and group
    bool own_group = true;
    bool own_session = false;
    int terminal = -1;  ///< its controlling terminal (own_session)
    milliseconds timeout = 60s;
};

struct RunResult {
    ExitStatus status;
    std::string out;
    std::string err;
    double wall_s = 0;
    bool timed_out = false;
};

/// A program in the background. Killed and reaped at the end of its scope when it still runs.
class Child {
  public:
    explicit Child(const std::vector<std::string>& argv, const RunOptions& options = {});
    ~Child();
    Child(Child&& other) noexcept;
    Child& operator=(Child&&) = delete;

    [[nodiscard]] pid_t pid() const { return pid_; }
    [[nodiscard]] bool running();
    void signal(int number) const;        ///< to the process alone
    void signal_group(int number) const;  ///< as the terminal does

    /// What it has written so far.
    [[nodiscard]] std::string out() const;
    [[nodiscard]] std::string err() const;
    /// Waits for a text in what it has written; false when it did not come.
    bool wait_for_out(std::string_view text, milliseconds limit = 10s) const;
    bool wait_for_err(std::string_view text, milliseconds limit = 10s) const;

    /// Nothing when it still runs after `limit`.
    std::optional<ExitStatus> wait(milliseconds limit = 60s);
    /// Waits for the end; after `limit` the process is killed and `timed_out` set.
    RunResult finish(milliseconds limit = 60s);

  private:
    void reap(int flags);

    pid_t pid_ = -1;
    double started_ = 0;
    double ended_ = 0;
    std::optional<ExitStatus> status_;
    Fd out_;
    Fd err_;
};

/// Runs a program to its end.
RunResult run(const std::vector<std::string>& argv, const RunOptions& options = {});

/// `pipectl WORDS..`, to its end.
RunResult pipectl_says(std::vector<std::string> words, const RunOptions& options = {});

/// Writes `definition` as pipeline.toml into the folder and starts `pipectl run ARGUMENTS
/// pipeline.toml` there.
Child start_pipectl(const TemporaryFolder& folder, std::string_view definition,
                    const std::vector<std::string>& arguments = {}, RunOptions options = {});
/// The same, to its end.
RunResult run_pipectl(const TemporaryFolder& folder, std::string_view definition,
                      const std::vector<std::string>& arguments = {}, RunOptions options = {});

ExitStatus exited(int code);
ExitStatus killed_by(int signal);

/// The path of the helper program; `misbehave` alone lists what it can do.
std::string misbehave();

/// For INFO: status, times and both outputs.
std::string to_text(const RunResult& result);

}  // namespace pipectl::test

namespace Catch {
template <>
struct StringMaker<pipectl::ExitStatus> {
    static std::string convert(const pipectl::ExitStatus& status) { return describe(status); }
};
template <>
struct StringMaker<pipectl::test::RunResult> {
    static std::string convert(const pipectl::test::RunResult& result) { return to_text(result); }
};
}  // namespace Catch
