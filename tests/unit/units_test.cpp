#include "stages/base/units.hpp"

#include "tests/support/catch.hpp"

using namespace pipectl;
using std::chrono::milliseconds;

TEST_CASE("sizes are read as people write them") {
    const std::pair<const char*, std::uint64_t> cases[] = {
        {"0", 0},
        {"4096", 4096},
        {"007", 7},
        {"64k", 65536},
        {"64K", 65536},
        {"64KiB", 65536},
        {"64 KiB", 65536},
        {"1.5GiB", 1610612736},
        {"10MB", 10'000'000},
        {"1kB", 1000},
        {"12B", 12},
        {"0.5k", 512},
        {"2T", 2199023255552},
        {"18446744073709551615", 18446744073709551615ULL},
        {"1.500000000k", 1536},
    };
    for (const auto& [text, bytes] : cases) {
        INFO(text);
        const auto parsed = parse_size(text);
        REQUIRE(parsed.ok());
        CHECK(parsed.value() == bytes);
    }
}

TEST_CASE("a size that is none, or could be two, is refused with the reason") {
    const std::pair<const char*, const char*> cases[] = {
        {"", "a size is empty"},
        {"k", "size 'k' does not start with a number"},
        {"-1", "size '-1' must not be negative"},
        {"+1", "size '+1' does not start with a number"},
        {"1,5k", "size '1,5k' has a comma; a fraction is written with a point"},
        {"1.k", "size '1.k' has no digits after its point"},
        {"0.3k", "size '0.3k' is not a whole number of bytes"},
        {"1.5", "size '1.5' is not a whole number of bytes"},
        {"0.1234567G", "size '0.1234567G' has more than 6 digits after its point"},
        {"18446744073709551616", "size '18446744073709551616' is too large"},
        {"99999999999T", "size '99999999999T' is too large"},
        {"64KB", "size '64KB' could mean 1000 or 1024; write kB or KiB"},
        {"64b", "size '64b' could be bits; bytes are written 'B' or without a unit"},
        {"64kb",
         "size '64kb' has an ambiguous unit 'kb'; write KiB (powers of 1024) or kB (powers "
         "of 1000)"},
        {"64mb",
         "size '64mb' has an ambiguous unit 'mb'; write MiB (powers of 1024) or MB (powers "
         "of 1000)"},
        {"1e6",
         "size '1e6' has an unknown unit 'e6'; units are k, M, G, T, KiB, MiB, GiB, TiB, kB, "
         "MB, GB, TB"},
        {"5 ", "size '5 ' ends with a blank"},
    };
    for (const auto& [text, why] : cases) {
        INFO(text);
        const auto parsed = parse_size(text);
        REQUIRE_FALSE(parsed.ok());
        CHECK(parsed.error() == why);
    }
}

TEST_CASE("durations are read as people write them") {
    const std::pair<const char*, std::int64_t> cases[] = {
        {"0", 0},
        {"0s", 0},
        {"250ms", 250},
        {"5s", 5000},
        {"1.5m", 90000},
        {"2h", 7'200'000},
        {"1h30m", 5'400'000},
        {"1d", 86'400'000},
        {"1m0.25s", 60250},
        {"1d2h3m4s5ms", 93784005},
    };
    for (const auto& [text, ms] : cases) {
        INFO(text);
        const auto parsed = parse_duration(text);
        REQUIRE(parsed.ok());
        CHECK(parsed.value() == milliseconds(ms));
    }
}

TEST_CASE("a duration that is none is refused with the reason") {
    const std::pair<const char*, const char*> cases[] = {
        {"", "a duration is empty"},
        {"5", "duration '5' has no unit; write for instance '5s' for seconds"},
        {"-5s", "duration '-5s' must not be negative"},
        {"5M", "duration '5M' has an unknown unit 'M'; units are ms, s, m, h, d"},
        {"5 s", "duration '5 s' has an unknown unit ' s'; did you mean '5s'?"},
        {"10 minutes", "duration '10 minutes' has an unknown unit ' minutes'; did you mean '10m'?"},
        {"1 hour 30 min",
         "duration '1 hour 30 min' has an unknown unit ' hour '; did you mean '1h30m'?"},
        {"30m1h", "duration '30m1h' must name each unit once, the longest first"},
        {"1s1s", "duration '1s1s' must name each unit once, the longest first"},
        {"1.5h3m", "duration '1.5h3m' may have a fraction in its last part only"},
        {"0.5ms", "duration '0.5ms' is not a whole number of milliseconds"},
        {"99999d", "duration '99999d' is longer than 36500 days"},
        {"99999999999999999999s", "duration '99999999999999999999s' is too large"},
        {"soon", "duration 'soon' does not start with a number"},
    };
    for (const auto& [text, why] : cases) {
        INFO(text);
        const auto parsed = parse_duration(text);
        REQUIRE_FALSE(parsed.ok());
        CHECK(parsed.error() == why);
    }
}

TEST_CASE("a size is shown in its shortest form, and reads back") {
    CHECK(format_size(0) == "0");
    CHECK(format_size(100) == "100");
    CHECK(format_size(1500) == "1500");
    CHECK(format_size(65536) == "64KiB");
    CHECK(format_size(10'000'000) == "10MB");
    CHECK(format_size(1ULL << 40U) == "1TiB");
    for (std::uint64_t bytes = 1; bytes < (1ULL << 61U); bytes = bytes * 3 + 7) {
        for (const std::uint64_t value :
             {bytes, bytes * 2, bytes / 1000 * 1000, bytes & ~std::uint64_t{1023}}) {
            REQUIRE(parse_size(format_size(value)).value() == value);
        }
    }
}

TEST_CASE("a duration is shown for people, and as a literal that reads back") {
    CHECK(format_duration(0) == "0 ms");
    CHECK(format_duration(0.0012) == "1.2 ms");
    CHECK(format_duration(0.012) == "12 ms");
    CHECK(format_duration(3.44) == "3.4 s");
    CHECK(format_duration(59.96) == "1 m 00 s");
    CHECK(format_duration(125) == "2 m 05 s");
    CHECK(format_duration(7500) == "2 h 05 m");
    CHECK(duration_literal(milliseconds(0)) == "0s");
    CHECK(duration_literal(milliseconds(250)) == "250ms");
    CHECK(duration_literal(milliseconds(600'000)) == "10m");
    CHECK(duration_literal(milliseconds(90'000)) == "90s");
    CHECK(duration_literal(milliseconds(2 * 86'400'000)) == "2d");
    for (std::int64_t ms = 1; ms < 10'000'000'000; ms = ms * 3 + 1) {
        REQUIRE(parse_duration(duration_literal(milliseconds(ms))).value() == milliseconds(ms));
    }
}
