#pragma once

// The ends of edges between hosts that a host has: sockets on which the other end has been found.
//
// One listener for all of them, open until the last one that is awaited has come. Who connects says
// sixteen bytes that name the edge, which it has from the launcher; who says anything else, or
// nothing for five seconds, is closed and counted, and holds nobody up. The name is no key: the two
// ends of the edge prove that they have one (stages/kinds/net.hpp) when they begin to speak.

#include <poll.h>

#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "orchestrator/plan/host.hpp"
#include "stages/base/fd.hpp"

namespace pipectl::hosts {

/// Bytes that name an edge between hosts as it is connected.
inline constexpr std::size_t kEdgeNameBytes = 16;

/// Addresses of this machine that a host's settings allow, those of its networks first; of the
/// loopback network alone when `loopback`, or when there is nothing else.
std::vector<std::string> own_addresses(const std::string& wanted, bool loopback);

class Connections {
  public:
    /// The edge's other end may connect to us and say `name` (16 bytes).
    void await(int link, const std::string& name);
    /// Opens the listener, if anything is awaited. Throws SystemError.
    void listen(const Host& host, bool loopback);
    [[nodiscard]] int port() const { return port_; }

    /// What is to be waited for (poll(2)).
    void add_to(std::vector<pollfd>& polled) const;
    /// Looks at the listener and those who have not named an edge yet; never waits. Returns links
    /// that have just come.
    std::vector<int> look();

    /// Connects to the other end's host and names the edge: an address after the other. Returns
    /// what is wrong, with the addresses that were tried; empty: it is there.
    std::string connect(int link, const std::string& name,
                        const std::vector<std::string>& addresses, int port);

    /// All are there: nobody is awaited any more.
    void close();

    [[nodiscard]] bool has(int link) const { return ends_.contains(link); }
    /// The socket of an end that is there.
    Fd take(int link);
    /// How many have come that nobody waited for.
    [[nodiscard]] int strangers() const { return strangers_; }

  private:
    using Clock = std::chrono::steady_clock;
    struct Nameless {
        Fd socket;
        std::string said;
        Clock::time_point until;
    };

    std::map<std::string, int> awaited_;  ///< by name: links
    std::map<int, Fd> ends_;
    std::vector<Nameless> nameless_;
    Fd listener_;
    int port_ = 0;
    int strangers_ = 0;
};

}  // namespace pipectl::hosts
