// A ring in a mapped file. The file is put where `path` says and never has a name, so nobody can
// cut it short (a signal, SIGBUS, for who uses it) and nothing is left of it.

#include <fcntl.h>

#include "stages/base/error.hpp"
#include "stages/kinds/kind_list.hpp"
#include "stages/kinds/ring_edge.hpp"
#include "stages/objects/spool.hpp"

namespace pipectl::channel {

namespace {

EdgeEnds create(const Settings& settings, PrivateFolder& /*folder*/) {
    const std::string path = text_of(settings, "path", "");
    const std::string folder = path.empty() ? spool_folder() : folder_of(path);
    return make_file_ring("mmap", open_nameless(folder, O_RDWR), "a file in '" + folder + "'",
                          settings, RingWait::futex);
}

constexpr Option kOptions[] = {
    {"path",
     OptionType::text,
     "",
     "the file's place, a folder or a name in it; it is never seen there. Default: $TMPDIR, else "
     "/var/tmp, /tmp or /dev/shm",
     {},
     OptionRole::path},
    kRingSizeOption,
    kRecordsOption,
};

}  // namespace

constinit const Kind kMmap = bridged({
    .name = "mmap",
    .summary = "a ring in a mapped file",
    .kernel_object = "memory-mapped file, futex",
    .options = kOptions,
    .create = create,
    .open_sender = open_file_ring_sender,
    .open_receiver = open_file_ring_receiver,
    .limited = true,
});

}  // namespace pipectl::channel
