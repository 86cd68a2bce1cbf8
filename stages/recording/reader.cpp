#include "stages/recording/reader.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>

#include "stages/base/error.hpp"

namespace pipectl::recording {

namespace {

constexpr std::uint32_t kMostEdges = 1 << 20;
constexpr std::size_t kSearchBlock = std::size_t{1} << 20;

/// Reads all of it, or as much as there is. Returns how much that was.
std::size_t read_at(int file, char* into, std::size_t size, std::uint64_t at,
                    const std::string& path) {
    std::size_t done = 0;
    while (done < size) {
        const ssize_t got = ::pread(file, into + done, size - done, static_cast<off_t>(at + done));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) throw SystemError("cannot read '" + path + "'", errno);
        if (got == 0) break;
        done += got;
    }
    return done;
}

}  // namespace

Reader::Reader(const std::string& path)
    : path_(path), file_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)) {
    struct stat info {};
    if (!file_ || ::fstat(file_.get(), &info) != 0) {
        throw SystemError("cannot open '" + path + "'", errno);
    }
    std::string beginning(kBeginning.size(), '\0');
    if (!S_ISREG(info.st_mode) ||
        read_at(file_.get(), beginning.data(), beginning.size(), 0, path) != beginning.size() ||
        beginning != kBeginning) {
        throw std::runtime_error("'" + path +
                                 "' is no recording; 'pipectl run --record FILE' makes one");
    }
    if (read_at(file_.get(), mark_.data(), mark_.size(), kBeginning.size(), path) == mark_.size()) {
        scan();
    }
}

void Reader::scan() {
    struct stat info {};
    if (::fstat(file_.get(), &info) != 0) throw SystemError("cannot read '" + path_ + "'", errno);
    const auto size = static_cast<std::uint64_t>(info.st_size);
    std::string content;
    std::uint64_t at = kBeginning.size() + kMarkSize;
    while (at < size) {
        const std::uint64_t block = take_block(at, size, content);
        if (block == 0) {
            const std::uint64_t next = find_mark(at + 1, size);
            damaged_ += next - at;
            at = next;
        }
        at += block;
    }
}

std::uint64_t Reader::take_block(std::uint64_t at, std::uint64_t size, std::string& content) {
    HeaderBytes header{};
    if (size - at < header.size() ||
        read_at(file_.get(), header.data(), header.size(), at, path_) != header.size() ||
        !std::equal(mark_.begin(), mark_.end(), header.begin())) {
        return 0;
    }
    const Header says = decode(header.data());
    const std::uint64_t content_at = at + header.size();
    if (says.length > kLongestContent || says.length > size - content_at ||
        says.edge >= kMostEdges) {
        return 0;
    }
    content.resize(says.length);
    if (read_at(file_.get(), content.data(), content.size(), content_at, path_) != content.size() ||
        !is_intact(header.data(), content)) {
        return 0;
    }
    take(says, content_at, content);
    return header.size() + says.length;
}

void Reader::take(const Header& header, std::uint64_t content_at, std::string_view content) {
    if (header.sort == Sort::head) head_ = content;
    if (header.sort == Sort::finish) finish_ = content;
    if (header.sort < Sort::data || header.sort > Sort::cancelled) return;
    if (edges_.size() <= header.edge) edges_.resize(header.edge + 1);
    RecordedEdge& edge = edges_[header.edge];
    edge.gap = edge.gap || header.offset != edge.bytes || edge.end != RecordedEdge::End::open;
    if (edge.gap) return;
    switch (header.sort) {
        case Sort::data:
            edge.pieces.push_back({content_at, header.length});
            edge.bytes += header.length;
            break;
        case Sort::ended: edge.end = RecordedEdge::End::ended; break;
        case Sort::left: edge.end = RecordedEdge::End::left; break;
        default: edge.end = RecordedEdge::End::cancelled; break;
    }
}

/// Where the next one begins; `size` when there is none.
std::uint64_t Reader::find_mark(std::uint64_t from, std::uint64_t size) const {
    std::string block;
    for (std::uint64_t at = from; at + kMarkSize <= size; at += kSearchBlock) {
        block.resize(std::min<std::uint64_t>(kSearchBlock + kMarkSize - 1, size - at));
        block.resize(read_at(file_.get(), block.data(), block.size(), at, path_));
        const std::size_t found = block.find(std::string_view(mark_.data(), mark_.size()));
        if (found != std::string::npos) return at + found;
    }
    return size;
}

void Reader::read(std::size_t edge, const std::function<bool(std::string_view)>& take) const {
    if (edge >= edges_.size()) return;
    std::string content;
    for (const RecordedEdge::Piece& piece : edges_[edge].pieces) {
        content.resize(piece.length);
        if (read_at(file_.get(), content.data(), content.size(), piece.at, path_) !=
            content.size()) {
            throw std::runtime_error("'" + path_ + "' became shorter while it was read");
        }
        if (!take(content)) return;
    }
}

}  // namespace pipectl::recording
