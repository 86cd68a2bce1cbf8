#include "orchestrator/run/control_server.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cerrno>
#include <charconv>
#include <exception>
#include <string_view>

#include "orchestrator/traces/control_wire.hpp"
#include "stages/base/error.hpp"

namespace pipectl {

namespace {

/// Who is connected longest gives way to a new one.
constexpr std::size_t kMostClients = 6;
constexpr int kBacklog = 16;

/// "NUMBER" or "NUMBER STAGE". False when it is neither.
bool parse_signal(std::string_view words, int& number, std::string& stage) {
    const auto [end, error] = std::from_chars(words.data(), words.data() + words.size(), number);
    if (error != std::errc() || number < 1 || number > 64) {
        return false;
    }
    words.remove_prefix(end - words.data());
    if (!words.empty() && words.front() != ' ') {
        return false;
    }
    stage = words.empty() ? "" : words.substr(1);
    return true;
}

}  // namespace

ControlServer::ControlServer(Loop& loop, RunFolder& folder, ControlledRun& run, int front)
    : loop_(loop), folder_(folder), run_(run), front_(front) {}

void ControlServer::open() noexcept {
    if (listener_) return;
    try {
        make_socket();
    } catch (const std::exception&) {
        listener_.reset();  // no folder, no descriptors: nothing that a run must fail for
    }
}

void ControlServer::make_socket() {
    const std::string path = folder_.path();
    const Fd folder(::open(path.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    listener_.reset(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!folder || !listener_) {
        throw SystemError("cannot create a socket", errno);
    }
    folder_.will_create(path + "/" + control::kSocketName);
    const sockaddr_un address = control::address_in(folder.get());
    // the name gets the mode that the socket has by then, less the umask; whoever may not write to
    // the name cannot connect; unix(7)
    if (::fchmod(listener_.get(), S_IRUSR | S_IWUSR) != 0 ||
        ::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(listener_.get(), kBacklog) != 0) {
        throw SystemError("cannot listen in '" + path + "'", errno);
    }
    loop_.on_readable(listener_.get(), [this] { return take_client(); });
}

bool ControlServer::take_client() {
    Fd socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!socket) {
        // Out of descriptors the next look would find the same again, at once and for ever: the
        // run has better use for the processor, and is no longer heard.
        return errno != EMFILE && errno != ENFILE && errno != ENOBUFS && errno != ENOMEM;
    }
    if (!control::is_trusted_peer(socket.get())) {
        return true;
    }
    if (clients_.size() >= kMostClients) {
        // served its end it is removed; the new one finds room when it tries again
        ::shutdown(clients_.front().socket.get(), SHUT_RDWR);
        return true;
    }
    clients_.push_back({std::move(socket)});
    Client& client = clients_.back();
    try {
        loop_.on_readable(client.socket.get(), [this, &client] { return serve(client); });
    } catch (const std::exception&) {
        clients_.pop_back();
    }
    return true;
}

bool ControlServer::serve(Client& client) {
    char buffer[control::kLongestPacket];
    const ssize_t got = ::recv(client.socket.get(), buffer, sizeof buffer, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
        return true;
    }
    if (got <= 0) {
        clients_.remove_if([&](const Client& one) { return &one == &client; });
        return false;
    }
    answer(client, std::string(buffer, got));
    return true;
}

void ControlServer::answer(Client& client, const std::string& request) {
    const int socket = client.socket.get();
    try {
        int number = 0;
        std::string stage;
        if (request == "record") {
            const Fd text = control::make_text_file(run_.record_so_far());
            control::send_packet(socket, "ok", text.get());
        } else if (request == "cancel" || request == "kill") {
            // answered first: the run may be over as soon as it is done
            control::send_packet(socket, "ok", front_);
            run_.cancel(request == "kill");
        } else if (request.starts_with("signal ") &&
                   parse_signal(std::string_view(request).substr(7), number, stage)) {
            const std::string error = run_.signal_stages(stage, number);
            control::send_packet(socket, error.empty() ? "ok" : "error " + error, -1);
        } else {
            control::send_packet(socket, "error this run does not know the request", -1);
        }
    } catch (const std::exception& error) {
        control::send_packet(socket, std::string("error ") + error.what(), -1);
    }
}

}  // namespace pipectl
