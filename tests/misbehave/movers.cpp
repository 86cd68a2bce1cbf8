#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "stages/base/fd.hpp"
#include "tests/misbehave/misbehave.hpp"

namespace pipectl::test {

namespace {

constexpr std::size_t kBlock = 65536;

std::size_t checked(ssize_t moved, const char* call) {
    if (moved < 0) {
        std::fprintf(stderr, "misbehave: %s: %s\n", call, std::strerror(errno));
        ::_exit(1);
    }
    return static_cast<std::size_t>(moved);
}

void write_block(const char* block, std::size_t size) {
    say(1, std::string(block, size));
}

bool copy_block() {
    static char block[kBlock];
    const std::size_t got = checked(::read(0, block, sizeof block), "read");
    write_block(block, got);
    return got > 0;
}

/// What a pipe of its own holds, to stdout. A file that is appended to takes no splice(2).
void splice_out(int reader, std::size_t left) {
    static char block[kBlock];
    while (left > 0) {
        const ssize_t moved = ::splice(reader, nullptr, 1, nullptr, left, 0);
        if (moved < 0 && errno == EINVAL) {
            const std::size_t got = checked(::read(reader, block, std::min(left, kBlock)), "read");
            write_block(block, got);
            left -= got;
        } else {
            left -= checked(moved, "splice");
        }
    }
}

/// Through a pipe of its own: one of the two ends of splice(2) must be one.
bool splice_block() {
    static const PipeEnds own = make_pipe();
    const std::size_t got =
        checked(::splice(0, nullptr, own.writer.get(), nullptr, kBlock, 0), "splice");
    splice_out(own.reader.get(), got);
    return got > 0;
}

bool vmsplice_block() {
    static const PipeEnds own = make_pipe();
    static char block[kBlock];
    const std::size_t got = checked(::read(0, block, sizeof block), "read");
    for (std::size_t done = 0; done < got;) {
        const iovec rest{block + done, got - done};
        const std::size_t in = checked(::vmsplice(own.writer.get(), &rest, 1, 0), "vmsplice");
        splice_out(own.reader.get(), in);
        done += in;
    }
    return got > 0;
}

/// tee(2) of one pipe into another, and what was given on is thrown away.
bool tee_block() {
    const std::size_t got = checked(::tee(0, 1, kBlock, 0), "tee");
    static char block[kBlock];
    for (std::size_t left = got; left > 0;) {
        left -= checked(::read(0, block, std::min(left, sizeof block)), "read");
    }
    return got > 0;
}

bool send_block() {
    static char block[kBlock];
    const std::size_t got = checked(::recv(0, block, sizeof block, 0), "recv");
    for (std::size_t done = 0; done < got;) {
        done += checked(::send(1, block + done, got - done, 0), "send");
    }
    return got > 0;
}

/// As `pv -L` does: now and then past the count, the rest within.
bool part_block() {
    static int turn = 0;
    return ++turn % 7 == 0 ? copy_block() : splice_block();
}

bool sendfile_block() {
    return checked(::sendfile(1, 0, nullptr, kBlock), "sendfile") > 0;
}

bool mapped_whole() {
    struct stat status {};
    ::fstat(0, &status);
    const auto size = static_cast<std::size_t>(status.st_size);
    const void* const at = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, 0, 0);
    if (at == MAP_FAILED) {
        checked(-1, "mmap");
    }
    write_block(static_cast<const char*>(at), size);
    return false;
}

int move(const Arguments& arguments) {
    struct Way {
        const char* name;
        bool (*block)();
    };
    constexpr Way kWays[] = {{"copy", copy_block},         {"splice", splice_block},
                             {"part", part_block},         {"vmsplice", vmsplice_block},
                             {"tee", tee_block},           {"send", send_block},
                             {"sendfile", sendfile_block}, {"mmap", mapped_whole}};
    for (const Way& way : kWays) {
        if (text(arguments, 0) == way.name) {
            while (way.block()) {
            }
            return 0;
        }
    }
    std::fprintf(stderr, "misbehave: no way to move bytes is '%s'\n", text(arguments, 0).c_str());
    return 64;
}

}  // namespace

std::span<const Misbehaviour> movers() {
    static const Misbehaviour table[] = {
        {"move", "HOW", "moves stdin to stdout by the call that HOW names; 'part': now and then",
         move},
    };
    return table;
}

}  // namespace pipectl::test
