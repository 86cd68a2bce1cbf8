#include "stages/flow/log.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "stages/base/error.hpp"
#include "stages/base/units.hpp"
#include "stages/objects/spool.hpp"

namespace pipectl::helper {

namespace {

constexpr std::size_t kLogBlock = std::size_t{128} << 10;
// holes are made in steps: each is a transaction of the file system
constexpr std::uint64_t kLogHoleStep = std::uint64_t{4} << 20;

}  // namespace

Log::Log(std::uint64_t memory, std::uint64_t disk)
    : most_blocks_(std::max<std::uint64_t>(memory / kLogBlock, 2)), most_disk_(disk) {}

std::uint64_t Log::memory_end() const {
    return memory_begin_ + blocks_.size() * kLogBlock;
}

std::span<char> Log::space() {
    if (end_ == memory_end()) {
        if (blocks_.size() >= most_blocks_) return {};
        // not value-initialised: pages that are never used are never touched
        blocks_.push_back(spare_ ? std::move(spare_) : Block(new char[kLogBlock]));
    }
    const std::size_t used = kLogBlock - (memory_end() - end_);
    return {blocks_.back().get() + used, kLogBlock - used};
}

void Log::spill() {
    if (!file_) {
        const std::string folder = channel::spool_folder();
        file_ = channel::open_nameless(folder, O_RDWR);
        name_ = "cannot write to a spill file in '" + folder + "'";
        disk_begin_ = memory_begin_;
    }
    if (memory_begin_ + kLogBlock - std::max(released_, disk_begin_) > most_disk_) {
        throw SystemError(name_, ENOSPC, "it may use " + format_size(most_disk_));
    }
    std::size_t done = 0;
    while (done < kLogBlock) {
        const ssize_t written =
            ::pwrite(file_.get(), blocks_.front().get() + done, kLogBlock - done,
                     static_cast<off_t>(memory_begin_ + done));
        if (written < 0 && errno != EINTR) throw SystemError(name_, errno);
        if (written > 0) done += written;
    }
    spare_ = std::move(blocks_.front());
    blocks_.pop_front();
    memory_begin_ += kLogBlock;
}

std::span<const char> Log::at(std::uint64_t offset) {
    if (offset < memory_begin_) return from_disk(offset);
    const std::size_t place = offset - memory_begin_;
    const std::size_t size = std::min<std::uint64_t>(kLogBlock - place % kLogBlock, end_ - offset);
    return {blocks_[place / kLogBlock].get() + place % kLogBlock, size};
}

std::span<const char> Log::from_disk(std::uint64_t offset) {
    if (offset < window_begin_ || offset >= window_begin_ + window_size_) {
        if (!window_) window_.reset(new char[kLogBlock]);
        const std::size_t wanted = std::min<std::uint64_t>(kLogBlock, memory_begin_ - offset);
        const ssize_t got = ::pread(file_.get(), window_.get(), wanted, static_cast<off_t>(offset));
        if (got <= 0) throw SystemError("cannot read from a spill file", got < 0 ? errno : EIO);
        window_begin_ = offset;
        window_size_ = got;
    }
    const std::size_t place = offset - window_begin_;
    return {window_.get() + place, window_size_ - place};
}

void Log::release(std::uint64_t offset) {
    released_ = std::max(released_, offset);
    while (blocks_.size() > 1 && memory_begin_ + kLogBlock <= released_) {
        spare_ = std::move(blocks_.front());
        blocks_.pop_front();
        memory_begin_ += kLogBlock;
    }
    if (!file_) return;
    const std::uint64_t needless = std::min(released_, memory_begin_) / kLogBlock * kLogBlock;
    if (needless < disk_begin_ + kLogHoleStep) return;
    // a file system without holes keeps the data until the end; fallocate(2)
    ::fallocate(file_.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                static_cast<off_t>(disk_begin_), static_cast<off_t>(needless - disk_begin_));
    disk_begin_ = needless;
}

}  // namespace pipectl::helper
