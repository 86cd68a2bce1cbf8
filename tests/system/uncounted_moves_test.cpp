// What a program's file tells of how it may move bytes.

#include "orchestrator/meter/uncounted_moves.hpp"

#include <unistd.h>

#include "orchestrator/meter/elf_file.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace pipectl;
using namespace pipectl::test;

TEST_CASE("a plain program cannot move bytes past the kernel's count, an unknown one could") {
    const auto moves = [](const std::string& program, bool sockets = false) {
        const UncountedMoves found = uncounted_moves_of(program, sockets);
        return std::string(found.in ? "in " : "") + (found.out ? "out" : "");
    };
    CHECK(moves("/usr/bin/uniq").empty());
    CHECK(moves("/usr/bin/uniq", true).empty());
    CHECK(moves("/nonexistent") == "in out");
    const TemporaryFolder folder;
    CHECK(moves(folder.write("script", "#!/bin/sh\nexit 0\n")) == "in out");
    // some splice what they do not want to read to nowhere; all write their output
    const auto grep = ElfFile::open("/usr/bin/grep");
    REQUIRE(grep);
    CHECK(moves("/usr/bin/grep") == (grep->has_name("splice") ? "in " : ""));
    // linked with syscall(2), for futexes: whatever it does by that, nobody can tell
    CHECK(moves(STAGE_LIBRARY) == "in out");
}

TEST_CASE("a damaged file is no program, whatever its numbers are") {
    const auto whole = ElfFile::open("/usr/bin/uniq");
    REQUIRE(whole);
    CHECK(whole->loads_libraries());
    const std::string start = whole->content(0, 4096);
    const TemporaryFolder folder;
    for (std::size_t at = 16; at < 200; ++at) {
        std::string damaged = start;
        damaged[at] = '\xff';
        const auto file = ElfFile::open(folder.write("damaged", damaged));
        if (file) CHECK(file->needed().size() < 1000);
        (void)ElfFile::open(folder.write("short", start.substr(0, at)));
    }
    CHECK_FALSE(ElfFile::open(folder.path()));
}
