// Input and Output: a port found, its half of the channel opened, errors as the standard has them.

#include "stages/include/pipectl/stage.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string>

#include "stages/base/error.hpp"
#include "stages/channel/kind.hpp"
#include "stages/native/plain.hpp"
#include "stages/native/port.hpp"

namespace pipectl {

namespace {

[[noreturn]] void fail(int code, const std::string& what) {
    throw std::system_error(code, std::generic_category(), what);
}

/// The descriptor is ours from now on, and not for programs that the stage starts.
Fd take(int number, std::string_view port) {
    if (::fcntl(number, F_SETFD, FD_CLOEXEC) != 0) {
        fail(EBADF, "port '" + std::string(port) + "' is closed");
    }
    return Fd(number);
}

/// Calls what may throw the channel's own exceptions.
template <class Function>
auto translated(const char* what, Function function) {
    try {
        return function();
    } catch (const channel::PeerGone&) {
        fail(ECONNRESET, what);
    } catch (const SystemError& error) {
        const char* const hint =
            error.code() == ENOSYS ? " (link the program to pipectl-stage-net)" : "";
        fail(error.code(), std::string(what) + hint);
    }
}

}  // namespace

/// An end that came with a ticket.
struct ChannelEnd {
    explicit ChannelEnd(Fd fd) : line(std::move(fd)), ticket(channel::take_ticket(line.fd())) {
        kind = channel::find_kind(ticket.kind);
        if (kind == nullptr || kind->open_sender == nullptr) {
            throw SystemError("cannot open a channel of kind '" + ticket.kind + "'", EPROTO);
        }
    }
    channel::Line line;
    channel::Ticket ticket;
    const channel::Kind* kind = nullptr;
};

struct Input::State {
    std::unique_ptr<ChannelEnd> end;  ///< null for a plain descriptor
    std::unique_ptr<channel::Receiver> receiver;
    bool ended = false;
};

Input::Input(std::string_view port) : state_(std::make_unique<State>()) {
    const native::Port found = native::find_input(port);
    Fd fd = take(found.number, port);
    translated("cannot open an input", [&] {
        if (found.has_ticket) {
            state_->end = std::make_unique<ChannelEnd>(std::move(fd));
            state_->receiver =
                state_->end->kind->open_receiver(std::move(state_->end->ticket), state_->end->line);
        } else {
            state_->receiver = std::make_unique<native::PlainReceiver>(std::move(fd));
        }
    });
}

Input::~Input() = default;
Input::Input(Input&&) noexcept = default;
Input& Input::operator=(Input&&) noexcept = default;

std::optional<InputPiece> Input::peek() {
    if (state_->ended) return std::nullopt;
    try {
        const channel::Piece piece = state_->receiver->peek();
        if (!piece.end) return InputPiece{piece.bytes, piece.ends_record};
        // the writer said so; it is true when it has ended well, too
        if (state_->end) state_->end->line.wait_for_peer();
        state_->ended = true;
        return std::nullopt;
    } catch (const channel::PeerGone&) {
        fail(ECONNRESET, "the writer has gone before the end of data");
    } catch (const SystemError& error) {
        fail(error.code(), "cannot read from a channel");
    }
}

void Input::release(std::size_t size) {
    translated("cannot read from a channel", [&] { state_->receiver->release(size); });
}

std::size_t Input::read(std::span<char> room) {
    for (;;) {
        const auto piece = peek();
        if (!piece) return 0;
        const std::size_t size = std::min(room.size(), piece->bytes.size());
        std::memcpy(room.data(), piece->bytes.data(), size);
        release(size);
        if (size > 0 || room.empty()) return size;
    }
}

struct Output::State {
    std::unique_ptr<ChannelEnd> end;  ///< null for a plain descriptor
    std::unique_ptr<channel::Sender> sender;

    /// Calls what may find that the reader has gone.
    template <class Function>
    auto call(Function function) {
        try {
            return function();
        } catch (const channel::PeerGone&) {
            if (end) end->line.let_peer_close();
            std::raise(SIGPIPE);
            fail(EPIPE, "the reader has gone");
        } catch (const SystemError& error) {
            fail(error.code(), "cannot write to a channel");
        }
    }
};

Output::Output(std::string_view port) : state_(std::make_unique<State>()) {
    const native::Port found = native::find_output(port);
    Fd fd = take(found.number, port);
    translated("cannot open an output", [&] {
        if (found.has_ticket) {
            state_->end = std::make_unique<ChannelEnd>(std::move(fd));
            state_->sender =
                state_->end->kind->open_sender(std::move(state_->end->ticket), state_->end->line);
            state_->sender->count_only();
        } else {
            state_->sender = std::make_unique<native::PlainSender>(std::move(fd));
        }
    });
}

Output::~Output() = default;
Output::Output(Output&&) noexcept = default;
Output& Output::operator=(Output&&) noexcept = default;

std::span<char> Output::reserve(std::size_t wanted) {
    return state_->call([&] { return state_->sender->reserve(std::max<std::size_t>(wanted, 1)); });
}

void Output::commit(std::size_t size, bool ends_record) {
    state_->call([&] { state_->sender->commit(size, ends_record); });
}

void Output::write(std::span<const char> bytes, bool ends_record) {
    do {
        const std::span<char> room = reserve(bytes.size());
        const std::size_t part = std::min(room.size(), bytes.size());
        std::memcpy(room.data(), bytes.data(), part);
        bytes = bytes.subspan(part);
        commit(part, ends_record && bytes.empty());
    } while (!bytes.empty());
}

void Output::finish() {
    state_->call([&] { state_->sender->finish(); });
    state_->sender.reset();
    state_->end.reset();
}

}  // namespace pipectl
