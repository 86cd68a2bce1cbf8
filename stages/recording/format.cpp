#include "stages/recording/format.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "stages/base/digest.hpp"

namespace pipectl::recording {

namespace {

constexpr std::size_t kSortAt = 16;
constexpr std::size_t kEdgeAt = 20;
constexpr std::size_t kOffsetAt = 24;
constexpr std::size_t kLengthAt = 32;
constexpr std::size_t kCheckAt = 40;

static_assert(std::endian::native == std::endian::little, "numbers are copied as they are");

template <class Number>
Number number_at(const char* place) {
    Number number = 0;
    std::memcpy(&number, place, sizeof number);
    return number;
}

std::uint64_t check_of(const char* header, std::string_view content) {
    Digest digest;
    digest.add(header + kSortAt, kCheckAt - kSortAt);
    digest.add(content.data(), content.size());
    return digest.value();
}

}  // namespace

HeaderBytes encode(const Mark& mark, const Header& header, std::string_view content) {
    HeaderBytes bytes{};
    const auto sort = static_cast<std::uint32_t>(header.sort);
    const std::uint64_t length = content.size();
    std::ranges::copy(mark, bytes.begin());
    std::memcpy(bytes.data() + kSortAt, &sort, sizeof sort);
    std::memcpy(bytes.data() + kEdgeAt, &header.edge, sizeof header.edge);
    std::memcpy(bytes.data() + kOffsetAt, &header.offset, sizeof header.offset);
    std::memcpy(bytes.data() + kLengthAt, &length, sizeof length);
    const std::uint64_t check = check_of(bytes.data(), content);
    std::memcpy(bytes.data() + kCheckAt, &check, sizeof check);
    return bytes;
}

Header decode(const char* bytes) {
    return {static_cast<Sort>(number_at<std::uint32_t>(bytes + kSortAt)),
            number_at<std::uint32_t>(bytes + kEdgeAt), number_at<std::uint64_t>(bytes + kOffsetAt),
            number_at<std::uint64_t>(bytes + kLengthAt)};
}

bool is_intact(const char* header, std::string_view content) {
    return number_at<std::uint64_t>(header + kCheckAt) == check_of(header, content);
}

}  // namespace pipectl::recording
