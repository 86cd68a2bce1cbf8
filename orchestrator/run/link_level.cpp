#include "orchestrator/run/link_level.hpp"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

namespace pipectl {

namespace {

bool takes_no_more(int writer) {
    pollfd end{writer, POLLOUT, 0};
    return ::poll(&end, 1, 0) == 0;
}

}  // namespace

LinkLevel level_of_link(int writer, int reader) {
    LinkLevel level;
    const int end = reader >= 0 ? reader : writer;
    struct stat status {};
    if (end < 0 || ::fstat(end, &status) != 0) {
        return level;
    }
    const bool pipe = S_ISFIFO(status.st_mode);
    if (!pipe && (reader < 0 || !S_ISSOCK(status.st_mode))) {
        return level;
    }
    int waiting = 0;
    if (::ioctl(end, FIONREAD, &waiting) != 0) {
        return level;
    }
    level.filled = waiting;
    if (pipe) {
        const int size = ::fcntl(end, F_GETPIPE_SZ);
        level.room = size > 0 ? size : 0;
    }
    // A pipe's room goes in pages: it may be full with far fewer bytes than its size.
    level.full = writer >= 0 ? takes_no_more(writer)
                             : level.room > 0 && level.filled + PIPE_BUF > level.room;
    return level;
}

}  // namespace pipectl
