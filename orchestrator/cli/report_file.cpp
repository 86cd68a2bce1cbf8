#include "orchestrator/cli/report_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "stages/base/error.hpp"
#include "stages/base/fd.hpp"

namespace pipectl {

namespace {

std::string folder_of(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    if (slash == std::string::npos) {
        return ".";
    }
    return slash == 0 ? "/" : path.substr(0, slash);
}

[[noreturn]] void refuse(const std::string& path, int code) {
    throw SystemError("cannot write '" + path + "'", code);
}

void write_to(int fd, const std::string& path, std::string_view text) {
    if (const int code = write_all(fd, text); code != 0) {
        refuse(path, code);
    }
}

/// The file that a symlink points at, so that the link stays.
std::string target_of(const std::string& path) {
    char* resolved = ::realpath(path.c_str(), nullptr);
    if (resolved == nullptr) {
        return path;
    }
    std::string target = resolved;
    std::free(resolved);  // NOLINT(cppcoreguidelines-no-malloc): realpath(3) allocates
    return target;
}

}  // namespace

bool names_descriptor(std::string_view path) {
    return path.starts_with("/dev/std") || path.starts_with("/dev/fd/") ||
           path.starts_with("/proc/self/fd/");
}

void check_report_file(const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) == 0) {
        if (S_ISDIR(status.st_mode)) {
            refuse(path, EISDIR);
        }
        if (::access(path.c_str(), W_OK) != 0) {
            refuse(path, errno);
        }
        if (!S_ISREG(status.st_mode) || names_descriptor(path)) {
            return;
        }
    }
    if (::access(folder_of(target_of(path)).c_str(), W_OK | X_OK) != 0) {
        refuse(path, errno);
    }
}

void write_report_file(const std::string& path, std::string_view text) {
    struct stat status {};
    const bool there = ::stat(path.c_str(), &status) == 0;
    if (there && (!S_ISREG(status.st_mode) || names_descriptor(path))) {
        const Fd device(::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY));
        if (!device) {
            refuse(path, errno);
        }
        write_to(device.get(), path, text);
        return;
    }
    const std::string target = target_of(path);
    std::string temporary = target + ".XXXXXX";
    const Fd file(::mkostemp(temporary.data(), O_CLOEXEC));
    if (!file) {
        refuse(path, errno);
    }
    try {
        const mode_t mask = ::umask(0);
        ::umask(mask);
        const mode_t mode = there ? status.st_mode & 07777U : 0666U & ~mask;
        write_to(file.get(), path, text);
        if (::fchmod(file.get(), mode) != 0 || ::rename(temporary.c_str(), target.c_str()) != 0) {
            refuse(path, errno);
        }
    } catch (...) {
        ::unlink(temporary.c_str());
        throw;
    }
}

}  // namespace pipectl
