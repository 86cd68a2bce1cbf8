#pragma once

// The folder where streams are kept between runs: $XDG_CACHE_HOME/pipectl, this user's alone; and
// another one for what a failed run leaves to who resumes it.
//
// An entry is one file (stages/objects/kept_stream.hpp) with the key for a name. It is made without
// a name and gets one when it is whole, so that a run that is killed leaves nothing, and of two
// that make the same one the first counts. When an entry was used last is its time of modification.

#include <cstdint>
#include <ctime>
#include <optional>
#include <string>
#include <vector>

#include "stages/base/fd.hpp"
#include "stages/objects/kept_stream.hpp"

namespace pipectl {

struct CacheEntry {
    std::string key;
    std::string about;
    std::uint64_t bytes = 0;  ///< of the stream
    std::uint64_t size = 0;   ///< of the file
    std::vector<std::uint64_t> parts;
    timespec used{};
};

class CacheFolder {
  public:
    /// Opens it, and makes it where it is missing. Never throws: `problem` says why there is none.
    static CacheFolder open();
    /// The same of what failed runs leave for `pipectl resume`, below the history's folder
    /// (`state`; empty: nothing is left).
    static CacheFolder open_left(const std::string& state);

    [[nodiscard]] bool usable() const { return folder_.valid(); }
    [[nodiscard]] const std::string& problem() const { return problem_; }
    [[nodiscard]] const std::string& path() const { return path_; }

    /// A whole entry by its head; its bytes are not looked at.
    [[nodiscard]] Fd find(const std::string& key, channel::StreamHead& head) const;
    /// The entry's bytes are those that were written. Else it is removed, and false.
    [[nodiscard]] bool verify(const std::string& key, int file,
                              const channel::StreamHead& head) const;
    void note_use(int file) const;

    /// A file without a name for a stream to be. Empty: errno says why.
    [[nodiscard]] Fd make() const;
    /// Gives it its name, with what `head` says of key, parts and stage. Returns why not; empty: it
    /// is kept.
    [[nodiscard]] std::string keep(int file, channel::StreamHead head, std::uint64_t& bytes) const;

    /// A stream, or another file of ours in this folder.
    void remove(const std::string& name) const;
    [[nodiscard]] int fd() const { return folder_.get(); }

    /// In no order.
    [[nodiscard]] std::vector<CacheEntry> entries() const;
    /// Removes what was used least lately until no more than `most` bytes are left. Returns the
    /// bytes that it removed.
    std::uint64_t shrink(std::uint64_t most) const;

  private:
    static CacheFolder open_at(const std::string& path);

    Fd folder_;
    std::string path_;
    std::string problem_;
};

/// $PIPECTL_CACHE_SIZE in bytes, or 10 GiB. Throws std::runtime_error when it is no size.
std::uint64_t cache_limit();

}  // namespace pipectl
