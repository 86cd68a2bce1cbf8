// Stages that are linked to the channel library.

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <exception>

#include "stages/include/pipectl/stage.hpp"
#include "tests/misbehave/misbehave.hpp"
#include "tests/support/pattern.hpp"

namespace pipectl::test {

namespace {

/// Errors of the library are status 7, with their text.
template <class Function>
int reported(Function function) {
    try {
        return function();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "misbehave: %s\n", error.what());
        return 7;
    }
}

int native_write(const Arguments& arguments) {
    return reported([&] {
        const auto bytes = static_cast<std::uint64_t>(number(arguments, 0));
        Output out;
        for (std::uint64_t at = 0; at < bytes;) {
            const auto room = out.reserve(static_cast<std::size_t>(bytes - at));
            const std::string part = pattern(at, room.size());
            std::copy(part.begin(), part.end(), room.begin());
            out.commit(part.size());
            at += part.size();
        }
        out.finish();
        // an end that was said and is not true
        return static_cast<int>(number(arguments, 1, 0));
    });
}

int native_sum(const Arguments& /*arguments*/) {
    return reported([] {
        Sum sum;
        Input in;
        while (const auto piece = in.peek()) {
            sum.add(piece->bytes.data(), piece->bytes.size());
            in.release(piece->bytes.size());
        }
        const std::string line = to_line(sum);
        Output out;
        out.write(line);
        out.finish();
        return 0;
    });
}

int native_copy(const Arguments& arguments) {
    return reported([&] {
        Input in(text(arguments, 0));
        Output out(text(arguments, 1));
        std::size_t records = 0;
        while (const auto piece = in.peek()) {
            out.write(piece->bytes, piece->ends_record);
            records += piece->ends_record ? 1 : 0;
            in.release(piece->bytes.size());
        }
        out.finish();
        std::fprintf(stderr, "%zu records\n", records);
        return 0;
    });
}

int native_unfinished(const Arguments& /*arguments*/) {
    return reported([] {
        Output out;
        out.write(std::string_view("half"));
        return 0;  // without an end, and well as far as its status tells
    });
}

int native_open(const Arguments& arguments) {
    return reported([&] {
        const Input in(text(arguments, 0));
        return 0;
    });
}

constexpr Misbehaviour kMisbehaviours[] = {
    {"native-write", "BYTES [STATUS]", "writes the pattern in place, and ends with STATUS",
     native_write},
    {"native-sum", "", "reads all in place, prints count and checksum", native_sum},
    {"native-copy", "IN OUT", "copies a port to another, with records", native_copy},
    {"native-unfinished", "", "writes a little, says no end, and ends with 0", native_unfinished},
    {"native-open", "IN", "opens an input and ends", native_open},
};

}  // namespace

std::span<const Misbehaviour> native() {
    return kMisbehaviours;
}

}  // namespace pipectl::test
