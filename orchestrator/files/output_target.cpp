#include "orchestrator/files/output_target.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <climits>
#include <string_view>
#include <utility>

#include "orchestrator/files/own_folder.hpp"
#include "orchestrator/files/rules.hpp"
#include "stages/base/error.hpp"

namespace pipectl {
namespace {

// As many links as the kernel follows; path_resolution(7).
constexpr int kMaximalLinks = 40;

std::optional<std::string> read_link(int folder, const std::string& name) {
    std::array<char, PATH_MAX> text{};
    const ssize_t length = ::readlinkat(folder, name.c_str(), text.data(), text.size());
    if (length <= 0) {
        return std::nullopt;
    }
    return std::string(text.data(), length);
}

TargetLookup refused(std::string message, std::string hint = {}) {
    return {{}, TargetProblem{std::move(message), std::move(hint)}};
}

TargetLookup refused_own(const std::string& path, int number, int code) {
    return refused("cannot write '" + path + "': descriptor " + std::to_string(number) +
                   " of pipectl: " + errno_text(code));
}

TargetLookup own_target(const std::string& path, int number) {
    const int flags = ::fcntl(number, F_GETFD);
    // what is close-on-exec was opened by pipectl itself and is none of the caller's
    if (flags < 0 || (number > 2 && (flags & FD_CLOEXEC) != 0)) {
        return refused_own(path, number, EBADF);
    }
    if ((::fcntl(number, F_GETFL) & O_ACCMODE) == O_RDONLY) {
        return refused("cannot write '" + path + "': descriptor " + std::to_string(number) +
                       " of pipectl is open for reading only");
    }
    TargetLookup found;
    found.target.kind = OutputTarget::Kind::own_descriptor;
    found.target.descriptor = number;
    ::fstat(number, &found.target.status);
    return found;
}

void read_attributes(OutputTarget& target) {
    struct statx more {};
    if (::statx(target.folder.get(), target.base.c_str(), AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS,
                &more) == 0) {
        const auto attributes = more.stx_attributes & more.stx_attributes_mask;
        target.mount_point = (attributes & STATX_ATTR_MOUNT_ROOT) != 0;
        target.immutable = (attributes & (STATX_ATTR_IMMUTABLE | STATX_ATTR_APPEND)) != 0;
    }
}

bool only_slashes(std::string_view text) {
    return text.find_first_not_of('/') == std::string_view::npos;
}

/// The way along one path. `rest_` is what is left of it, with what the links say put in.
class Walk {
  public:
    explicit Walk(const std::string& path)
        : path_(path), place_("cannot write '" + path + "'"), rest_(path) {}

    TargetLookup run() {
        if (const int number = own_descriptor(rest_); number >= 0) {
            return own_target(path_, number);
        }
        if (!begin()) {
            return refused(place_ + ": " + errno_text(errno));
        }
        for (;;) {
            if (auto end = step()) {
                return std::move(*end);
            }
        }
    }

  private:
    bool begin() {
        const bool absolute = rest_.front() == '/';
        here_ = absolute ? "" : ".";
        folder_.reset(::open(absolute ? "/" : ".", kOpenFolder));
        return folder_.valid();
    }

    [[nodiscard]] std::string joined(const std::string& name) const {
        return here_ == "." ? name : here_ + "/" + name;
    }

    [[nodiscard]] std::string here() const { return here_.empty() ? "/" : here_; }

    std::string take_name() {
        const std::size_t first = rest_.find_first_not_of('/');
        if (first == std::string::npos) {
            rest_.clear();
            return {};
        }
        const std::size_t end = std::min(rest_.find('/', first), rest_.size());
        std::string name = rest_.substr(first, end - first);
        rest_.erase(0, end);
        return name;
    }

    /// One name further; a value at the end of the way.
    std::optional<TargetLookup> step() {
        const std::string name = take_name();
        const bool on_the_way = !rest_.empty();
        const bool is_dots = name == "." || name == "..";
        if (name.empty() || (only_slashes(rest_) && is_dots)) {
            return refused("output '" + path_ + "' is a folder");
        }
        int code = 0;
        if (on_the_way) {
            Fd next(::openat(folder_.get(), name.c_str(), kOpenFolder | O_NOFOLLOW));
            if (next && !only_slashes(rest_)) {
                folder_ = std::move(next);
                here_ = joined(name);
                return std::nullopt;
            }
            code = next ? EISDIR : errno;
        }
        struct stat status {};
        const bool exists =
            ::fstatat(folder_.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
        if (!exists && errno != ENOENT) {
            return refused(place_ + ": " + errno_text(errno));
        }
        if (exists && S_ISLNK(status.st_mode)) {
            return follow(name, status);
        }
        return on_the_way ? stopped(name, exists, code) : found(name, exists, status);
    }

    /// A name on the way that is no folder, or a folder at its end.
    TargetLookup stopped(const std::string& name, bool exists, int code) const {
        if (code == EISDIR) {
            return refused("output '" + path_ + "' is a folder");
        }
        if (exists) {
            return refused(place_ + ": " + errno_text(code));
        }
        const std::string missing = joined(name) + rest_;
        if (only_slashes(rest_)) {
            return refused(place_ + ": the folder '" + missing + "' does not exist");
        }
        const std::string folder = missing.substr(0, missing.rfind('/'));
        return refused(place_ + ": its folder '" + folder + "' does not exist",
                       "create it first: mkdir -p " + folder);
    }

    TargetLookup refused_foreign(const std::string& what, uid_t owner) const {
        return refused(place_ + ": " + what + " belongs to user " + std::to_string(owner) +
                           ", in a folder where others may put things: " + errno_text(EACCES),
                       "take a folder of your own");
    }

    std::optional<TargetLookup> follow(const std::string& name, const struct stat& link) {
        struct stat folder {};
        if (::fstat(folder_.get(), &folder) != 0) {
            return refused(place_ + ": " + errno_text(errno));
        }
        if (!may_touch(link, folder)) {
            return refused_foreign("the link '" + joined(name) + "'", link.st_uid);
        }
        if (links_++ >= kMaximalLinks) {
            return refused(place_ + ": its symbolic links lead in a circle: " + errno_text(ELOOP));
        }
        const auto text = read_link(folder_.get(), name);
        if (!text) {
            return refused(place_ + ": " + errno_text(errno));
        }
        if (link.st_uid != 0 && link.st_uid != ::geteuid()) {
            led_by_ = link.st_uid;
        }
        rest_ = *text + rest_;
        const bool absolute = rest_.front() == '/';
        if (const int number = own_descriptor(absolute ? rest_ : joined(rest_)); number >= 0) {
            return own_target(path_, number);
        }
        if (absolute && !begin()) {
            return refused(place_ + ": " + errno_text(errno));
        }
        return std::nullopt;
    }

    TargetLookup found(const std::string& name, bool exists, const struct stat& status) {
        TargetLookup result;
        OutputTarget& target = result.target;
        if (::fstat(folder_.get(), &target.folder_status) != 0) {
            return refused(place_ + ": " + errno_text(errno));
        }
        if (exists && S_ISDIR(status.st_mode)) {
            return refused("output '" + path_ + "' is a folder");
        }
        if (exists && S_ISSOCK(status.st_mode)) {
            return refused("output '" + path_ + "' is a socket");
        }
        if (exists && !may_touch(status, target.folder_status)) {
            return refused_foreign("'" + joined(name) + "'", status.st_uid);
        }
        if (!may_be_led(led_by_, exists ? status.st_uid : target.folder_status.st_uid)) {
            return refused(place_ + ": a link of user " + std::to_string(led_by_) +
                               " leads to what is yours: " + errno_text(EACCES),
                           "name the file itself: '" + joined(name) + "'");
        }
        target.base = name;
        target.folder = std::move(folder_);
        target.folder_path = here();
        target.status = status;
        if (!exists) {
            target.kind = OutputTarget::Kind::absent;
        } else if (S_ISFIFO(status.st_mode)) {
            target.kind = OutputTarget::Kind::fifo;
        } else if (S_ISREG(status.st_mode)) {
            target.kind = OutputTarget::Kind::regular;
            read_attributes(target);
        } else {
            target.kind = OutputTarget::Kind::device;
        }
        return result;
    }

    const std::string& path_;
    std::string place_;
    std::string rest_;
    std::string here_;
    Fd folder_;
    int links_ = 0;
    uid_t led_by_ = 0;  ///< another user's link was followed
};

}  // namespace

int own_descriptor(std::string_view path) {
    if (path == "/dev/stdin") return 0;
    if (path == "/dev/stdout") return 1;
    if (path == "/dev/stderr") return 2;
    for (const std::string_view prefix : {"/dev/fd/", "/proc/self/fd/"}) {
        if (path.substr(0, prefix.size()) == prefix) {
            const auto digits = path.substr(prefix.size());
            int number = -1;
            const auto* end = digits.data() + digits.size();
            const auto [last, error] = std::from_chars(digits.data(), end, number);
            if (error == std::errc() && last == end && number >= 0) {
                return number;
            }
        }
    }
    return -1;
}

TargetLookup find_output_target(const std::string& path) {
    if (path.empty()) {
        return refused("an output path is empty");
    }
    if (path.find('\0') != std::string::npos) {
        return refused("an output path has a NUL byte in it");
    }
    return Walk(path).run();
}

bool lacks_folder(const std::string& path) {
    const std::string folder = path.substr(0, path.rfind('/') + 1);
    struct stat status {};
    return !folder.empty() && ::stat(folder.c_str(), &status) != 0 && errno == ENOENT;
}

}  // namespace pipectl
