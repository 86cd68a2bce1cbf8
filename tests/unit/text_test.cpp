#include "stages/base/text.hpp"

#include <csignal>

#include "stages/base/sentence.hpp"
#include "stages/base/signal_name.hpp"
#include "stages/base/utf8.hpp"
#include "tests/support/catch.hpp"

using namespace pipectl;

TEST_CASE("the nearest known word is found for slips, and nothing for another word") {
    const std::vector<std::string> keys = {"name",    "run",   "shell", "stdin",       "stdout",
                                           "timeout", "grace", "via",   "description", "fan-out"};
    CHECK(nearest("nmae", keys) == "name");
    CHECK(nearest("rnu", keys) == "run");
    CHECK(nearest("timeot", keys) == "timeout");
    CHECK(nearest("Timeout", keys) == "timeout");
    CHECK(nearest("fan_out", keys) == "fan-out");
    CHECK(nearest("stdot", keys) == "stdout");
    CHECK(nearest("vi", keys) == "via");
    CHECK(nearest("desc", keys) == "description");
    CHECK(nearest("banana", keys).empty());
    CHECK(nearest("x", keys).empty());
    CHECK(nearest("", keys).empty());
    CHECK(nearest(std::string(1000, 'a'), keys).empty());
    CHECK(nearest("aaaa", std::vector<std::string>{"", std::string(1000, 'a')}).empty());
    CHECK(nearest("a", std::vector<std::string>{"b", "A"}) == "A");
    CHECK(did_you_mean("nmae", keys) == "; did you mean 'name'?");
    CHECK(did_you_mean("banana", keys).empty());
}

TEST_CASE("a command is shown as one would type it") {
    CHECK(quote_command({"awk", "{ print $2 }", "a b", "", "it's", "k=v", "-x", "~"}) ==
          R"(awk '{ print $2 }' 'a b' '' 'it'\''s' k=v -x '~')");
    CHECK(quote_command({"A=b", "x"}) == "'A=b' x");
    CHECK(quote_word("grün") == "grün");
    CHECK(quote_word("a\nb") == R"($'a\nb')");
    CHECK(quote_word("\x1b[31m'\\7") == R"($'\033[31m\'\\7')");
    CHECK(quote_word("\xff\x01") == R"($'\377\001')");
    CHECK(quote_word("a\xc2\x9b") == R"($'a\302\233')");
}

TEST_CASE("what would steer a terminal is made visible") {
    CHECK(printable("a\tb\nc") == "a\tb\nc");
    CHECK(printable("\x1b[31mred\r") == "\\x1b[31mred\\x0d");
    CHECK(printable("\xc2\x9b[1m") == "\\u009b[1m");
    CHECK(printable("grün \xe2\x82\xac \xf0\x9f\x90\x9f") == "grün \xe2\x82\xac \xf0\x9f\x90\x9f");
    CHECK(printable("\xe2\x80\xae") == "\\u202e");
    CHECK(printable("\xff\xc3") == "\\xff\\xc3");
    CHECK(printable(std::string("\0\x7f", 2)) == "\\x00\\x7f");
}

TEST_CASE("only well-formed UTF-8 is a code point") {
    CHECK(first_code_point("a").valid);
    CHECK(first_code_point("\xf4\x8f\xbf\xbf").value == 0x10FFFF);
    for (const char* bad :
         {"\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xed\xa0\x80", "\xf0\x80\x80\x80",
          "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xc3", "\xe2\x82", "\xc3x"}) {
        CHECK_FALSE(first_code_point(bad).valid);
        CHECK(first_code_point(bad).size == 1);
    }
}

TEST_CASE("names are lists of letters, digits, dash and underscore") {
    CHECK(is_name("a-B_9"));
    CHECK_FALSE(is_name(""));
    CHECK_FALSE(is_name("a.b"));
    CHECK_FALSE(is_name("a b"));
    CHECK_FALSE(is_name("ä"));
    CHECK(quoted_list({}).empty());
    CHECK(quoted_list({"a"}) == "'a'");
    CHECK(quoted_list({"a", "b"}) == "'a' and 'b'");
    CHECK(quoted_list({"a", "b", "c"}) == "'a', 'b' and 'c'");
    CHECK(quoted_list({"a", "b", "c"}, 2) == "'a', 'b' and 'c'");  // "1 more" would be no shorter
    CHECK(quoted_list({"a", "b", "c", "d"}, 2) == "'a', 'b' and 2 more");
    CHECK(listed({"a", "b", "c"}, 3, " or ") == "a, b or c");
    CHECK(listed({"a", "b", "c"}, 3, ", ") == "a, b, c");
}

TEST_CASE("signals have names, and names have signals") {
    CHECK(signal_name(SIGTERM) == "SIGTERM");
    CHECK(signal_name(SIGRTMIN) == "SIGRTMIN");
    CHECK(signal_name(SIGRTMIN + 2) == "SIGRTMIN+2");
    CHECK(signal_name(99) == "signal 99");
    CHECK(signal_name(0) == "signal 0");
    CHECK(signal_name(33) == "signal 33");
    for (const char* name : {"SIGTERM", "TERM", "sigterm", "15"}) {
        CHECK(signal_number(name) == SIGTERM);
    }
    for (const char* name :
         {"", "SIG", "0", "-1", "33", "65", "999999999999", "TERMS", "RTMIN+99", "RTMIN-1"}) {
        INFO(name);
        CHECK_FALSE(signal_number(name).has_value());
    }
    CHECK(signal_number("RTMAX-1") == SIGRTMAX - 1);
    CHECK(signal_number("SIGCLD") == SIGCHLD);
    for (int number = 1; number <= SIGRTMAX; ++number) {
        if (number != 32 && number != 33) {
            CHECK(signal_number(signal_name(number)) == number);
        }
    }
    for (const std::string& name : signal_names()) {
        CHECK(signal_number(name).has_value());
    }
}

TEST_CASE("the blanks of a sentence are filled in order, and their values are no sentences") {
    CHECK(filled("{} left {} running", std::string("{}"), 3) == "{} left 3 running");
    CHECK(filled("{}{}", "a", "") == "a");
    CHECK(filled("'{}'", std::string_view("b")) == "'b'");
}
