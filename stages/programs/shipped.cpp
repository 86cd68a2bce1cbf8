// The stages of `use`: native ones, which take the ends of any channel by themselves. What they
// write comes from the input alone, so that two channels, or two runs, can be compared by it.

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <string>

#include "stages/base/digest.hpp"
#include "stages/base/units.hpp"
#include "stages/flow/jobs.hpp"
#include "stages/include/pipectl/stage.hpp"

namespace pipectl::helper {

namespace {

void no_arguments(const Arguments& arguments) {
    if (!arguments.empty()) throw UsageError{"takes no arguments"};
}

/// Bytes of a generator whose state is a counter (SplitMix64), eight at a time.
class Noise {
  public:
    void fill(std::span<char> room) {
        for (std::size_t at = 0; at < room.size(); ++at) {
            if (left_ == 0) {
                word_ = next();
                left_ = sizeof word_;
            }
            if (left_ == sizeof word_ && room.size() - at >= sizeof word_) {
                std::memcpy(room.data() + at, &word_, sizeof word_);
                at += sizeof word_ - 1;
                left_ = 0;
                continue;
            }
            room[at] = static_cast<char>(word_ & 0xff);
            word_ >>= 8;
            --left_;
        }
    }

  private:
    std::uint64_t next() {
        std::uint64_t mixed = state_ += 0x9e3779b97f4a7c15;
        mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
        return mixed ^ (mixed >> 31);
    }

    std::uint64_t state_ = 0;
    std::uint64_t word_ = 0;
    std::size_t left_ = 0;
};

void write_line(const std::string& line) {
    pipectl::Output out;
    out.write(line);
    out.finish();
}

}  // namespace

int fill(const Arguments& arguments) {
    const Parsed<std::uint64_t> size = parse_size(arguments.size() == 1 ? arguments[0] : "");
    if (!size.ok()) throw UsageError{"wants one argument, how many bytes: 4096, 64KiB, 1GiB"};
    Noise noise;
    pipectl::Output out;
    for (std::uint64_t left = size.value(); left > 0;) {
        const auto room = out.reserve(std::min(left, std::uint64_t{1} << 20));
        noise.fill(room);
        out.commit(room.size());
        left -= room.size();
    }
    out.finish();
    return 0;
}

int pass(const Arguments& arguments) {
    no_arguments(arguments);
    Input in;
    pipectl::Output out;
    while (const auto piece = in.peek()) {
        out.write(piece->bytes, piece->ends_record);
        in.release(piece->bytes.size());
    }
    out.finish();
    return 0;
}

int digest(const Arguments& arguments) {
    no_arguments(arguments);
    Digest digest;
    Input in;
    while (const auto piece = in.peek()) {
        digest.add(piece->bytes.data(), piece->bytes.size());
        in.release(piece->bytes.size());
    }
    char text[17];
    std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(digest.value()));
    write_line(std::string(text) + " " + std::to_string(digest.length()) + "\n");
    return 0;
}

int count(const Arguments& arguments) {
    no_arguments(arguments);
    std::uint64_t bytes = 0;
    std::uint64_t lines = 0;
    std::uint64_t records = 0;
    Input in;
    while (const auto piece = in.peek()) {
        bytes += piece->bytes.size();
        lines +=
            static_cast<std::uint64_t>(std::count(piece->bytes.begin(), piece->bytes.end(), '\n'));
        records += piece->ends_record ? 1 : 0;
        in.release(piece->bytes.size());
    }
    write_line(std::to_string(bytes) + " " + std::to_string(lines) + " " + std::to_string(records) +
               "\n");
    return 0;
}

}  // namespace pipectl::helper
