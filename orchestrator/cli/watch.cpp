#include "orchestrator/cli/watch.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "orchestrator/cli/input_watch.hpp"
#include "orchestrator/cli/load.hpp"
#include "orchestrator/command/output.hpp"
#include "stages/base/die_of.hpp"
#include "stages/base/error.hpp"
#include "stages/base/fd.hpp"
#include "stages/base/signals.hpp"
#include "stages/base/text.hpp"

namespace pipectl {

namespace {

/// Who writes a file in several steps is waited for, within bounds.
constexpr int kQuiet = 50;  // milliseconds
constexpr int kMostWaits = 20;

std::string plain_path(const std::string& path) {
    return std::filesystem::absolute(path).lexically_normal().string();
}

/// The definition, files for stdin and regions, and parameters that name something that is there;
/// but nothing that the run itself writes.
std::set<std::string> inputs_of(const Loaded& loaded, const std::string& definition) {
    std::set<std::string> paths;
    for (const InputFile& input : loaded.plan.inputs) {
        if (!input.path.starts_with("/dev/")) paths.insert(plain_path(input.path));
    }
    for (const auto& [name, value] : loaded.plan.params) {
        struct stat status {};
        if (!value.empty() && ::stat(value.c_str(), &status) == 0) paths.insert(plain_path(value));
    }
    std::set<std::string> written;
    for (const OutputFile& output : loaded.plan.outputs) {
        written.insert(std::filesystem::path(plain_path(output.path)).parent_path().string());
    }
    for (const auto& [pattern, files] : loaded.request.matches) {
        for (const std::string& file : files) {
            paths.insert(plain_path(file));
        }
        // new ones too, but for a folder that the run itself writes to
        const std::string before = pattern.substr(0, pattern.find_first_of("*?["));
        const std::filesystem::path entry(
            plain_path(before.substr(0, before.rfind('/') + 1) + "x"));
        const std::string folder = entry.parent_path().string();
        if (!written.contains(folder)) paths.insert(folder);
    }
    for (const OutputFile& output : loaded.plan.outputs) {
        paths.erase(plain_path(output.path));
    }
    paths.insert(plain_path(definition));
    for (const UsedText& used : loaded.source.used) {
        paths.insert(plain_path(used.name));
    }
    return paths;
}

bool inherits_stdin(const Plan& plan) {
    return std::ranges::any_of(plan.processes, [](const Process& process) {
        return std::ranges::any_of(process.descriptors, [](const Descriptor& each) {
            return each.what == Descriptor::What::inherited && each.index == STDIN_FILENO;
        });
    });
}

class Watcher {
  public:
    explicit Watcher(const RunOptions& options)
        : options_(options), start_(::lseek(STDIN_FILENO, 0, SEEK_CUR)) {
        std::vector<int> signals(kEndingSignals.begin(), kEndingSignals.end());
        signals.push_back(SIGCHLD);
        const sigset_t set = signal_set(signals);
        ::sigprocmask(SIG_BLOCK, &set, &before_);
        ::signal(SIGCHLD, SIG_DFL);
        signals_.reset(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
        if (!signals_) throw SystemError("cannot wait for signals", errno);
    }

    int run() {
        while (look()) {
            start();
            while (child_ > 0) {
                wait(-1, false);
            }
            if (ending_ != 0) die_of(ending_);
            std::string changed = watch_.take();
            if (changed.empty()) say("waits for a change");
            while (changed.empty()) {
                wait(-1, true);
                if (ending_ != 0) die_of(ending_);
                changed = watch_.take();
            }
            for (int waits = 0; waits < kMostWaits && wait(kQuiet, true); ++waits) {
                if (ending_ != 0) die_of(ending_);
                (void)watch_.take();
            }
            say("'" + printable(changed) + "' has changed");
        }
        return kOwnError;
    }

  private:
    void say(const std::string& what) const {
        if (!options_.quiet) print_error("pipectl: " + what + "\n");
    }

    /// Watches what the next run will read, before it does. False: that cannot be.
    bool look() {
        try {
            const Loaded loaded = load(options_.file, options_.request);
            if (loaded.ok()) {
                paths_ = inputs_of(loaded, options_.file);
                struct stat status {};
                if (inherits_stdin(loaded.plan) && ::fstat(STDIN_FILENO, &status) == 0 &&
                    (S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode))) {
                    own_error("--watch: stdin is a pipe, which can be read once; name a file");
                    return false;
                }
            }
        } catch (const SystemError&) {
            // the run will say so; a definition that is being replaced comes back
        }
        paths_.insert(plain_path(options_.file));
        watch_.watch(paths_);
        return true;
    }

    void start() {
        if (start_ >= 0) (void)::lseek(STDIN_FILENO, start_, SEEK_SET);
        std::fflush(nullptr);
        const pid_t parent = ::getpid();
        child_ = ::fork();
        if (child_ < 0) throw SystemError("cannot create a process", errno);
        if (child_ > 0) return;
        ::prctl(PR_SET_PDEATHSIG, SIGTERM);  // as if somebody had ended the run
        if (::getppid() != parent) ::_exit(kOwnError);
        ::sigprocmask(SIG_SETMASK, &before_, nullptr);
        int status = kOwnError;
        try {
            status = run_command(options_);
        } catch (const std::exception& error) {
            own_error(error.what());
        }
        std::fflush(nullptr);
        ::_exit(status);
    }

    /// For a signal, and with `inputs` for a change. True when something came in time.
    bool wait(int milliseconds, bool inputs) {
        pollfd waiting[2] = {{signals_.get(), POLLIN, 0}, {watch_.fd(), POLLIN, 0}};
        const int ready = ::poll(static_cast<pollfd*>(waiting), inputs ? 2 : 1, milliseconds);
        signalfd_siginfo got{};
        while (::read(signals_.get(), &got, sizeof got) == ssize_t{sizeof got}) {
            if (got.ssi_signo == SIGCHLD) continue;
            ending_ = static_cast<int>(got.ssi_signo);
            // what a terminal sends, the run has got as well
            if (child_ > 0 && got.ssi_code != SI_KERNEL) ::kill(child_, ending_);
        }
        int status = 0;
        if (child_ > 0 && ::waitpid(child_, &status, WNOHANG) == child_) child_ = -1;
        return ready > 0;
    }

    const RunOptions& options_;
    off_t start_;  ///< of stdin, where it can be read again
    sigset_t before_{};
    Fd signals_;
    InputWatch watch_;
    std::set<std::string> paths_;
    pid_t child_ = -1;
    int ending_ = 0;
};

}  // namespace

int watch_command(const RunOptions& options) {
    return Watcher(options).run();
}

}  // namespace pipectl
