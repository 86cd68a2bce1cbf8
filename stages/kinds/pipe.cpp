#include "stages/kinds/pipe.hpp"

#include <fcntl.h>

#include <cerrno>
#include <limits>

#include "stages/base/error.hpp"
#include "stages/base/units.hpp"
#include "stages/kinds/kind_list.hpp"

namespace pipectl::channel {

namespace {

constexpr std::uint64_t kLargest = std::uint64_t{1} << 20;
constexpr std::uint64_t kKernelDefault = std::uint64_t{64} << 10;
// half of pipe-user-pages-soft's default, 16,384 pages of 4 KiB
constexpr std::uint64_t kShareOfUser = std::uint64_t{32} << 20;

void set_asked_size(int fd, std::uint64_t size) {
    const bool fits = size <= std::numeric_limits<int>::max();
    if (!fits || ::fcntl(fd, F_SETPIPE_SZ, static_cast<int>(size)) < 0) {
        throw SystemError("cannot set the size of a pipe to " + format_size(size),
                          fits ? errno : EINVAL,
                          "the limits are in /proc/sys/fs/pipe-max-size and "
                          "/proc/sys/fs/pipe-user-pages-soft");
    }
}

EdgeEnds create(const Settings& settings, PrivateFolder& /*folder*/) {
    auto [reader, writer] = make_pipe();
    apply_pipe_size(writer.get(), settings);
    EdgeEnds ends;
    ends.hold = duplicate(writer.get());
    ends.reader = std::move(reader);
    ends.writer = std::move(writer);
    return ends;
}

constexpr Option kOptions[] = {
    {"size", OptionType::size, "1MiB", "capacity; less by itself when a run has many pipes"},
};

}  // namespace

std::uint64_t default_pipe_size(std::size_t pipes) {
    for (std::uint64_t size = kLargest; size > kKernelDefault; size /= 2) {
        if (pipes <= kShareOfUser / size) return size;
    }
    return 0;
}

void apply_pipe_size(int fd, const Settings& settings) {
    if (const auto asked = settings.find("size"); asked != settings.end()) {
        set_asked_size(fd, std::get<std::uint64_t>(asked->second));
        return;
    }
    const std::uint64_t size = number_of(settings, kDefaultSizeSetting, default_pipe_size(1));
    // EPERM: the user's share of pipe pages is used up, or the limit is lower here. The pipe works
    // all the same with what it has.
    if (size > 0) ::fcntl(fd, F_SETPIPE_SZ, static_cast<int>(size));
}

constinit const Kind kPipe = {
    .name = "pipe",
    .summary = "the shell's own: fast, and known to every program",
    .kernel_object = "anonymous pipe",
    .ends = Ends::direct,
    .keeps_records = false,
    .reopenable = true,
    .options = kOptions,
    .create = create,
};

}  // namespace pipectl::channel
