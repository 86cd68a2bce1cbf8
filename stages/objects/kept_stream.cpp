#include "stages/objects/kept_stream.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <string_view>

namespace pipectl::channel {
namespace {

constexpr std::string_view kStreamMark = "pipectl stream 1\n";
constexpr std::size_t kKeyRoom = 64;
constexpr std::size_t kAboutRoom = 1024;
constexpr std::size_t kMostParts = 300;

/// As it stands in the file, on the machine that made it: a cache is not carried about.
struct WrittenHead {
    char mark[24];
    std::uint64_t length;
    std::uint64_t digest;
    std::int32_t error;
    std::uint32_t part_count;
    char key[kKeyRoom];
    char about[kAboutRoom];
    std::uint64_t parts[kMostParts];
};
static_assert(sizeof(WrittenHead) < kStreamStart);

void put_text(char* room, std::size_t size, std::string_view text) {
    std::memcpy(room, text.data(), std::min(text.size(), size - 1));
}

std::string text_in(const char* room, std::size_t size) {
    return {room, ::strnlen(room, size)};
}

}  // namespace

bool write_head(int file, const StreamHead& head) {
    WrittenHead written{};
    put_text(written.mark, sizeof written.mark, kStreamMark);
    written.length = head.length;
    written.digest = head.digest;
    written.error = head.error;
    put_text(written.key, kKeyRoom, head.key);
    put_text(written.about, kAboutRoom, head.about);
    written.part_count = static_cast<std::uint32_t>(std::min(head.parts.size(), kMostParts));
    std::copy_n(head.parts.begin(), written.part_count, std::begin(written.parts));
    return ::pwrite(file, &written, sizeof written, 0) == ssize_t{sizeof written};
}

std::optional<StreamHead> read_head(int file) {
    WrittenHead written{};
    struct stat status {};
    if (::fstat(file, &status) != 0 ||
        ::pread(file, &written, sizeof written, 0) != ssize_t{sizeof written} ||
        std::string_view(written.mark, kStreamMark.size()) != kStreamMark) {
        return std::nullopt;
    }
    StreamHead head;
    head.length = written.length;
    head.digest = written.digest;
    head.error = written.error;
    head.key = text_in(written.key, kKeyRoom);
    head.about = text_in(written.about, kAboutRoom);
    head.parts.assign(written.parts,
                      written.parts + std::min<std::size_t>(written.part_count, kMostParts));
    const std::uint64_t size = status.st_size;
    if (head.error == 0 && size != kStreamStart + head.length) {
        return std::nullopt;
    }
    return head;
}

}  // namespace pipectl::channel
