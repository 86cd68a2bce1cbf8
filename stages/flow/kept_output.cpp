#include "stages/flow/kept_output.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "stages/base/error.hpp"
#include "stages/objects/spool.hpp"

namespace pipectl::helper {

namespace {

constexpr std::size_t kPiece = std::size_t{128} << 10;

}  // namespace

void KeptOutput::add(Queue& queue, std::string_view bytes) {
    while (!bytes.empty()) {
        const bool room = !queue.pieces.empty() && queue.pieces.back().slot < 0 &&
                          queue.pieces.back().bytes.size() < kPiece;
        if (!room) queue.pieces.emplace_back();
        Queue::Piece& piece = queue.pieces.back();
        const std::size_t before = piece.bytes.capacity();
        const std::size_t taken = std::min(bytes.size(), kPiece - piece.bytes.size());
        piece.bytes.append(bytes.substr(0, taken));
        used_ += piece.bytes.capacity() - before;
        bytes.remove_prefix(taken);
        if (piece.bytes.size() == kPiece && memory_is_full()) spill(piece);
    }
}

void KeptOutput::close(Queue& queue) {
    if (queue.pieces.empty() || queue.pieces.back().slot >= 0) return;
    Queue::Piece& last = queue.pieces.back();
    if (memory_is_full()) {
        spill(last);
        return;
    }
    used_ -= last.bytes.capacity();
    last.bytes.shrink_to_fit();
    used_ += last.bytes.capacity();
}

std::string_view KeptOutput::front(Queue& queue) {
    if (queue.empty()) return {};
    Queue::Piece& first = queue.pieces.front();
    if (first.slot >= 0) load(first);
    return std::string_view(first.bytes).substr(queue.taken);
}

void KeptOutput::consume(Queue& queue, std::size_t bytes) {
    queue.taken += bytes;
    Queue::Piece& first = queue.pieces.front();
    if (queue.taken < first.bytes.size()) return;
    used_ -= first.bytes.capacity();
    queue.pieces.pop_front();
    queue.taken = 0;
}

void KeptOutput::spill(Queue::Piece& piece) {
    const std::string folder = channel::spool_folder();
    if (!file_) file_ = channel::open_nameless(folder, O_RDWR);
    if (free_.empty()) free_.push_back(slots_++);
    const std::int64_t slot = free_.back();
    std::size_t done = 0;
    while (done < piece.bytes.size()) {
        const ssize_t written =
            ::pwrite(file_.get(), piece.bytes.data() + done, piece.bytes.size() - done,
                     static_cast<off_t>(slot * static_cast<std::int64_t>(kPiece) +
                                        static_cast<std::int64_t>(done)));
        if (written < 0 && errno != EINTR) {
            throw SystemError("cannot write to a spill file in '" + folder + "'", errno,
                              "$TMPDIR says where it is put");
        }
        if (written > 0) done += written;
    }
    free_.pop_back();
    used_ -= piece.bytes.capacity();
    piece.size = piece.bytes.size();
    piece.slot = slot;
    std::string().swap(piece.bytes);
}

void KeptOutput::load(Queue::Piece& piece) {
    piece.bytes.resize(piece.size);
    std::size_t done = 0;
    while (done < piece.size) {
        const ssize_t got =
            ::pread(file_.get(), piece.bytes.data() + done, piece.size - done,
                    static_cast<off_t>(piece.slot * static_cast<std::int64_t>(kPiece) +
                                       static_cast<std::int64_t>(done)));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) throw SystemError("cannot read from a spill file", got < 0 ? errno : EIO);
        done += got;
    }
    used_ += piece.bytes.capacity();
    free_.push_back(piece.slot);
    piece.slot = -1;
}

}  // namespace pipectl::helper
