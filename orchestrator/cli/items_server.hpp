#pragma once

// Answers `pipectl ps`, `top`, `stop` and `signal` for all items of a [for-each] together; see
// control_wire.hpp. Each item that runs is asked by itself, too.

#include <poll.h>

#include <functional>
#include <string>
#include <vector>

#include "stages/base/fd.hpp"

namespace pipectl {

class ItemsServer {
  public:
    struct Whole {
        std::function<std::string()> record;
        std::function<void(bool now)> cancel;
        std::function<void(int signal)> signal;
    };

    explicit ItemsServer(Whole whole) : whole_(std::move(whole)) {}

    /// A failure is no error: then nobody can ask.
    void open(const std::string& run) noexcept;
    /// Adds what is to be polled.
    void add_to(std::vector<pollfd>& polled) const;
    /// `polled`: what was added, polled.
    void serve(const pollfd* polled);

  private:
    void take_client();
    /// False: it has gone.
    bool serve_client(int socket);
    void answer(int socket, const std::string& request);

    Whole whole_;
    Fd listener_;
    std::vector<Fd> clients_;
};

}  // namespace pipectl
