#include "orchestrator/cache/folder.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <tuple>

#include "orchestrator/files/own_folder.hpp"
#include "stages/base/digest.hpp"
#include "stages/base/error.hpp"
#include "stages/base/units.hpp"

namespace pipectl {
namespace {

constexpr std::uint64_t kUsualLimit = std::uint64_t{10} << 30;
constexpr std::size_t kKeyLength = 32;
constexpr std::size_t kVerifyBlock = std::size_t{1} << 20;

/// Other files that somebody put there are none of ours.
bool is_key(const std::string& name) {
    return name.size() == kKeyLength &&
           name.find_first_not_of("0123456789abcdef") == std::string::npos;
}

bool is_own_file(const struct stat& status) {
    return S_ISREG(status.st_mode) && status.st_uid == ::geteuid();
}

}  // namespace

std::uint64_t cache_limit() {
    const char* const value = std::getenv("PIPECTL_CACHE_SIZE");
    if (value == nullptr || *value == '\0') return kUsualLimit;
    const auto size = parse_size(value);
    if (!size.ok()) throw std::runtime_error("PIPECTL_CACHE_SIZE: " + size.error());
    return size.value();
}

CacheFolder CacheFolder::open() {
    const std::string path = user_folder("XDG_CACHE_HOME", ".cache");
    if (!path.empty()) return open_at(path);
    CacheFolder cache;
    cache.problem_ = "neither XDG_CACHE_HOME nor HOME names a folder";
    return cache;
}

CacheFolder CacheFolder::open_left(const std::string& state) {
    if (!state.empty()) return open_at(state + "/kept");
    CacheFolder none;
    none.problem_ = "runs are not remembered (PIPECTL_HISTORY)";
    return none;
}

CacheFolder CacheFolder::open_at(const std::string& path) {
    CacheFolder cache;
    cache.path_ = path;
    const Fd place = open_own_folder(cache.path_);
    struct stat status {};
    if (!place || ::fstat(place.get(), &status) != 0) {
        cache.problem_ = "'" + cache.path_ + "' cannot be made, or is not this user's";
    } else if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        cache.problem_ = "'" + cache.path_ + "' is open to others: chmod 700";
    } else {
        cache.folder_.reset(::openat(place.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        if (!cache.folder_) {
            cache.problem_ = "cannot open '" + cache.path_ + "': " + errno_text(errno);
        }
    }
    return cache;
}

Fd CacheFolder::find(const std::string& key, channel::StreamHead& head) const {
    Fd file(::openat(folder_.get(), key.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    struct stat status {};
    if (!file) return file;
    if (::fstat(file.get(), &status) != 0 || !is_own_file(status)) return {};
    const auto found = channel::read_head(file.get());
    if (!found || found->error != 0 || found->key != key) {
        remove(key);
        return {};
    }
    head = *found;
    return file;
}

bool CacheFolder::verify(const std::string& key, int file, const channel::StreamHead& head) const {
    ::posix_fadvise(file, 0, 0, POSIX_FADV_SEQUENTIAL);
    const std::unique_ptr<char[]> block(new char[kVerifyBlock]);
    Digest digest;
    off_t at = channel::kStreamStart;
    for (;;) {
        const ssize_t got = ::pread(file, block.get(), kVerifyBlock, at);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        digest.add(block.get(), got);
        at += got;
    }
    if (digest.length() == head.length && digest.value() == head.digest) return true;
    remove(key);
    return false;
}

void CacheFolder::note_use(int file) const {
    const timespec now[2] = {{0, UTIME_NOW}, {0, UTIME_NOW}};
    (void)::futimens(file, now);
}

Fd CacheFolder::make() const {
    // not O_EXCL, which would mean that it never gets a name; open(2)
    return Fd(::openat(folder_.get(), ".", O_TMPFILE | O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR));
}

std::string CacheFolder::keep(int file, channel::StreamHead head, std::uint64_t& bytes) const {
    const auto recorded = channel::read_head(file);
    if (!recorded) return "what it wrote was not taken down to its end";
    if (recorded->error == EFBIG) return "it wrote more than the cache holds (PIPECTL_CACHE_SIZE)";
    if (recorded->error != 0) return "the cache cannot be written: " + errno_text(recorded->error);
    head.length = bytes = recorded->length;
    head.digest = recorded->digest;
    const std::string key = head.key;
    if (!channel::write_head(file, head))
        return "the cache cannot be written: " + errno_text(errno);
    const std::string path = "/proc/self/fd/" + std::to_string(file);
    if (::linkat(AT_FDCWD, path.c_str(), folder_.get(), key.c_str(), AT_SYMLINK_FOLLOW) == 0) {
        return {};
    }
    return errno == EEXIST ? "another run has kept it at the same time"
                           : "it cannot be given its name in the cache: " + errno_text(errno);
}

void CacheFolder::remove(const std::string& name) const {
    (void)::unlinkat(folder_.get(), name.c_str(), 0);
}

std::vector<CacheEntry> CacheFolder::entries() const {
    std::vector<CacheEntry> found;
    const int listing = ::openat(folder_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const std::unique_ptr<DIR, int (*)(DIR*)> names(listing < 0 ? nullptr : ::fdopendir(listing),
                                                    &::closedir);
    if (!names) return found;
    while (const dirent* const entry = ::readdir(names.get())) {
        CacheEntry one;
        one.key = static_cast<const char*>(entry->d_name);
        if (!is_key(one.key)) continue;
        const Fd file(::openat(folder_.get(), one.key.c_str(),
                               O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
        struct stat status {};
        if (!file || ::fstat(file.get(), &status) != 0 || !is_own_file(status)) continue;
        if (const auto head = channel::read_head(file.get())) {
            one.about = head->about;
            one.bytes = head->length;
            one.parts = head->parts;
        }
        one.size = status.st_size;
        one.used = status.st_mtim;
        found.push_back(std::move(one));
    }
    return found;
}

std::uint64_t CacheFolder::shrink(std::uint64_t most) const {
    std::vector<CacheEntry> all = entries();
    std::uint64_t total = 0;
    for (const CacheEntry& entry : all) {
        total += entry.size;
    }
    if (total <= most) return 0;
    std::ranges::sort(all, [](const CacheEntry& a, const CacheEntry& b) {
        return std::tie(a.used.tv_sec, a.used.tv_nsec) < std::tie(b.used.tv_sec, b.used.tv_nsec);
    });
    std::uint64_t removed = 0;
    for (const CacheEntry& entry : all) {
        if (total - removed <= most) break;
        if (::unlinkat(folder_.get(), entry.key.c_str(), 0) == 0) removed += entry.size;
    }
    return removed;
}

}  // namespace pipectl
