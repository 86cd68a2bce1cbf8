#include "stages/flow/moved.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "stages/base/error.hpp"
#include "stages/base/shared_counts.hpp"
#include "stages/flow/jobs.hpp"

namespace pipectl::helper {

namespace {

constexpr std::size_t kNobodyAsks = ~std::size_t{0};

struct Counts {
    SharedCounts shared;
    std::vector<std::size_t> index_of;  ///< by descriptor number
};

/// One for the process, as its descriptors are.
Counts& counts() {
    static Counts all;
    return all;
}

std::optional<std::size_t> take_number(std::string_view& text, char before) {
    if (before != '\0' && !text.starts_with(before)) return std::nullopt;
    if (before != '\0') text.remove_prefix(1);
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc()) return std::nullopt;
    text.remove_prefix(end - text.data());
    return number;
}

}  // namespace

void share_counts() {
    const char* const variable = std::getenv("PIPECTL_COUNTS");
    if (variable == nullptr) return;
    std::string_view text(variable);
    const auto file = take_number(text, '\0');
    if (!file || *file > 1 << 24 || ::fcntl(static_cast<int>(*file), F_GETFD) < 0) return;
    Counts& all = counts();
    all.shared = SharedCounts::open(Fd(static_cast<int>(*file)));
    while (const auto number = take_number(text, ' ')) {
        const auto index = take_number(text, '=');
        if (!index || *index >= all.shared.size() || *number > 1 << 24) return;
        if (*number >= all.index_of.size()) all.index_of.resize(*number + 1, kNobodyAsks);
        all.index_of[*number] = *index;
    }
}

void count_moved(int number, std::size_t bytes) {
    Counts& all = counts();
    const std::size_t at = number;
    if (at < all.index_of.size() && all.index_of[at] != kNobodyAsks) {
        all.shared.add(all.index_of[at], bytes);
    }
}

std::optional<std::size_t> read_counted(int number, std::span<char> place) {
    const ssize_t got = ::read(number, place.data(), place.size());
    if (got < 0) {
        if (errno == EAGAIN || errno == EINTR) return std::nullopt;
        throw SystemError(cannot_read(number), errno);
    }
    count_moved(number, got);
    return got;
}

std::uint64_t counted(std::size_t index) {
    const SharedCounts& shared = counts().shared;
    return index < shared.size() ? shared.at(index) : 0;
}

void add_to_count(std::size_t index, std::uint64_t number) {
    SharedCounts& shared = counts().shared;
    if (index < shared.size()) shared.add(index, number);
}

}  // namespace pipectl::helper
