// receive: what comes out of a channel, to standard output, the pipe of an unmodified program.
//
// The bytes are written straight from where the channel has them. Standard output is closed only
// after the true end of data.

#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <ctime>
#include <string>

#include "stages/base/error.hpp"
#include "stages/flow/jobs.hpp"
#include "stages/flow/moved.hpp"
#include "stages/flow/readers.hpp"
#include "stages/programs/bridge.hpp"

namespace pipectl::helper {

namespace {

constexpr int kSink = 1;
/// Whoever supervises both ends sees the writer's death as well and ends us, with its reason.
constexpr timespec kTimeToBeEnded{0, 700'000'000};

/// `delivered`: bytes so far.
void deliver(channel::Receiver& receiver, std::uint64_t& delivered) {
    for (;;) {
        const channel::Piece piece = receiver.peek();
        if (piece.end) return;
        std::size_t written = 0;
        while (written < piece.bytes.size()) {
            const ssize_t went =
                ::write(kSink, piece.bytes.data() + written, piece.bytes.size() - written);
            if (went >= 0) {
                written += went;
                count_moved(kSink, went);
            } else if (is_reader_gone(errno)) {
                throw channel::OwnSideGone();
            } else if (errno == EFAULT) {
                fail_corrupt();
            } else if (errno != EINTR) {
                throw SystemError(cannot_write(kSink), errno);
            }
        }
        receiver.release(written);
        delivered += written;
    }
}

/// `take`: where the ticket comes from.
template <class Take>
int receive_over(channel::Line& line, Take take) {
    line.watch_reader_of(kSink);
    watch_readers();
    std::uint64_t delivered = 0;
    try {
        channel::Ticket ticket = take();
        const channel::Kind& kind = kind_of(ticket);
        deliver(*kind.open_receiver(std::move(ticket), line), delivered);
    } catch (const channel::PeerGone&) {
        ::nanosleep(&kTimeToBeEnded, nullptr);
        throw std::runtime_error("cut short after " + std::to_string(delivered) +
                                 " bytes: the writer has gone before the end of data");
    }
    return 0;
}

}  // namespace

int receive_from(Fd end, const std::vector<std::string>& objects) {
    channel::Line line(std::move(end));
    try {
        const int status = receive_over(line, [&] { return channel::take_ticket(line.fd()); });
        line.wait_for_peer();  // a writer that said the end may fail all the same
        remove_objects(objects);
        return status;
    } catch (const channel::OwnSideGone&) {
        remove_objects(objects);
        end_without_readers();
    } catch (...) {
        remove_objects(objects);
        throw;
    }
}

int receive_from(channel::Ticket ticket) {
    channel::Line line{Fd()};
    try {
        return receive_over(line, [&] { return std::move(ticket); });
    } catch (const channel::OwnSideGone&) {
        end_without_readers();
    }
}

int run(const job::Receive& what) {
    return receive_from(Fd(what.channel));
}

}  // namespace pipectl::helper
