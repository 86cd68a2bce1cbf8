// Where the two sides of a bridged endpoint find each other: a socket in a folder of the user's
// own.
//
// Whoever comes first makes the socket and waits. The second one says what it is; the first makes
// the channel, hands the other end over, and removes the socket. From then on there is only the
// channel, with its lifeline.

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <span>
#include <sstream>
#include <utility>

#include "stages/base/error.hpp"
#include "stages/base/message_socket.hpp"
#include "stages/base/private_folder.hpp"
#include "stages/channel/kind.hpp"
#include "stages/endpoint/endpoint.hpp"
#include "stages/objects/sysv_object.hpp"

namespace pipectl::helper {

namespace {

/// What the second one says.
struct Greeting {
    char kind[24] = {};
    Side side = Side::sender;
};

/// Names that a channel needs for a moment, and System V objects, which stay.
class Folder : public channel::PrivateFolder {
  public:
    explicit Folder(std::string path) : path_(std::move(path)) {}
    const std::string& path() override { return path_; }
    void will_create(const std::string& name) override {
        if (name.starts_with("sysv:")) objects.push_back(name);
    }
    void removed(const std::string& /*path*/) override {}

    std::vector<std::string> objects;

  private:
    std::string path_;
};

/// The endpoint as the name of a file: "shm:/ring" is "shm:ring".
std::string file_name(const Endpoint& endpoint) {
    std::string name = endpoint.kind + ":";
    for (const char character : endpoint.address) {
        if (character == '/' && name.ends_with(':')) continue;
        name += character == '/' ? '%' : character;
    }
    return name;
}

sockaddr_un address_of(const std::string& path) {
    sockaddr_un address{};
    if (path.size() >= sizeof address.sun_path) {
        throw SystemError("cannot meet at '" + path + "'", ENAMETOOLONG);
    }
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    return address;
}

Fd make_socket() {
    Fd fd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
    if (!fd) throw SystemError("cannot create a socket", errno);
    return fd;
}

constexpr std::size_t kMostNames = 512;

/// The names of System V objects, one a line, with the descriptor of the other end.
void hand_over(int socket, int end, const std::vector<std::string>& objects) {
    std::string names = "\n";
    for (const std::string& name : objects) {
        names += name + "\n";
    }
    if (names.size() > kMostNames) {
        throw SystemError("cannot hand over a channel's end", EMSGSIZE);
    }
    if (!pass_message(socket, names, std::span(&end, 1), 0)) {
        throw SystemError("cannot hand over a channel's end", errno);
    }
}

Met take_over(int socket) {
    char names[kMostNames];
    PassedMessage message = take_message(socket, names, 0);
    if (message.size <= 0 || message.fds.empty()) return {};
    Met met{std::move(message.fds.front()), {}};
    std::istringstream lines(std::string(names, static_cast<std::size_t>(message.size)));
    for (std::string name; std::getline(lines, name);) {
        if (!name.empty()) met.objects.push_back(name);
    }
    return met;
}

class Meeting {
  public:
    Meeting(const Endpoint& endpoint, Side side)
        : endpoint_(endpoint),
          side_(side),
          folder_(make_private_folder("pipectl-endpoints")),
          path_(folder_ + "/" + file_name(endpoint)),
          address_(address_of(path_)) {}

    Met run() {
        for (;;) {
            if (Met met = join(); met.end) return met;
            if (Met met = wait_for_other(); met.end) return met;
        }
    }

  private:
    [[nodiscard]] const sockaddr* address() const {
        return reinterpret_cast<const sockaddr*>(&address_);
    }

    /// The end that one who waits already hands over; nothing when nobody does.
    Met join() {
        const Fd socket = make_socket();
        if (::connect(socket.get(), address(), sizeof address_) != 0) return {};
        Greeting greeting;
        endpoint_.kind.copy(greeting.kind, sizeof greeting.kind - 1);
        greeting.side = side_;
        (void)::send(socket.get(), &greeting, sizeof greeting, MSG_NOSIGNAL);
        Met met = take_over(socket.get());
        if (!met.end) {
            throw SystemError("cannot meet at '" + endpoint_.kind + ":" + endpoint_.address + "'",
                              EADDRINUSE,
                              side_ == Side::sender ? "another sender waits there"
                                                    : "another receiver waits there");
        }
        return met;
    }

    /// Makes the socket, unless somebody else is faster, and the channel for whoever comes.
    Met wait_for_other() {
        const Fd lock(::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        if (!lock || ::flock(lock.get(), LOCK_EX) != 0) {
            throw SystemError("cannot lock folder '" + folder_ + "'", errno);
        }
        // a socket whose owner was killed is there, and refuses
        const Fd probe = make_socket();
        if (::connect(probe.get(), address(), sizeof address_) == 0) return {};
        ::unlink(path_.c_str());
        const Fd listener = make_socket();
        if (::bind(listener.get(), address(), sizeof address_) != 0 ||
            ::listen(listener.get(), 4) != 0) {
            throw SystemError("cannot wait at '" + path_ + "'", errno);
        }
        ::flock(lock.get(), LOCK_UN);
        return welcome(listener.get());
    }

    Met welcome(int listener) {
        for (;;) {
            const Fd other(::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC));
            Greeting greeting;
            // one who leaves at once was only looking
            if (!other || ::recv(other.get(), &greeting, sizeof greeting, 0) !=
                              static_cast<ssize_t>(sizeof greeting)) {
                continue;
            }
            if (greeting.side == side_) continue;  // closed: it says so itself
            ::unlink(path_.c_str());
            Folder folder(folder_);
            channel::EdgeEnds ends = channel::find_kind(endpoint_.kind)->create({}, folder);
            const bool sends = side_ == Side::sender;
            hand_over(other.get(), (sends ? ends.reader : ends.writer).get(), folder.objects);
            return {std::move(sends ? ends.writer : ends.reader), std::move(folder.objects)};
        }
    }

    const Endpoint& endpoint_;
    Side side_;
    std::string folder_;
    std::string path_;
    sockaddr_un address_;
};

}  // namespace

Met meet(const Endpoint& endpoint, Side side) {
    return Meeting(endpoint, side).run();
}

}  // namespace pipectl::helper
