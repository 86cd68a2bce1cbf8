#include "stages/base/pidfd.hpp"

#include <sys/syscall.h>
#include <unistd.h>

namespace pipectl {

Fd open_pidfd(pid_t pid) noexcept {
    return Fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
}

bool signal_process(int pidfd, int number) noexcept {
    return ::syscall(SYS_pidfd_send_signal, pidfd, number, nullptr, 0) == 0;
}

Fd borrow_descriptor(int pidfd, int number) noexcept {
    return Fd(static_cast<int>(::syscall(SYS_pidfd_getfd, pidfd, number, 0)));
}

}  // namespace pipectl
