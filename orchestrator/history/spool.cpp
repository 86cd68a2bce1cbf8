#include "orchestrator/history/spool.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <string_view>

#include "orchestrator/files/own_folder.hpp"
#include "orchestrator/report/record.hpp"
#include "stages/base/digest.hpp"
#include "stages/base/fd.hpp"

namespace pipectl::history {

namespace {

constexpr const char* kSpool = "spool";
constexpr const char* kOlder = "spool.older";
constexpr char kMark = '\x1e';
/// A file that has reached this size is put aside, in place of the one before.
constexpr off_t kFull = 8 << 20;
/// Longer records are kept without their timeline, or not at all.
constexpr std::size_t kLongestRecord = 1 << 20;
constexpr std::size_t kLongestFile = 64 << 20;

std::string spool_path(const std::string& folder) {
    return folder + "/" + kSpool;
}

std::string older_path(const std::string& folder) {
    return folder + "/" + kOlder;
}

std::string taken_path(const std::string& folder) {
    return folder + "/spool.taken";
}

bool lock(int fd, int how) {
    int result = 0;
    while ((result = ::flock(fd, how)) != 0 && errno == EINTR) {
    }
    return result == 0;
}

/// Something else there is left alone: a folder that is "taken" over and over would be taken
/// without end.
bool is_file(const std::string& path) {
    struct stat info {};
    return ::lstat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode);
}

bool is_named(int folder, const struct stat& open) {
    struct stat named {};
    return ::fstatat(folder, kSpool, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
           named.st_ino == open.st_ino && named.st_dev == open.st_dev;
}

/// The spool, locked against being taken; made when it is not there. Who takes it or puts it aside
/// has its lock for an instant, unless he was stopped: a run goes without a record then.
Fd open_spool(int folder, struct stat& info) {
    constexpr int kFlags = O_WRONLY | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
    constexpr int kTries = 30;
    constexpr timespec kPause{0, 10'000'000};
    for (int i = 0; i < kTries; ++i) {
        Fd file(::openat(folder, kSpool, kFlags));
        if (!file && errno == ENOENT) {
            file.reset(::openat(folder, kSpool, kFlags | O_CREAT, S_IRUSR | S_IWUSR));
        }
        if (!file || ::fstat(file.get(), &info) != 0 || !S_ISREG(info.st_mode) ||
            info.st_uid != ::geteuid()) {
            return {};
        }
        const bool locked = lock(file.get(), LOCK_SH | LOCK_NB);
        if (!locked && errno != EWOULDBLOCK) return {};
        if (!is_named(folder, info)) continue;  // it was taken between the two calls
        if (locked) return file;
        ::nanosleep(&kPause, nullptr);
    }
    return {};
}

/// Only one of those who find the file full puts it aside.
void put_aside(int folder, int file, const struct stat& info) {
    if (::flock(file, LOCK_EX | LOCK_NB) == 0 && is_named(folder, info)) {
        ::renameat(folder, kSpool, folder, kOlder);
    }
}

std::string rendered(const Summary& summary) {
    std::string record = render_record_json(summary);
    if (record.size() > kLongestRecord) {
        Summary shorter = summary;
        shorter.moments.clear();
        record = render_record_json(shorter);
    }
    return record.size() > kLongestRecord ? std::string() : record;
}

std::string read_file(const std::string& path) {
    const Fd file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!file) return {};
    lock(file.get(), LOCK_EX);  // until those who write to it now have done so
    try {
        return read_all(file.get(), kLongestFile, path);
    } catch (const std::exception&) {
        return {};
    }
}

void add_entries(const std::string& text, std::vector<Entry>& entries) {
    for (std::size_t mark = text.find(kMark); mark != std::string::npos;) {
        const std::size_t next = text.find(kMark, mark + 1);
        const std::string entry =
            text.substr(mark + 1, next == std::string::npos ? next : next - mark - 1);
        const std::size_t line = entry.find('\n');
        if (line != std::string::npos) {
            entries.push_back({entry.substr(0, line), entry.substr(line + 1)});
        }
        mark = next;
    }
}

}  // namespace

std::string folder() {
    const char* const history = std::getenv("PIPECTL_HISTORY");
    if (history != nullptr && std::string_view(history) == "off") return {};
    return user_folder("XDG_STATE_HOME", ".local/state");
}

std::string definition_of(const std::string& path, const Summary& summary) {
    char real[PATH_MAX];
    if (!path.empty() && path != "-" && ::realpath(path.c_str(), real) != nullptr) {
        std::string line(static_cast<const char*>(real));
        for (char& c : line) {
            c = static_cast<unsigned char>(c) < ' ' ? '?' : c;
        }
        return line;
    }
    Digest digest;
    for (const StageSummary& stage : summary.stages) {
        for (const std::string& word : stage.argv) {
            digest.add(word.c_str(), word.size() + 1);
        }
        digest.add("", 1);
    }
    char text[40];
    std::snprintf(text, sizeof text, "commands:%016llx",
                  static_cast<unsigned long long>(digest.value()));
    return static_cast<const char*>(text);
}

void remember(const std::string& folder, const std::string& definition,
              const Summary& summary) noexcept {
    try {
        const std::string record = rendered(summary);
        if (record.empty()) return;
        struct stat info {};
        const Fd place = open_own_folder(folder);
        if (!place) return;
        const Fd file = open_spool(place.get(), info);
        if (!file) return;
        const std::string entry = kMark + definition + "\n" + record;
        // one call: what others write at the same moment comes before or after it
        const ssize_t written = ::write(file.get(), entry.data(), entry.size());
        if (written > 0 && info.st_size + written > kFull) {
            put_aside(place.get(), file.get(), info);
        }
    } catch (const std::exception&) {
        return;  // a run is not told of what its history lacks
    }
}

std::size_t waiting_bytes(const std::string& folder) {
    std::size_t bytes = 0;
    for (const std::string& path : {older_path(folder), spool_path(folder), taken_path(folder)}) {
        struct stat info {};
        if (::lstat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode)) {
            bytes += info.st_size;
        }
    }
    return bytes;
}

bool take(const std::string& folder, std::vector<Entry>& entries) {
    const std::string taken = taken_path(folder);
    if (!is_file(taken) && ::access(taken.c_str(), F_OK) == 0) return false;
    const auto put_there = [&taken](const std::string& path) {
        return is_file(path) && ::rename(path.c_str(), taken.c_str()) == 0;
    };
    if (!is_file(taken) && !put_there(older_path(folder)) && !put_there(spool_path(folder))) {
        return false;
    }
    entries.clear();
    add_entries(read_file(taken), entries);
    return true;
}

bool forget_taken(const std::string& folder) noexcept {
    return ::unlink(taken_path(folder).c_str()) == 0 || errno == ENOENT;
}

std::string obstacle(const std::string& folder) {
    for (const std::string& path : {spool_path(folder), older_path(folder), taken_path(folder)}) {
        struct stat info {};
        if (::lstat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode)) return path;
    }
    return {};
}

void forget_waiting(const std::string& folder) noexcept {
    for (const std::string& path : {older_path(folder), spool_path(folder), taken_path(folder)}) {
        ::unlink(path.c_str());
    }
}

}  // namespace pipectl::history
