// concat: one input after the other to standard output.

#include "stages/flow/jobs.hpp"
#include "stages/flow/lockstep.hpp"
#include "stages/flow/readers.hpp"

namespace pipectl::helper {

int run(const job::Concat& what) {
    watch_readers();
    Lockstep out({1});
    for (const int in : what.inputs) {
        out.copy(in);
        // nothing more comes from it: a writer that goes on regardless is told so by SIGPIPE
        Fd(in).reset();
    }
    return 0;
}

}  // namespace pipectl::helper
