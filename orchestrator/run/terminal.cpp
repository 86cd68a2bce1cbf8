#include "orchestrator/run/terminal.hpp"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace pipectl {

Terminal::Terminal() {
    Fd tty(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    if (!tty || ::tcgetpgrp(tty.get()) != ::getpgrp() || ::tcgetattr(tty.get(), &modes_) != 0) {
        return;
    }
    group_ = ::getpgrp();
    tty_ = std::move(tty);
}

void Terminal::restore() noexcept {
    if (!tty_) {
        return;
    }
    const pid_t now = ::tcgetpgrp(tty_.get());
    if (now != group_) {
        // Another job has it, unless its group died with a stage of ours.
        if (now > 1 && (::kill(-now, 0) == 0 || errno != ESRCH)) {
            return;
        }
        ::tcsetpgrp(tty_.get(), group_);
    }
    termios modes{};
    if (::tcgetattr(tty_.get(), &modes) == 0 &&
        (modes.c_iflag != modes_.c_iflag || modes.c_oflag != modes_.c_oflag ||
         modes.c_cflag != modes_.c_cflag || modes.c_lflag != modes_.c_lflag ||
         std::memcmp(modes.c_cc, modes_.c_cc, sizeof modes.c_cc) != 0)) {
        ::tcsetattr(tty_.get(), TCSANOW, &modes_);
    }
}

}  // namespace pipectl
