// A named pipe that both ends hold before anyone else can: opened here, so that no stage ever waits
// in open(2), and without a name again as soon as it is, unless the user has given it one.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "stages/base/error.hpp"
#include "stages/kinds/endpoint_address.hpp"
#include "stages/kinds/kind_list.hpp"
#include "stages/kinds/pipe.hpp"
#include "stages/objects/fifo_object.hpp"
#include "stages/objects/object_name.hpp"

namespace pipectl::channel {

namespace {

/// Of a FIFO at `path` that a run has made. The kernel gives the bit no meaning; inode(7).
constexpr mode_t kOfARun = S_ISVTX;

/// A FIFO's name. One in the run's private folder lives until the end of its scope; one at `path`
/// until the run ends, unless it was there before.
class Name {
  public:
    Name(const std::string& asked, PrivateFolder& folder)
        : folder_(folder),
          path_(asked.empty() ? folder.path() + "/" + make_object_name() : asked),
          stays_(!asked.empty()) {
        if (stays_) take_path();
        made_ = !stays_ || !exists();
        if (made_) make();
    }
    Name(const Name&) = delete;
    Name& operator=(const Name&) = delete;
    ~Name() {
        if (!stays_) ::unlink(path_.c_str());
        if (!stays_) folder_.removed(path_);
    }

    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] bool made() const { return made_; }
    /// The mode that the FIFO gets in the end.
    [[nodiscard]] mode_t mode(mode_t asked) const { return stays_ ? asked | kOfARun : asked; }

  private:
    /// Two edges in one FIFO would mix their data.
    void take_path() const {
        std::uint64_t& users = folder_.shared(fifo_name(path_));
        if (users++ > 0) refuse(EEXIST, "another edge of this run has that path");
    }

    [[nodiscard]] bool exists() const {
        struct stat status {};
        if (::lstat(path_.c_str(), &status) != 0) return false;
        if (!S_ISFIFO(status.st_mode)) refuse(EEXIST, "something else has that name");
        if ((status.st_mode & kOfARun) == 0 || status.st_uid != ::geteuid()) return true;
        const Fd writer(::open(path_.c_str(), O_WRONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC));
        if (writer) refuse(EBUSY, "another run uses it");
        ::unlink(path_.c_str());  // nobody reads it: a run that was killed has left it
        return false;
    }

    void make() const {
        const std::string announced = stays_ ? fifo_name(path_) : path_;
        folder_.will_create(announced);
        // our own ends need read and write; the mode asked for is set once they are open
        if (::mkfifo(path_.c_str(), 0600) != 0) {
            const int reason = errno;
            folder_.removed(announced);
            throw SystemError("cannot create FIFO '" + path_ + "'", reason);
        }
    }

    [[noreturn]] void refuse(int error, const char* hint) const {
        throw SystemError("cannot use '" + path_ + "' as a FIFO", error, hint);
    }

    PrivateFolder& folder_;
    std::string path_;
    bool stays_;
    bool made_ = false;
};

/// Opens without ever waiting for the other side; fifo(7). What was opened is checked, not its
/// name.
Fd open_end(const std::string& path, int access) {
    Fd end(::open(path.c_str(), access | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC));
    struct stat status {};
    if (!end || ::fstat(end.get(), &status) != 0) {
        throw SystemError("cannot open FIFO '" + path + "'", errno);
    }
    if (!S_ISFIFO(status.st_mode)) {
        throw SystemError("cannot use '" + path + "' as a FIFO", EEXIST, "it was replaced");
    }
    if (status.st_uid != ::geteuid()) {
        throw SystemError("cannot use FIFO '" + path + "'", EPERM, "it belongs to another user");
    }
    return end;
}

bool same_object(int a, int b) {
    struct stat first {
    }, second{};
    return ::fstat(a, &first) == 0 && ::fstat(b, &second) == 0 && first.st_dev == second.st_dev &&
           first.st_ino == second.st_ino;
}

EdgeEnds create(const Settings& settings, PrivateFolder& folder) {
    const Name name(text_of(settings, "path", ""), folder);
    const std::string& path = name.path();
    // O_RDWR on a FIFO succeeds at once on Linux and gives both other opens their partner; fifo(7)
    const Fd both = open_end(path, O_RDWR);
    EdgeEnds ends;
    ends.reader = open_end(path, O_RDONLY);
    ends.writer = open_end(path, O_WRONLY);
    if (!same_object(both.get(), ends.reader.get()) ||
        !same_object(both.get(), ends.writer.get())) {
        throw SystemError("cannot use '" + path + "' as a FIFO", EEXIST, "it was replaced");
    }
    const mode_t mode = name.mode(static_cast<mode_t>(number_of(settings, "mode", 0600)));
    if (name.made() && ::fchmod(both.get(), mode) != 0) {
        throw SystemError("cannot set the mode of FIFO '" + path + "'", errno);
    }
    set_nonblocking(ends.reader.get(), false);
    set_nonblocking(ends.writer.get(), false);
    apply_pipe_size(ends.writer.get(), settings);
    ends.hold = duplicate(ends.writer.get());
    return ends;
}

std::optional<AddressProblem> fifo_problem(std::string_view address) {
    if (!address.empty()) return std::nullopt;
    return address_problem(address, "is no path", "fifo:PATH");
}

bool always_a_path(std::string_view /*address*/) {
    return true;
}

constexpr Option kOptions[] = {
    {"path",
     OptionType::text,
     "",
     "its name, to be seen until the run ends (who opens it for reading takes bytes away); "
     "default: "
     "one in the run's private folder, for a moment",
     {},
     OptionRole::path},
    {"mode", OptionType::mode, "0600", "permissions while it has a name"},
    {"size", OptionType::size, "1MiB", "capacity; less by itself when a run has many pipes"},
};

}  // namespace

constinit const Kind kFifo = {
    .name = "fifo",
    .summary = "a named pipe; no open of it can hang",
    .kernel_object = "FIFO",
    .ends = Ends::direct,
    .keeps_records = false,
    // through /dev/fd, too, it waits for the other side, which may have ended already: fifo(7)
    .options = kOptions,
    .create = create,
    .limited = true,
    .endpoint = {.meeting = Meeting::file, .problem = fifo_problem, .is_path = always_a_path},
};

}  // namespace pipectl::channel
