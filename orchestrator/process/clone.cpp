#include "orchestrator/process/clone.hpp"

#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstddef>

#if defined(__SANITIZE_THREAD__)
// The thread sanitizer replaces clone(2) by one that takes its locks in parent and child: right for
// a copy of the memory, and wrong here, where both are the same (signals stayed blocked). This is
// the C library's own name for the same function.
extern "C" int __clone(int (*)(void*), void*, int, void*, ...);  // NOLINT
#define clone __clone
#endif

namespace pipectl {

namespace {

constexpr std::size_t kStackSize = 65536;
constexpr std::size_t kGuardSize = 65536;  // a page or more on every architecture

/// The highest address of a new stack, or null with errno. Below the stack lies memory that cannot
/// be touched, so that an overflow is a fault and not a change to the parent's data.
char* make_stack() noexcept {
    void* const area = ::mmap(nullptr, kGuardSize + kStackSize, PROT_NONE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);
    if (area == MAP_FAILED) {
        return nullptr;
    }
    char* const stack = static_cast<char*>(area) + kGuardSize;
    if (::mprotect(stack, kStackSize, PROT_READ | PROT_WRITE) != 0) {
        ::munmap(area, kGuardSize + kStackSize);
        return nullptr;
    }
    return stack + kStackSize;
}

// The kernel's own mask: sigfillset(3) leaves out the two signals that the C library uses itself.
unsigned long set_mask(unsigned long mask) noexcept {
    unsigned long before = 0;
    ::syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, &before, sizeof mask);
    return before;
}

/// A handler that ran in the child would run on our memory: all signals are blocked there.
pid_t clone_with(int flags, char* stack, int (*function)(void*), void* argument,
                 int* pidfd) noexcept {
    if (stack == nullptr) {
        return -1;
    }
    if (pidfd != nullptr) flags |= CLONE_PIDFD;
    const unsigned long before = set_mask(~0UL);
    const pid_t pid = ::clone(function, stack, CLONE_VM | SIGCHLD | flags, argument, pidfd);
    const int error = errno;
    set_mask(before);
    errno = error;
    return pid;
}

}  // namespace

pid_t clone_and_wait(int (*function)(void*), void* argument, Descriptors descriptors,
                     int* pidfd) noexcept {
    static char* const stack = make_stack();
    const int sharing = descriptors == Descriptors::shared ? CLONE_FILES : 0;
    return clone_with(CLONE_VFORK | sharing, stack, function, argument, pidfd);
}

pid_t clone_sharing_all(int (*function)(void*), void* argument, int& pidfd) noexcept {
#if defined(__SANITIZE_THREAD__)
    (void)function, (void)argument, (void)pidfd;
    errno = ENOSYS;  // it would wait for the sanitizer's locks
    return -1;
#else
    return clone_with(CLONE_FILES, make_stack(), function, argument, &pidfd);
#endif
}

pid_t fork_sharing_files() noexcept {
#if defined(__SANITIZE_THREAD__)
    return ::fork();  // the sanitizer must know of its children, and all works without the sharing
#else
    return static_cast<pid_t>(::syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0));
#endif
}

}  // namespace pipectl
