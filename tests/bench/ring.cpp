// Bytes from one process to another, 64 KiB at a time, that are filled by the one and summed by the
// other: over rings, in place, and over a pipe; beside them memcpy(3) on one processor, and the
// same two processes without any waiting, which is the limit. GB/s, the median and the best of five
// interleaved rounds. Usage: bench-ring [MEGABYTES] [SIZE OF THE RING]

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "stages/base/fd.hpp"
#include "stages/channel/kind.hpp"
#include "stages/objects/sysv_object.hpp"

using namespace pipectl;
using namespace pipectl::channel;

namespace {

constexpr std::size_t kBlock = 65536;
constexpr int kRounds = 5;

/// Rings need no folder; System V objects are removed in the end.
class NoFolder : public PrivateFolder {
  public:
    NoFolder() = default;
    NoFolder(const NoFolder&) = delete;
    NoFolder& operator=(const NoFolder&) = delete;
    ~NoFolder() override {
        for (const std::string& name : names_) {
            remove_sysv(name);
        }
    }
    const std::string& path() override { return path_; }
    void will_create(const std::string& name) override { names_.push_back(name); }
    void removed(const std::string& /*name*/) override {}

  private:
    std::string path_ = "/nonexistent";
    std::vector<std::string> names_;
};

void fill(char* block, std::size_t size, std::size_t count) {
    std::memset(block, static_cast<int>(count & 0x7f), size);
}

std::uint64_t sum(const char* block, std::size_t size) {
    std::uint64_t total = 0;
    for (std::size_t i = 0; i + sizeof total <= size; i += sizeof total) {
        std::uint64_t word = 0;
        std::memcpy(&word, block + i, sizeof word);
        total += word;
    }
    return total;
}

/// Keeps what nobody looks at from being left out.
volatile std::uint64_t sink;

double seconds_of(const std::function<void()>& work) {
    const auto begin = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// Runs `produce` in a child and `consume` here.
void in_two_processes(const std::function<void()>& produce, const std::function<void()>& consume) {
    const pid_t child = ::fork();
    if (child == 0) {
        produce();
        ::_exit(0);
    }
    consume();
    ::waitpid(child, nullptr, 0);
}

/// What the two sides do with a block.
struct Work {
    std::function<void(char* block, std::size_t size, std::size_t count)> produce;
    std::function<std::uint64_t(const char* block, std::size_t size)> consume;
};

Work in_place() {
    return {fill, sum};
}

/// One copy into the channel and one out of it.
Work copying() {
    return {[from = std::vector<char>(kBlock, 'a')](char* block, std::size_t size, std::size_t) {
                std::memcpy(block, from.data(), size);
            },
            [to = std::vector<char>(kBlock)](const char* block, std::size_t size) mutable {
                std::memcpy(to.data(), block, size);
                return static_cast<std::uint64_t>(static_cast<unsigned char>(to[size - 1]));
            }};
}

void over_ring(const char* name, const Settings& settings, const Work& work, std::size_t blocks) {
    NoFolder folder;
    const Kind* const kind = find_kind(name);
    EdgeEnds ends = kind->create(settings, folder);
    in_two_processes(
        [&] {
            ends.reader.reset();
            Line line(std::move(ends.writer));
            const auto sender = kind->open_sender(take_ticket(line.fd()), line);
            sender->count_only();  // as native stages do
            for (std::size_t left = blocks * kBlock; left > 0;) {
                const std::span<char> room = sender->reserve(std::min(kBlock, left));
                work.produce(room.data(), room.size(), left);
                sender->commit(room.size(), false);
                left -= room.size();
            }
            sender->finish();
        },
        [&] {
            ends.writer.reset();
            Line line(std::move(ends.reader));
            const auto receiver = kind->open_receiver(take_ticket(line.fd()), line);
            std::uint64_t total = 0;
            for (Piece piece = receiver->peek(); !piece.end; piece = receiver->peek()) {
                const std::size_t part = std::min(kBlock, piece.bytes.size());
                total += work.consume(piece.bytes.data(), part);
                receiver->release(part);
            }
            sink = total;
        });
}

void over_pipe(std::size_t blocks) {
    PipeEnds ends = make_pipe();
    in_two_processes(
        [&] {
            ends.reader.reset();
            std::vector<char> block(kBlock);
            for (std::size_t i = 0; i < blocks; ++i) {
                fill(block.data(), block.size(), i);
                (void)write_all(ends.writer.get(), {block.data(), block.size()});
            }
        },
        [&] {
            ends.writer.reset();
            std::vector<char> block(kBlock);
            std::uint64_t total = 0;
            ssize_t got = 0;
            while ((got = ::read(ends.reader.get(), block.data(), block.size())) > 0) {
                total += sum(block.data(), static_cast<std::size_t>(got));
            }
            sink = total;
        });
}

/// The same work on the same memory by the same two processes, but nobody waits for anybody: what
/// the machine allows a ring of that size at best.
void over_nothing(std::size_t blocks, std::size_t size, const Work& work) {
    void* const shared =
        ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) std::abort();
    char* const memory = static_cast<char*>(shared);
    in_two_processes(
        [&] {
            for (std::size_t i = 0; i < blocks; ++i) {
                work.produce(memory + i * kBlock % size, kBlock, i);
            }
        },
        [&] {
            std::uint64_t total = 0;
            for (std::size_t i = 0; i < blocks; ++i) {
                total += work.consume(memory + i * kBlock % size, kBlock);
            }
            sink = total;
        });
    ::munmap(shared, size);
}

/// Block by block from one area to another, each of `area` bytes.
void by_memcpy(std::size_t blocks, std::size_t area) {
    static std::vector<char> from(std::size_t{256} << 20, 'a');
    static std::vector<char> to(from.size(), 'b');
    for (std::size_t i = 0; i < blocks; ++i) {
        const std::size_t at = i * kBlock % area;
        std::memcpy(to.data() + at, from.data() + at, kBlock);
        sink = static_cast<unsigned char>(to[at]);
    }
}

struct Row {
    const char* name;
    std::function<void(std::size_t blocks)> move;
    std::vector<double> rates{};
};

Settings ring_settings(const char* size, const char* wait) {
    Settings settings;
    if (size != nullptr) settings.emplace("size", std::strtoull(size, nullptr, 10));
    if (wait != nullptr) settings.emplace("wait", std::string(wait));
    return settings;
}

}  // namespace

int main(int argc, char** argv) {
    const std::size_t megabytes = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 4000;
    const char* const size = argc > 2 ? argv[2] : nullptr;
    const std::size_t ring_size = size != nullptr ? std::strtoull(size, nullptr, 10) : 1 << 20;
    const std::size_t blocks = (megabytes << 20) / kBlock;
    const auto ring = [&](const char* kind, const char* wait) {
        return [=](std::size_t n) { over_ring(kind, ring_settings(size, wait), in_place(), n); };
    };
    std::vector<Row> rows = {
        {"memcpy, 256 MiB", [](std::size_t n) { by_memcpy(n, std::size_t{256} << 20); }},
        {"memcpy, 1 MiB", [](std::size_t n) { by_memcpy(n, std::size_t{1} << 20); }},
        {"pipe", [](std::size_t n) { over_pipe(n); }},
        {"no one waits", [=](std::size_t n) { over_nothing(n, ring_size, in_place()); }},
        {"shm, futex", ring("shm", "futex")},
        {"shm, semaphore", ring("shm", "semaphore")},
        {"sysv-shm", ring("sysv-shm", nullptr)},
        {"mmap", ring("mmap", nullptr)},
        {"copies, no waits", [=](std::size_t n) { over_nothing(n, ring_size, copying()); }},
        {"copies, shm",
         [=](std::size_t n) { over_ring("shm", ring_settings(size, "futex"), copying(), n); }},
    };
    for (int round = 0; round <= kRounds; ++round) {
        for (Row& row : rows) {
            const double seconds = seconds_of([&] { row.move(blocks); });
            const double rate = static_cast<double>(blocks * kBlock) / seconds / 1e9;
            if (round > 0) row.rates.push_back(rate);  // the first one warms up
        }
    }
    for (Row& row : rows) {
        std::sort(row.rates.begin(), row.rates.end());
        std::printf("%-17s %6.1f GB/s, best %6.1f\n", row.name, row.rates[kRounds / 2],
                    row.rates.back());
    }
    return 0;
}
