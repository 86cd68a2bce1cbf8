#include "stages/objects/object_name.hpp"

#include <sys/random.h>

#include <cerrno>

#include "stages/base/error.hpp"

namespace pipectl::channel {

namespace {

constexpr std::string_view kNamePrefix = "pipectl.";
constexpr std::string_view kDigits = "0123456789abcdef";
constexpr std::size_t kRandomBytes = 16;

}  // namespace

std::string make_object_name() {
    unsigned char random[kRandomBytes];
    // 256 bytes or less are never cut short by a signal; getrandom(2)
    if (::getrandom(random, sizeof random, 0) != static_cast<ssize_t>(sizeof random)) {
        throw SystemError("cannot get random bytes for a name", errno);
    }
    std::string name(kNamePrefix);
    for (const unsigned char byte : random) {
        name += kDigits[byte >> 4];
        name += kDigits[byte & 15];
    }
    return name;
}

bool is_object_name(std::string_view name) {
    return name.size() == kNamePrefix.size() + 2 * kRandomBytes && name.starts_with(kNamePrefix) &&
           name.find_first_not_of(kDigits, kNamePrefix.size()) == std::string_view::npos;
}

}  // namespace pipectl::channel
