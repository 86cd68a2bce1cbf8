// The text of a definition from a file or from stdin: the only thing that is opened before a run.

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include "orchestrator/definition/parse.hpp"
#include "stages/base/error.hpp"
#include "stages/base/fd.hpp"
#include "stages/base/text.hpp"

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

/// The definition beside `path` that was most likely meant, or empty. Looks at a thousand names.
std::string definition_near(const std::filesystem::path& path) {
    constexpr int kMostNames = 1000;
    std::vector<std::string> known;
    std::error_code error;
    const auto folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
    std::filesystem::directory_iterator entry(folder, error);
    for (int looked = 0; !error && entry != std::filesystem::directory_iterator(); ++looked) {
        if (looked == kMostNames) break;
        const std::filesystem::path name = entry->path().filename();
        if (name.extension() == ".toml") known.push_back(name.string());
        entry.increment(error);
    }
    std::ranges::sort(known);
    const std::string name = path.filename().string();
    const std::string near = nearest(name.ends_with(".toml") ? name : name + ".toml", known);
    return near.empty() ? "" : (path.parent_path() / near).string();
}

}  // namespace

SourceText read_source(const std::string& path) {
    if (path == "-") {
        return {"<stdin>", read_open(0, "<stdin>")};
    }
    const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
    if (!file) {
        const int reason = errno;
        const std::string near = reason == ENOENT ? definition_near(path) : "";
        throw SystemError("cannot open '" + path + "'", reason,
                          near.empty() ? "" : "did you mean '" + near + "'?");
    }
    return {path, read_open(file.get(), path)};
}

}  // namespace pipectl
