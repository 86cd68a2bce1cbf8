#include "orchestrator/compare/input.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <utility>

#include "orchestrator/compare/stdin_keeper.hpp"
#include "orchestrator/process/surroundings.hpp"
#include "stages/base/error.hpp"
#include "stages/base/pidfd.hpp"
#include "stages/objects/spool.hpp"

namespace pipectl::compare {

namespace {

constexpr int kPatienceMs = 1000;

bool is_null(const struct stat& status) {
    return S_ISCHR(status.st_mode) && status.st_rdev == makedev(1, 3);  // devices.txt of the kernel
}

Fd open_null() {
    Fd null = open_null_device();
    if (!null) throw SystemError("cannot open '/dev/null'", errno);
    return null;
}

}  // namespace

Input::Input(bool wanted) {
    struct stat status {};
    if (!wanted || ::fstat(STDIN_FILENO, &status) != 0 || is_null(status)) return;
    if (::isatty(STDIN_FILENO) != 0) {
        way_ = Way::terminal;
        return;
    }
    start_ = ::lseek(STDIN_FILENO, 0, SEEK_CUR);
    const bool file = S_ISREG(status.st_mode) && start_ >= 0 &&
                      Fd(::open("/proc/self/fd/0", O_RDONLY | O_CLOEXEC)).valid();
    way_ = file ? Way::file : Way::kept;
    if (way_ == Way::kept) {
        kept_ = channel::open_nameless(channel::spool_folder(), O_WRONLY | O_APPEND);
    }
}

Input::~Input() {
    keeper_.end();
}

Fd Input::for_reference() {
    if (way_ != Way::kept) return again();
    PipeEnds pipe = make_pipe();
    PipeEnds stop = make_pipe();
    keeper_ = fork_child([&] {
        ::signal(SIGPIPE, SIG_IGN);
        pipe.reader.reset();
        stop.writer.reset();
        return keep_stdin(kept_.get(), pipe.writer.get(), stop.reader.get());
    });
    stop_ = std::move(stop.writer);
    return std::move(pipe.reader);
}

void Input::reference_ended() {
    if (!keeper_) return;
    stop_.reset();
    // it ends by itself, unless somebody else has taken what it was about to read
    pollfd polled = {keeper_.pidfd.get(), POLLIN, 0};
    if (::poll(&polled, 1, kPatienceMs) == 0) signal_process(keeper_.pidfd.get(), SIGKILL);
    const std::optional<ExitStatus> ended = keeper_.wait();
    if (ended && ended->code != 0) {
        throw SystemError("cannot keep stdin for further runs", ended->code,
                          "give it as a file: pipectl compare ... < FILE");
    }
}

Fd Input::again() const {
    switch (way_) {
        case Way::nothing:
        case Way::terminal: return open_null();
        case Way::file: {
            Fd file = channel::open_again(STDIN_FILENO, O_RDONLY);
            (void)::lseek(file.get(), start_, SEEK_SET);
            return file;
        }
        case Way::kept: return channel::open_again(kept_.get(), O_RDONLY);
    }
    return {};
}

}  // namespace pipectl::compare
