#include "stages/base/fd.hpp"

#include <unistd.h>

#include "tests/support/catch.hpp"

TEST_CASE("a pipe carries what was written, and both ends are close-on-exec") {
    const auto ends = pipectl::make_pipe();
    REQUIRE(pipectl::write_all(ends.writer.get(), "abc") == 0);
    char got[8] = {};
    REQUIRE(::read(ends.reader.get(), got, sizeof got) == 3);
    REQUIRE(std::string(got) == "abc");
}
