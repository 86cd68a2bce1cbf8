// A spool file: unlimited room between a writer that appends and a reader that follows.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "stages/base/error.hpp"
#include "stages/kinds/kind_list.hpp"
#include "stages/objects/spool.hpp"

namespace pipectl::channel {

namespace {

/// What may be put aside for a file that is to stay: an earlier one of this user's, and nothing
/// else, also where root could.
void make_way(const std::string& path) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0) return;
    if (!S_ISREG(status.st_mode)) {
        throw SystemError("cannot replace '" + path + "' by a spool file", EEXIST,
                          "it is not a regular file");
    }
    if (status.st_uid != ::geteuid()) {
        throw SystemError("cannot replace '" + path + "' by a spool file", EEXIST,
                          "it is another user's");
    }
    if (::unlink(path.c_str()) != 0) {
        throw SystemError("cannot replace '" + path + "' by a spool file", errno);
    }
}

Fd create_at(const std::string& path) {
    Fd file(::open(path.c_str(), O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_WRONLY | O_APPEND,
                   0600));
    if (!file) {
        throw SystemError("cannot create spool file '" + path + "'", errno);
    }
    return file;
}

/// The writer's end. A file that is not kept never gets the name that `path` says, only its place.
Fd create_file(const Settings& settings) {
    const std::string path = text_of(settings, "path", "");
    if (!path.empty() && flag_of(settings, "keep", false)) {
        make_way(path);
        return create_at(path);
    }
    return open_nameless(path.empty() ? spool_folder() : folder_of(path), O_WRONLY | O_APPEND);
}

EdgeEnds create(const Settings& settings, PrivateFolder& /*folder*/) {
    EdgeEnds ends;
    ends.writer = create_file(settings);
    // before the mode changes, which may take the right to read away
    ends.reader = open_again(ends.writer.get(), O_RDONLY);
    // read-only: a second writer's end would hide from the follower that the writer has gone
    ends.writer_copy = open_again(ends.writer.get(), O_RDONLY);
    const auto mode = static_cast<mode_t>(number_of(settings, "mode", 0600));
    if (::fchmod(ends.writer.get(), mode) != 0) {
        throw SystemError("cannot set the mode of a spool file", errno);
    }
    auto [finish, hold] = make_pipe();
    ends.finish = std::move(finish);
    ends.hold = std::move(hold);
    return ends;
}

bool writer_goes_on(int writer_copy, std::uint64_t& mark) {
    struct stat status {};
    if (::fstat(writer_copy, &status) != 0) return false;
    const std::uint64_t now = static_cast<std::uint64_t>(status.st_size) + 1;
    const std::uint64_t before = std::exchange(mark, now);
    return before != 0 && now > before;
}

constexpr Option kOptions[] = {
    {"path",
     OptionType::text,
     "",
     "where it is; default: $TMPDIR, else /var/tmp, else /tmp",
     {},
     OptionRole::path},
    {"keep", OptionType::boolean, "false",
     "leave it at 'path' when the run is over; without, for 'pipectl resume'"},
    {"mode", OptionType::mode, "0600", "permissions"},
};

}  // namespace

constinit const Kind kFile = {
    .name = "file",
    .summary = "a spool file on disk: the writer never waits for the reader",
    .kernel_object = "file",
    .ends = Ends::direct,
    .keeps_records = false,
    .reopenable = true,
    .follower = true,
    .reader_gone = ReaderGone::we_tell,
    .options = kOptions,
    .create = create,
    .writer_goes_on = writer_goes_on,
    .limited = true,
};

}  // namespace pipectl::channel
