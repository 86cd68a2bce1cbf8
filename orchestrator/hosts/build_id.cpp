#include "orchestrator/hosts/build_id.hpp"

#include <fcntl.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <array>
#include <vector>

#include "stages/base/digest.hpp"
#include "stages/base/fd.hpp"

namespace pipectl::hosts {

const std::string& build_id() {
    static const std::string id = [] {
        const Fd file(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
        Digest digest;
        std::vector<char> bytes(std::size_t{1} << 20);
        for (ssize_t got = 0; (got = ::read(file.get(), bytes.data(), bytes.size())) > 0;) {
            digest.add(bytes.data(), static_cast<std::size_t>(got));
        }
        return std::to_string(digest.length()) + "-" + std::to_string(digest.value());
    }();
    return id;
}

std::string machine_architecture() {
    utsname names{};
    ::uname(&names);
    return static_cast<const char*>(names.machine);
}

std::string machine_name() {
    utsname names{};
    ::uname(&names);
    return static_cast<const char*>(names.nodename);
}

}  // namespace pipectl::hosts
