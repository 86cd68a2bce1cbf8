#include "orchestrator/cli/items_server.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <exception>
#include <utility>

#include "orchestrator/traces/control_wire.hpp"
#include "orchestrator/traces/run_folder.hpp"
#include "stages/base/pidfd.hpp"

namespace pipectl {

namespace {

/// Who is connected longest gives way to a new one.
constexpr std::size_t kMostAskers = 6;
constexpr int kAskersWaiting = 16;

}  // namespace

void ItemsServer::open(const std::string& run) noexcept {
    try {
        listener_.reset(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        unsigned size = 0;
        const std::string folder = run_folder_path(run);
        const sockaddr_un address =
            control::items_address(run, folder.substr(0, folder.rfind('/')), size);
        if (::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
            ::listen(listener_.get(), kAskersWaiting) != 0) {
            listener_.reset();
        }
    } catch (const std::exception&) {
        listener_.reset();
    }
}

void ItemsServer::add_to(std::vector<pollfd>& polled) const {
    polled.push_back({listener_.get(), POLLIN, 0});
    for (const Fd& client : clients_) {
        polled.push_back({client.get(), POLLIN, 0});
    }
}

void ItemsServer::serve(const pollfd* polled) {
    const std::size_t count = clients_.size();
    for (std::size_t i = count; i-- > 0;) {
        if (polled[1 + i].revents != 0 && !serve_client(clients_[i].get())) {
            clients_.erase(clients_.begin() + static_cast<std::ptrdiff_t>(i));
        }
    }
    if (polled[0].revents != 0) take_client();
}

void ItemsServer::take_client() {
    Fd socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!socket) {
        // out of descriptors the next look would find the same again, at once and for ever
        const bool full = errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
        if (full) listener_.reset();
        return;
    }
    if (!control::is_trusted_peer(socket.get())) return;
    if (clients_.size() >= kMostAskers) clients_.erase(clients_.begin());
    clients_.push_back(std::move(socket));
}

bool ItemsServer::serve_client(int socket) {
    char buffer[control::kLongestPacket];
    const ssize_t got = ::recv(socket, buffer, sizeof buffer, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return true;
    if (got <= 0) return false;
    try {
        answer(socket, std::string(buffer, static_cast<std::size_t>(got)));
    } catch (const std::exception& error) {
        control::send_packet(socket, std::string("error ") + error.what(), -1);
    }
    return true;
}

void ItemsServer::answer(int socket, const std::string& request) {
    constexpr std::string_view kSignal = "signal ";
    if (request == "record") {
        const Fd text = control::make_text_file(whole_.record());
        control::send_packet(socket, "ok", text.get());
    } else if (request == "cancel" || request == "kill") {
        // answered first: all may be over as soon as it is done
        const Fd own = open_pidfd(::getpid());
        control::send_packet(socket, "ok", own.get());
        whole_.cancel(request == "kill");
    } else if (request.starts_with(kSignal) &&
               request.find(' ', kSignal.size()) == std::string::npos) {
        whole_.signal(std::atoi(request.c_str() + kSignal.size()));
        control::send_packet(socket, "ok", -1);
    } else {
        control::send_packet(socket, "error it is of several items; 'pipectl ps' lists their runs",
                             -1);
    }
}

}  // namespace pipectl
