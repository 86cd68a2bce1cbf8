#pragma once

// Whether a program could move bytes that proc_pid_io(5) does not count to it.
//
// read(2), write(2), sendfile(2) and their kin are counted. splice(2), tee(2), vmsplice(2),
// io_uring and, on sockets, send(2) and recv(2) are not. A program that is linked with none of them
// has no way around the count; of one that is, or of which nothing can be said (a script, a static
// program, an unknown library), the count may be too small.

#include <string>

namespace pipectl {

struct UncountedMoves {
    bool in = true;   ///< it may have read more than was counted
    bool out = true;  ///< it may have written more than was counted
};

/// `program`: the path that was executed. `sockets`: some of its ports may be sockets.
UncountedMoves uncounted_moves_of(const std::string& program, bool sockets);

}  // namespace pipectl
