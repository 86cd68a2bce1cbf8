// send: standard input, an unmodified program's pipe, into a channel that it cannot speak.
//
// The bytes are read straight into the room that the channel gives. With `lines` each line is a
// record, its newline included.

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "stages/base/error.hpp"
#include "stages/flow/jobs.hpp"
#include "stages/flow/moved.hpp"
#include "stages/flow/readers.hpp"
#include "stages/programs/bridge.hpp"

namespace pipectl::helper {

namespace {

constexpr int kSource = 0;
constexpr std::size_t kSentBlock = std::size_t{256} << 10;
/// Where messages are smaller, a copy costs less than a writer that is woken for each of them.
constexpr std::size_t kSmallRoom = std::size_t{32} << 10;

/// Waits for something to read, too: a reader that has left must not be noticed only then.
std::size_t read_some(channel::Line& line, std::span<char> room) {
    for (;;) {
        line.wait(kSource, POLLIN);
        const ssize_t got = ::read(kSource, room.data(), room.size());
        if (got >= 0) {
            count_moved(kSource, got);
            return got;
        }
        if (errno == EFAULT) fail_corrupt();
        if (errno != EINTR && errno != EAGAIN) throw SystemError(cannot_read(kSource), errno);
    }
}

void send_piece(channel::Sender& sender, const char* data, std::size_t size, bool ends_record) {
    do {
        const std::span<char> room = sender.reserve(std::max<std::size_t>(size, 1));
        const std::size_t part = std::min(size, room.size());
        std::memcpy(room.data(), data, part);
        data += part;
        size -= part;
        sender.commit(part, ends_record && size == 0);
    } while (size > 0);
}

void send_bytes(channel::Line& line, channel::Sender& sender) {
    if (sender.reserve(kSentBlock).size() < kSmallRoom) {
        std::vector<char> block(kSentBlock);
        while (const std::size_t got = read_some(line, block)) {
            send_piece(sender, block.data(), got, false);
        }
        return;
    }
    for (;;) {
        const std::size_t got = read_some(line, sender.reserve(kSentBlock));
        if (got == 0) return;
        sender.commit(got, false);
    }
}

void send_lines(channel::Line& line, channel::Sender& sender) {
    std::vector<char> block(kSentBlock);
    while (const std::size_t got = read_some(line, block)) {
        const char* at = block.data();
        const char* const end = at + got;
        while (at < end) {
            const std::size_t left = end - at;
            const auto* newline = static_cast<const char*>(std::memchr(at, '\n', left));
            const char* const next = newline != nullptr ? newline + 1 : end;
            send_piece(sender, at, next - at, newline != nullptr);
            at = next;
        }
    }
}

/// `take`: where the ticket comes from.
template <class Take>
int send_over(channel::Line& line, bool lines, const std::vector<std::string>& objects, Take take) {
    try {
        channel::Ticket ticket = take();
        const channel::Kind& kind = kind_of(ticket);
        const auto sender = kind.open_sender(std::move(ticket), line);
        if (lines) {
            send_lines(line, *sender);
        } else {
            send_bytes(line, *sender);
        }
        sender->finish();
    } catch (const channel::PeerGone&) {
        line.let_peer_close();
        remove_objects(objects);
        end_without_readers();
    } catch (...) {
        remove_objects(objects);
        throw;
    }
    return 0;
}

}  // namespace

int send_to(Fd end, bool lines, const std::vector<std::string>& objects) {
    channel::Line line(std::move(end));
    return send_over(line, lines, objects, [&] { return channel::take_ticket(line.fd()); });
}

int send_to(channel::Ticket ticket, bool lines) {
    channel::Line line{Fd()};
    return send_over(line, lines, {}, [&] { return std::move(ticket); });
}

int run(const job::Send& what) {
    return send_to(Fd(what.channel), what.lines);
}

}  // namespace pipectl::helper
