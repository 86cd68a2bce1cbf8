#pragma once

// A recording, or the beginning of one, read back.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "stages/base/fd.hpp"
#include "stages/recording/format.hpp"

namespace pipectl::recording {

/// What is known of one edge.
struct RecordedEdge {
    enum class End {
        open,       ///< nothing says that it is all
        ended,      ///< its reader was shown the end
        left,       ///< its reader had enough
        cancelled,  ///< the run was ended before
    };
    struct Piece {
        std::uint64_t at = 0;  ///< in the file
        std::uint64_t length = 0;
    };
    End end = End::open;
    bool gap = false;  ///< what comes behind it is not in `pieces`
    std::uint64_t bytes = 0;
    std::vector<Piece> pieces;  ///< in order

    /// Every byte until its reader saw the end, or went; why it went the finish tells.
    [[nodiscard]] bool has_end() const { return !gap && (end == End::ended || end == End::left); }
};

class Reader {
  public:
    /// Reads a file from its beginning, checking each block. Throws SystemError, and
    /// std::runtime_error for what is no recording at all.
    explicit Reader(const std::string& path);

    [[nodiscard]] const std::string& head() const { return head_; }      ///< empty: there is none
    [[nodiscard]] const std::string& finish() const { return finish_; }  ///< empty: there is none
    /// By number; as many as have a block.
    [[nodiscard]] const std::vector<RecordedEdge>& edges() const { return edges_; }
    /// Bytes that belong to no block.
    [[nodiscard]] std::uint64_t damaged() const { return damaged_; }

    /// Hands the bytes of an edge on, piece by piece, until `take` says false.
    void read(std::size_t edge, const std::function<bool(std::string_view)>& take) const;

  private:
    void scan();
    /// Takes the block at `at`. Returns its size; 0 when there is none.
    std::uint64_t take_block(std::uint64_t at, std::uint64_t size, std::string& content);
    void take(const Header& header, std::uint64_t content_at, std::string_view content);
    [[nodiscard]] std::uint64_t find_mark(std::uint64_t from, std::uint64_t size) const;

    std::string path_;
    Fd file_;
    Mark mark_{};
    std::string head_;
    std::string finish_;
    std::vector<RecordedEdge> edges_;
    std::uint64_t damaged_ = 0;
};

}  // namespace pipectl::recording
