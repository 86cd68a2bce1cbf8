// The text of a definition from a file or from stdin: the only thing that is opened before a run.

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "orchestrator/definition/parse.hpp"
#include "stages/base/error.hpp"
#include "stages/base/fd.hpp"

namespace pipectl {

namespace {

constexpr std::size_t kLargestSource = std::size_t{16} << 20U;

std::string read_open(int fd, const std::string& name) {
    struct stat status {};
    if (::fstat(fd, &status) != 0) {
        throw SystemError("cannot read '" + name + "'", errno);
    }
    if (S_ISDIR(status.st_mode)) {
        throw SystemError("cannot read '" + name + "'", EISDIR);
    }
    try {
        return read_all(fd, kLargestSource, name);
    } catch (const SystemError& error) {
        if (error.code() == EFBIG) {
            throw SystemError("cannot read '" + name + "'", EFBIG,
                              "a definition has at most 16 MiB");
        }
        throw;
    }
}

}  // namespace

SourceText read_source(const std::string& path) {
    if (path == "-") {
        return {"<stdin>", read_open(0, "<stdin>")};
    }
    const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
    if (!file) {
        throw SystemError("cannot open '" + path + "'", errno);
    }
    return {path, read_open(file.get(), path)};
}

}  // namespace pipectl
