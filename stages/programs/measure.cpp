// measure: one end of an edge for `pipectl bench`, which wants figures of a channel and of nothing
// else. The writer fills every block and the reader adds it up, in place where the kind lets them;
// direct kinds are written and read with a block for each call.
//
// The ends are at descriptors 3 and 4; the figure, a double, goes to standard output.

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <string_view>

#include "stages/flow/jobs.hpp"
#include "stages/programs/measured_ends.hpp"

namespace pipectl::helper {

namespace {

using Clock = std::chrono::steady_clock;
using Duration = std::chrono::duration<double>;

constexpr int kFirstEnd = 3;
constexpr int kSecondEnd = 4;
constexpr std::size_t kPing = 64;
constexpr std::size_t kBytesPerLook = 64 << 10;  ///< between two looks at the clock

struct Measurement {
    const channel::Kind& kind;
    std::size_t block;
    Duration time;
};

void give_result(double figure) {
    (void)!::write(STDOUT_FILENO, &figure, sizeof figure);
    ::close(STDOUT_FILENO);
}

/// Bytes a second.
void measure_reader(const Measurement& what) {
    ReadEnd end(what.kind, Fd(kFirstEnd));
    std::size_t bytes = end.receive(what.block);
    const auto begin = Clock::now();
    while (const std::size_t got = end.receive(what.block)) {
        bytes += got;
    }
    const Duration took = Clock::now() - begin;
    give_result(static_cast<double>(bytes) / std::max(took.count(), 1e-9));
}

void measure_writer(const Measurement& what) {
    WriteEnd end(what.kind, Fd(kFirstEnd));
    const auto until = Clock::now() + what.time;
    unsigned char value = 0;
    do {
        for (std::size_t sent = 0; sent < kBytesPerLook; sent += what.block) {
            if (!end.send_block(what.block, ++value)) return;
        }
    } while (Clock::now() < until);
    end.finish();
}

void measure_echo(const Measurement& what) {
    ReadEnd in(what.kind, Fd(kFirstEnd));
    WriteEnd out(what.kind, Fd(kSecondEnd));
    while (in.receive_all(kPing) && out.send_block(kPing, 1)) {
    }
}

/// Seconds for 64 bytes there and back.
void measure_caller(const Measurement& what) {
    WriteEnd out(what.kind, Fd(kFirstEnd));
    ReadEnd in(what.kind, Fd(kSecondEnd));
    long trips = 0;
    const auto begin = Clock::now();
    Duration took{};
    do {
        if (!out.send_block(kPing, 1) || !in.receive_all(kPing)) return;
        ++trips;
        took = Clock::now() - begin;
    } while (took < what.time);
    give_result(took.count() / static_cast<double>(trips));
    ::pause();  // both edges stay until the figure was taken
}

struct Part {
    std::string_view name;
    void (*run)(const Measurement& what);
};
constexpr Part kParts[] = {{"reader", measure_reader},
                           {"writer", measure_writer},
                           {"echo", measure_echo},
                           {"caller", measure_caller}};

/// Who is bound to one processor never spins: two cores are the scheduler's to give.
void keep_to_one_core() {
    cpu_set_t all;
    if (::sched_getaffinity(0, sizeof all, &all) != 0) return;
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
        if (!CPU_ISSET(cpu, &all)) continue;
        cpu_set_t one;
        CPU_ZERO(&one);
        CPU_SET(cpu, &one);
        ::sched_setaffinity(0, sizeof one, &one);
        return;
    }
}

std::uint64_t number_in(std::string_view word) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
    if (error != std::errc() || end != word.data() + word.size()) {
        throw UsageError{"'" + std::string(word) + "' is no number"};
    }
    return number;
}

}  // namespace

int measure(const Arguments& arguments) {
    const bool pinned = !arguments.empty() && arguments[0] == "--one-core";
    const Arguments words(arguments.begin() + (pinned ? 1 : 0), arguments.end());
    if (words.size() != 4) throw UsageError{"takes PART KIND BLOCK MICROSECONDS"};
    const channel::Kind* const kind = channel::find_kind(words[1]);
    const auto* const part = std::ranges::find(kParts, words[0], &Part::name);
    if (kind == nullptr || part == std::end(kParts)) {
        throw UsageError{"there is no such part, or no such kind"};
    }
    if (pinned) keep_to_one_core();
    try {
        part->run({*kind, number_in(words[2]), std::chrono::microseconds(number_in(words[3]))});
    } catch (const channel::PeerGone&) {
        // the other one has its figure
    }
    // killed as soon as the figure was taken: nothing that a program does at its end may be caught
    // in it
    ::_exit(0);
}

}  // namespace pipectl::helper
