#include "orchestrator/process/terminal_filter.hpp"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>

namespace pipectl {

namespace {

constexpr std::uint32_t kTypeInput = 0x5412;  // TIOCSTI; ioctl_tty(2)
constexpr std::uint32_t kConsole = 0x541C;    // TIOCLINUX; ioctl_console(2)

// The number of ioctl(2) on each interface that a program can enter the kernel by.
#if defined(__x86_64__)
constexpr std::uint32_t kArch = AUDIT_ARCH_X86_64;
constexpr std::uint32_t kIoctlX32 = 514;  // under its bit, as all of that interface
constexpr std::uint32_t kBitX32 = 0x40000000;
#elif defined(__aarch64__)
constexpr std::uint32_t kArch = AUDIT_ARCH_AARCH64;
constexpr std::uint32_t kIoctlX32 = SYS_ioctl;
constexpr std::uint32_t kBitX32 = 0;
#else
#error "the numbers of ioctl(2) on this machine's interfaces are missing here"
#endif
constexpr std::uint32_t kIoctl32 = 54;

constexpr std::uint32_t kNumberAt = offsetof(seccomp_data, nr);
constexpr std::uint32_t kArchAt = offsetof(seccomp_data, arch);
// the lower half of the second argument, which is all that the kernel looks at
constexpr std::uint32_t kRequestAt = offsetof(seccomp_data, args) + sizeof(std::uint64_t);
static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__);

constexpr sock_filter load(std::uint32_t at) {
    return BPF_STMT(BPF_LD | BPF_W | BPF_ABS, at);
}

/// Skips so many statements, when it is equal and when not.
constexpr sock_filter equal(std::uint32_t value, std::uint8_t yes, std::uint8_t no) {
    return BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, yes, no);
}

constexpr sock_filter kFilter[] = {
    load(kArchAt),
    equal(kArch, 2, 0),
    load(kNumberAt),  // of a 32-bit interface: there is no third one
    equal(kIoctl32, 4, 7),
    load(kNumberAt),
    BPF_STMT(BPF_ALU | BPF_AND | BPF_K, ~kBitX32),
    equal(SYS_ioctl, 1, 0),
    equal(kIoctlX32, 0, 3),
    load(kRequestAt),
    equal(kTypeInput, 2, 0),
    equal(kConsole, 1, 0),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
};

bool install() noexcept {
    sock_fprog program{};
    program.len = sizeof kFilter / sizeof *kFilter;
    program.filter = const_cast<sock_filter*>(kFilter);  // the kernel copies it
    // the flag: no slower mode of the processor for a filter that guards no secret; seccomp(2)
    return ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW,
                     &program) == 0;
}

}  // namespace

bool filter_terminal() noexcept {
    if (install()) return true;
    // root of a container may not have CAP_SYS_ADMIN; then set-user-id programs lose their power in
    // this stage
    if (errno == EACCES && ::syscall(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
        install()) {
        return true;
    }
    return ::syscall(SYS_setsid) >= 0;
}

}  // namespace pipectl
