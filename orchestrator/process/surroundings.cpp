#include "orchestrator/process/surroundings.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <climits>
#include <string_view>

namespace pipectl {

std::map<std::string, std::string> own_environment() {
    std::map<std::string, std::string> environment;
    for (char** entry = ::environ; entry != nullptr && *entry != nullptr; ++entry) {
        const std::string_view text = *entry;
        const std::size_t at = text.find('=');
        if (at != std::string_view::npos) {
            environment.emplace(text.substr(0, at), text.substr(at + 1));
        }
    }
    return environment;
}

std::vector<std::string> environment_entries() {
    std::vector<std::string> entries;
    for (char** entry = ::environ; entry != nullptr && *entry != nullptr; ++entry) {
        entries.emplace_back(*entry);
    }
    return entries;
}

Fd open_null_device() noexcept {
    return Fd(::open("/dev/null", O_RDWR | O_CLOEXEC));
}

std::string find_own_program(const std::string& name) {
    char text[PATH_MAX];
    const ssize_t length = ::readlink("/proc/self/exe", text, sizeof text);
    if (length <= 0) {
        return {};
    }
    const std::string self(text, length);
    const std::string folder = self.substr(0, self.rfind('/'));
    for (const char* place : {"/", "/../libexec/pipectl/"}) {
        std::string path = folder + place + name;
        struct stat info {};
        if (::stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) &&
            ::access(path.c_str(), X_OK) == 0) {
            return path;
        }
    }
    return {};
}

}  // namespace pipectl
