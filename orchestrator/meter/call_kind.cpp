#include "orchestrator/meter/call_kind.hpp"

#include <sys/syscall.h>

namespace pipectl {

CallKind kind_of_call(long number) {
    switch (number) {
        case SYS_read:
        case SYS_readv:
        case SYS_pread64:
        case SYS_preadv:
        case SYS_preadv2:
        case SYS_recvfrom:
        case SYS_recvmsg:
        case SYS_recvmmsg: return CallKind::reads;
        case SYS_write:
        case SYS_writev:
        case SYS_pwrite64:
        case SYS_pwritev:
        case SYS_pwritev2:
        case SYS_sendto:
        case SYS_sendmsg:
        case SYS_sendmmsg:
        case SYS_vmsplice: return CallKind::writes;
        case SYS_splice:
        case SYS_tee:
        case SYS_copy_file_range: return CallKind::moves;
        case SYS_sendfile: return CallKind::sends;
#ifdef SYS_poll  // newer architectures have the variants only
        case SYS_poll:
        case SYS_select:
        case SYS_epoll_wait:
#endif
        case SYS_ppoll:
        case SYS_pselect6:
        case SYS_epoll_pwait: return CallKind::polls;
        case SYS_fsync:
        case SYS_fdatasync:
        case SYS_sync:
        case SYS_syncfs:
        case SYS_sync_file_range: return CallKind::stores;
        case SYS_wait4:
        case SYS_waitid: return CallKind::waits;
        default: return CallKind::other;
    }
}

bool is_past_the_count(long number) {
    return number == SYS_splice || number == SYS_tee || number == SYS_vmsplice;
}

}  // namespace pipectl
