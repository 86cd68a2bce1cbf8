#include "stages/objects/spool.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "stages/base/error.hpp"
#include "stages/objects/object_name.hpp"

namespace pipectl::channel {

std::string spool_folder() {
    // /tmp is often memory; what spills is data that memory should not hold
    const char* asked = ::secure_getenv("TMPDIR");
    if (asked != nullptr && *asked != '\0') return asked;
    for (const char* const place : {"/var/tmp", "/tmp", "/dev/shm"}) {
        if (takes_files(place)) return place;
    }
    return "/var/tmp";
}

bool takes_files(const std::string& folder) {
    return ::access(folder.c_str(), W_OK | X_OK) == 0;
}

std::string folder_of(const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) return path;
    const std::size_t slash = path.rfind('/');
    if (slash == std::string::npos) return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

Fd open_nameless(const std::string& folder, int flags) {
    Fd file(::open(folder.c_str(), O_TMPFILE | O_EXCL | O_CLOEXEC | flags, 0600));
    if (file) return file;
    // EOPNOTSUPP: the file system cannot; EISDIR and ENOENT: the kernel cannot; open(2)
    const bool by_name = errno == EOPNOTSUPP || errno == EISDIR || errno == ENOENT;
    if (by_name) {
        const std::string path = folder + "/" + make_object_name();
        file.reset(::open(path.c_str(), O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | flags, 0600));
        if (file) ::unlink(path.c_str());
    }
    if (!file) {
        throw SystemError("cannot create a spool file in '" + folder + "'", errno,
                          "TMPDIR names another folder");
    }
    return file;
}

Fd open_again(int fd, int flags) {
    // /proc's link leads to the file itself, with or without a name; proc_pid_fd(5)
    const std::string path = "/proc/self/fd/" + std::to_string(fd);
    Fd file(::open(path.c_str(), flags | O_CLOEXEC));
    if (!file) {
        throw SystemError("cannot open a spool file again", errno, "/proc must be mounted");
    }
    return file;
}

}  // namespace pipectl::channel
