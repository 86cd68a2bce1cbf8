#include "orchestrator/process/lookup.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <string_view>

#include "stages/base/error.hpp"
#include "stages/base/fd.hpp"

namespace pipectl {

namespace {

/// The folders of a PATH, in order; an empty one is the current folder, execvp(3). Without a PATH
/// the system's default, as the C library has it.
std::vector<std::string> folders_of(std::string_view path_variable) {
    if (path_variable.empty()) {
        path_variable = "/bin:/usr/bin";
    }
    std::vector<std::string> folders;
    for (;;) {
        const std::size_t colon = path_variable.find(':');
        const std::string_view folder = path_variable.substr(0, colon);
        folders.emplace_back(folder.empty() ? "." : folder);
        if (colon == std::string_view::npos) {
            return folders;
        }
        path_variable.remove_prefix(colon + 1);
    }
}

std::string joined(const std::string& folder, const std::string& name) {
    return folder.ends_with('/') ? folder + name : folder + "/" + name;
}

/// What a process whose folder is `cwd` means by `path`. Absolute when a cwd is given, because it
/// will be used after the change of folder.
std::string seen_from(const std::optional<std::string>& cwd, const std::string& path) {
    if (!cwd || path.starts_with('/')) {
        return path;
    }
    if (cwd->starts_with('/')) {
        return joined(*cwd, path);
    }
    const std::unique_ptr<char, decltype(&::free)> here(::get_current_dir_name(), &::free);
    return here ? joined(joined(here.get(), *cwd), path) : joined(*cwd, path);
}

/// 0, or the errno with which execve(2) would refuse this file; `reason` says it for people.
int refusal(const std::string& path, std::string& reason) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) {
        const int error = errno;
        reason = "'" + path + "': " + errno_text(error);
        return error;
    }
    if (S_ISDIR(status.st_mode)) {
        reason = "'" + path + "' is a folder";
        return EISDIR;
    }
    if (!S_ISREG(status.st_mode)) {
        reason = "'" + path + "' is not a regular file";
        return EACCES;
    }
    if ((status.st_mode & 0111) == 0) {
        reason = "'" + path + "' is not marked as executable (chmod +x)";
        return EACCES;
    }
    if (::faccessat(AT_FDCWD, path.c_str(), X_OK, AT_EACCESS) != 0) {
        const int error = errno;
        reason = "'" + path + "': " + errno_text(error);
        return error;
    }
    return 0;
}

bool is_absence(int error) {
    return error == ENOENT || error == ENOTDIR;
}

ProgramLookup find_by_path(const std::string& name, const std::optional<std::string>& cwd) {
    ProgramLookup found;
    const std::string path = seen_from(cwd, name);
    const int error = refusal(path, found.reason);
    if (!is_absence(error)) {
        found.path = path;
    }
    found.status = error == 0 ? 0 : is_absence(error) ? 127 : 126;
    return found;
}

}  // namespace

ProgramLookup find_program(const std::string& name, const std::string& path_variable,
                           const std::optional<std::string>& cwd) {
    if (name.find('/') != std::string::npos) {
        return find_by_path(name, cwd);
    }
    ProgramLookup refused{"", 127, name.empty() ? "the name is empty" : "not found in PATH"};
    if (name.empty()) {
        return refused;
    }
    for (const std::string& folder : folders_of(path_variable)) {
        const std::string path = seen_from(cwd, joined(folder, name));
        std::string reason;
        const int error = refusal(path, reason);
        if (error == 0) {
            return {path, 0, ""};
        }
        // execvp(3) goes on after EACCES and remembers it; a folder of that name is no program
        if (refused.status == 127 && !is_absence(error) && error != EISDIR) {
            refused = {path, 126, reason};
        }
    }
    return refused;
}

std::optional<std::string> missing_interpreter(const std::string& path) {
    const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    char start[256];  // BINPRM_BUF_SIZE: what execve(2) looks at
    const ssize_t length = file ? ::read(file.get(), start, sizeof start) : -1;
    if (length < 3 || start[0] != '#' || start[1] != '!') {
        return std::nullopt;
    }
    std::string_view line(start + 2, length - 2);
    line = line.substr(0, line.find('\n'));
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    const std::string interpreter(line.substr(0, line.find_first_of(" \t")));
    if (interpreter.empty() || ::access(interpreter.c_str(), F_OK) == 0 || !is_absence(errno)) {
        return std::nullopt;
    }
    return interpreter;
}

std::vector<std::string> programs_in(const std::string& path_variable) {
    std::vector<std::string> names;
    for (const std::string& folder : folders_of(path_variable)) {
        const std::unique_ptr<DIR, int (*)(DIR*)> listing(::opendir(folder.c_str()), &::closedir);
        if (!listing) {
            continue;
        }
        while (const dirent* entry = ::readdir(listing.get())) {
            struct stat status {};
            if (::fstatat(::dirfd(listing.get()), entry->d_name, &status, 0) == 0 &&
                S_ISREG(status.st_mode) && (status.st_mode & 0111) != 0) {
                names.emplace_back(entry->d_name);
            }
        }
    }
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
}

}  // namespace pipectl
