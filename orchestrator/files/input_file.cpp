#include "orchestrator/files/input_file.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <vector>

#include "orchestrator/files/output_target.hpp"
#include "stages/base/error.hpp"
#include "stages/base/text.hpp"

namespace pipectl {
namespace {

OpenedInput no_input(std::string message, std::string hint = {}) {
    return {Fd(), std::move(message), std::move(hint)};
}

/// The file in the same folder that is most likely meant.
std::string suggestion(const std::string& path) {
    const auto slash = path.rfind('/');
    const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
    const std::unique_ptr<DIR, int (*)(DIR*)> listing(::opendir(folder.c_str()), &::closedir);
    if (!listing) {
        return {};
    }
    std::vector<std::string> names;
    while (const dirent* entry = ::readdir(listing.get())) {
        names.emplace_back(entry->d_name);
    }
    const auto near = nearest(slash == std::string::npos ? path : path.substr(slash + 1), names);
    if (near.empty()) {
        return {};
    }
    return "did you mean '" + (slash == std::string::npos ? "" : folder) + near + "'?";
}

/// Whether the FIFO has a writer or something to read. tee(2) looks without taking: 0 means that
/// there is neither, EAGAIN that a writer has not written yet.
bool has_writer(int fifo) {
    const auto scratch = make_pipe();
    const ssize_t seen = ::tee(fifo, scratch.writer.get(), 1, SPLICE_F_NONBLOCK);
    return seen > 0 || (seen < 0 && errno == EAGAIN);
}

}  // namespace

OpenedInput open_input(const std::string& path) {
    const std::string place = "cannot read '" + path + "'";
    if (const int own = own_descriptor(path); own >= 0) {
        const int flags = ::fcntl(own, F_GETFD);
        OpenedInput input;
        if (flags >= 0 && (own <= 2 || (flags & FD_CLOEXEC) == 0)) {
            input.file.reset(::fcntl(own, F_DUPFD_CLOEXEC, 3));
        } else {
            errno = EBADF;
        }
        if (!input.file) {
            input.message = place + ": " + errno_text(errno);
        }
        return input;
    }
    // O_NONBLOCK: the open of a FIFO without a writer would wait, maybe for ever; fifo(7)
    Fd file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    struct stat status {};
    if (!file) {
        const int code = errno;
        if (code == ENXIO && ::stat(path.c_str(), &status) == 0 && S_ISSOCK(status.st_mode)) {
            return no_input("input '" + path + "' is a socket");
        }
        return no_input(place + ": " + errno_text(code), code == ENOENT ? suggestion(path) : "");
    }
    if (::fstat(file.get(), &status) != 0) {
        return no_input(place + ": " + errno_text(errno));
    }
    if (S_ISDIR(status.st_mode)) {
        return no_input("input '" + path + "' is a folder");
    }
    if (S_ISFIFO(status.st_mode) && !has_writer(file.get())) {
        return no_input(
            place + ": no program has this FIFO open for writing",
            "start its writer first, or wait for one: stdin = { fifo = \"" + path + "\" }");
    }
    set_nonblocking(file.get(), false);
    return {std::move(file), {}, {}};
}

}  // namespace pipectl
