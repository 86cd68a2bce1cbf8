#include "stages/endpoint/endpoint_peer.hpp"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <functional>
#include <memory>

namespace pipectl::helper {

namespace {

// of a row in /proc/net/tcp; include/net/tcp_states.h
constexpr unsigned kFinWait1 = 4;
constexpr unsigned kListens = 10;

/// An end of a connection as IPv6 writes it: IPv4 is a part of that.
struct End {
    in6_addr host{};
    unsigned port = 0;

    bool operator==(const End& other) const {
        return port == other.port && std::memcmp(&host, &other.host, sizeof host) == 0;
    }
};

void put_ipv4(End& end, std::uint32_t address) {
    end.host = in6_addr{};
    end.host.s6_addr[10] = end.host.s6_addr[11] = 0xff;
    std::memcpy(end.host.s6_addr + 12, &address, sizeof address);
}

End end_of(const sockaddr_storage& address) {
    End end;
    if (address.ss_family == AF_INET) {
        const auto* const in4 = reinterpret_cast<const sockaddr_in*>(&address);
        put_ipv4(end, in4->sin_addr.s_addr);
        end.port = ntohs(in4->sin_port);
    } else {
        const auto* const in6 = reinterpret_cast<const sockaddr_in6*>(&address);
        end.host = in6->sin6_addr;
        end.port = ntohs(in6->sin6_port);
    }
    return end;
}

struct Row {
    End local;
    End remote;
    unsigned state = 0;
    uid_t user = 0;
    unsigned long inode = 0;  ///< 0: no process has it any more
};

/// "0100007F:1F90": the words of the address as they lie in memory, in hexadecimal.
bool read_end(const char* text, End& end) {
    char address[33] = {};
    if (std::sscanf(text, "%32[0-9A-F]:%x", address, &end.port) != 2) return false;
    std::uint32_t words[4] = {};
    const std::size_t count = std::strlen(address) / 8;
    for (std::size_t i = 0; i < count; ++i) {
        const std::string word(address + 8 * i, 8);
        words[i] = static_cast<std::uint32_t>(std::strtoul(word.c_str(), nullptr, 16));
    }
    if (count == 1) {
        put_ipv4(end, words[0]);
    } else {
        std::memcpy(&end.host, words, sizeof words);
    }
    return true;
}

bool read_row(const char* line, Row& row) {
    char local[64] = {};
    char remote[64] = {};
    return std::sscanf(line, " %*d: %63s %63s %x %*s %*s %*s %u %*s %lu", local, remote, &row.state,
                       &row.user, &row.inode) == 5 &&
           read_end(local, row.local) && read_end(remote, row.remote);
}

/// The first row of the system's TCP sockets that is wanted; proc_pid_net(5).
std::optional<Row> find_row(const std::function<bool(const Row&)>& is_wanted) {
    for (const char* table : {"/proc/net/tcp", "/proc/net/tcp6"}) {
        const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(table, "re"),
                                                                   &std::fclose);
        char line[512];
        while (file && std::fgets(line, sizeof line, file.get()) != nullptr) {
            Row row;
            if (read_row(line, row) && is_wanted(row)) return row;
        }
    }
    return std::nullopt;
}

/// Older kernels say root of every socket that no process has any more.
bool closed_sockets_keep_their_user() {
    utsname system{};
    int major = 0;
    int minor = 0;
    return ::uname(&system) == 0 && std::sscanf(system.release, "%d.%d", &major, &minor) == 2 &&
           (major > 6 || (major == 6 && minor >= 17));
}

std::optional<uid_t> user_of(const Row& row) {
    const bool closed = row.inode == 0;
    if (closed && (row.state != kFinWait1 || !closed_sockets_keep_their_user())) {
        return std::nullopt;
    }
    return row.user;
}

std::optional<uid_t> user_by_credentials(int socket) {
    ucred peer{};
    socklen_t size = sizeof peer;
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return std::nullopt;
    return peer.uid;
}

bool is_local_name(int socket) {
    sockaddr_storage own{};
    socklen_t size = sizeof own;
    return ::getsockname(socket, reinterpret_cast<sockaddr*>(&own), &size) == 0 &&
           own.ss_family == AF_UNIX;
}

struct Ends {
    End here;
    End there;
};

std::optional<Ends> ends_of(int socket) {
    sockaddr_storage own{};
    sockaddr_storage peer{};
    socklen_t own_size = sizeof own;
    socklen_t peer_size = sizeof peer;
    if (::getsockname(socket, reinterpret_cast<sockaddr*>(&own), &own_size) != 0 ||
        ::getpeername(socket, reinterpret_cast<sockaddr*>(&peer), &peer_size) != 0) {
        return std::nullopt;
    }
    return Ends{end_of(own), end_of(peer)};
}

bool is_any_host(const End& end) {
    End none;
    put_ipv4(none, INADDR_ANY);
    return IN6_IS_ADDR_UNSPECIFIED(&end.host) ||
           std::memcmp(&end.host, &none.host, sizeof none.host) == 0;
}

}  // namespace

bool is_trusted(uid_t user) {
    return user == 0 || user == ::geteuid();
}

std::string name_of_user(uid_t user) {
    return "user " + std::to_string(user);
}

void hold_data(int listener) {
    // of each segment: drop it when it ends the connection, or is longer than its own header
    constexpr std::uint32_t kFlagsAt = 13;
    constexpr std::uint32_t kFin = 1;
    constexpr std::uint32_t kLengthAt = 12;  // in its upper half, in words of 4 bytes
    sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, kFlagsAt),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, kFin, 6, 0),
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, kLengthAt),
        BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xf0),
        BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 2),
        BPF_STMT(BPF_MISC | BPF_TAX, 0),
        BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_X, 0, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, 0),
        BPF_STMT(BPF_RET | BPF_K, 0xffff),
    };
    const sock_fprog filter{sizeof code / sizeof *code, code};
    // without it a client that leaves at once is not known and refused; accepted sockets inherit it
    (void)::setsockopt(listener, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter);
}

void take_data(int socket) {
    const int unused = 0;
    (void)::setsockopt(socket, SOL_SOCKET, SO_DETACH_FILTER, &unused, sizeof unused);
}

std::optional<uid_t> user_who_connected(int socket) {
    if (is_local_name(socket)) return user_by_credentials(socket);
    const auto ends = ends_of(socket);
    if (!ends) return std::nullopt;
    const auto row = find_row(
        [&](const Row& one) { return one.local == ends->there && one.remote == ends->here; });
    return row ? user_of(*row) : std::nullopt;
}

std::optional<uid_t> user_who_listens(int socket) {
    if (is_local_name(socket)) return user_by_credentials(socket);
    const auto ends = ends_of(socket);
    // between the moment that it listens and the one that it has accepted us, a look may miss both
    constexpr int kLooks = 20;
    constexpr timespec kPause{0, 5'000'000};
    for (int look = 0; ends && look < kLooks; ++look) {
        const auto row = find_row([&](const Row& one) {
            const bool accepted =
                one.local == ends->there && one.remote == ends->here && one.inode != 0;
            const bool listens = one.state == kListens && one.local.port == ends->there.port &&
                                 (one.local == ends->there || is_any_host(one.local));
            return accepted || listens;
        });
        if (row) return user_of(*row);
        ::nanosleep(&kPause, nullptr);
    }
    return std::nullopt;
}

}  // namespace pipectl::helper
