#include "orchestrator/files/report_file.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>

#include "stages/base/error.hpp"

namespace pipectl {
namespace {

/// How long a reader may take nothing.
constexpr int kPatienceMs = 2000;

/// As much as a FIFO takes at once when poll(2) says that it can be written to; pipe(7).
constexpr std::size_t kPiece = 4096;

std::string one_message(const OutputFailure& failure) {
    return failure.hint.empty() ? failure.message : failure.message + " (" + failure.hint + ")";
}

OutputRequest request_for(const std::string& path) {
    OutputRequest request;
    request.path = path == "-" ? "/dev/stdout" : path;
    return request;
}

std::string random_token() {
    std::uint64_t number = 0;
    if (::getrandom(&number, sizeof number, 0) != static_cast<ssize_t>(sizeof number)) {
        throw ReportError("cannot get random bytes: " + errno_text(errno));
    }
    char text[17];
    std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(number));
    return static_cast<const char*>(text);
}

/// Returns 0 or an errno: EAGAIN when nobody reads. The description may be shared with the caller,
/// so its flags are left alone.
int write_bounded(int fd, std::string_view text) {
    while (!text.empty()) {
        pollfd room{fd, POLLOUT, 0};
        const int ready = ::poll(&room, 1, kPatienceMs);
        if (ready < 0 && errno == EINTR) {
            continue;
        }
        if (ready <= 0) {
            return ready == 0 ? EAGAIN : errno;
        }
        const ssize_t written = ::write(fd, text.data(), std::min(text.size(), kPiece));
        if (written < 0 && errno != EINTR && errno != EAGAIN) {
            return errno;
        }
        text.remove_prefix(std::max<ssize_t>(written, 0));
    }
    return 0;
}

}  // namespace

ReportFile::ReportFile(const std::string& path, Sort sort) : path_(path) {
    if (path.empty()) {
        return;
    }
    OutputRequest request = request_for(path);
    request.executable = sort == Sort::executable;
    try {
        set_ = OutputSet::open({request}, random_token());
    } catch (const OutputError& error) {
        throw ReportError(one_message(error.failures().front()));
    }
}

void ReportFile::put(std::string_view text) {
    struct stat status {};
    const int fd = set_.descriptor(0);
    const bool regular = ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
    const int code = regular ? write_all(fd, text) : write_bounded(fd, text);
    if (code != 0) {
        set_.roll_back();
        throw ReportError("cannot write '" + path_ +
                          "': " + (code == EAGAIN ? "its reader takes nothing" : errno_text(code)));
    }
}

void ReportFile::write(std::string_view text) {
    if (set_.size() == 0) {
        return;
    }
    put(text);
    for (const OutputResult& result : set_.commit()) {
        if (!result.error.empty()) {
            throw ReportError(result.error);
        }
    }
}

namespace {

OutputSet open_growing(const std::string& path) {
    OutputRequest request = request_for(path);
    request.append = true;
    request.atomic = false;
    try {
        return OutputSet::open({request}, random_token());
    } catch (const OutputError& error) {
        throw ReportError(one_message(error.failures().front()));
    }
}

}  // namespace

Fd open_stream(const std::string& path) {
    return open_growing(path).take_stream(0);
}

Fd open_shared_log(const std::string& path) {
    OutputSet set = open_growing(path);
    struct stat status {};
    if (::fstat(set.descriptor(0), &status) != 0 || !S_ISREG(status.st_mode)) {
        throw ReportError("'" + path + "' is not a regular file, and nothing else will do");
    }
    Fd file = set.take_stream(0);
    const int flags = ::fcntl(file.get(), F_GETFL);
    if (::fchmod(file.get(), S_IRUSR | S_IWUSR) != 0 || flags < 0 ||
        ::fcntl(file.get(), F_SETFL, flags | O_APPEND) != 0) {
        throw ReportError("cannot make '" + path + "' yours alone: " + errno_text(errno));
    }
    return file;
}

}  // namespace pipectl
