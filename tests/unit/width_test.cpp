#include "orchestrator/text/width.hpp"

#include "orchestrator/report/text_table.hpp"
#include "tests/support/catch.hpp"

using namespace pipectl;

TEST_CASE("a text takes the columns that a terminal gives to it") {
    CHECK(width_of("abc") == 3);
    CHECK(width_of("gr\xc3\xbcn") == 4);
    CHECK(width_of("e\xcc\x81") == 1);                 // a combining accent
    CHECK(width_of("\xe6\xbc\xa2\xe5\xad\x97") == 4);  // two CJK characters
    CHECK(width_of("\xef\xbd\xb6") == 1);              // a half-width one
    CHECK(width_of("\xf0\x9f\x90\x9f") == 2);          // an emoji
    CHECK(width_of("\xe0\xb8\x81\xe0\xb8\xb4") == 1);  // Thai: a vowel above
    CHECK(width_of("\xff") == 1);
    CHECK(width_of("") == 0);
}

TEST_CASE("a text is cut before the character that does not fit, and padded by columns") {
    const std::string wide = "a\xe6\xbc\xa2\xe5\xad\x97";
    CHECK(cut_to_width(wide, 5) == wide);
    CHECK(cut_to_width(wide, 4) == "a\xe6\xbc\xa2");
    CHECK(cut_to_width(wide, 2) == "a");
    CHECK(cut_to_width("e\xcc\x81x", 1) == "e\xcc\x81");
    CHECK(padded("\xe6\xbc\xa2", 4) == "\xe6\xbc\xa2  ");
    CHECK(padded_left("\xe6\xbc\xa2", 4) == "  \xe6\xbc\xa2");
    CHECK(padded(wide, 2) == wide);
}

TEST_CASE("a text is shortened to one line that is not wider than it may be") {
    CHECK(shortened("abcd", 4) == "abcd");
    CHECK(shortened("abcde", 4) == "abc\xe2\x80\xa6");
    CHECK(shortened("abcdefgh", 6, " ...") == "ab ...");
    CHECK(shortened("a\xe6\xbc\xa2\xe5\xad\x97", 4) == "a\xe6\xbc\xa2\xe2\x80\xa6");
    CHECK(shortened("a\nb", 9) == "a\\nb");
    CHECK(shortened("abc", 0, "") == "");
}

TEST_CASE("columns of a table stand below each other whatever is in them") {
    TextTable table({"NAME", ">SIZE"});
    table.add({"\xe6\xbc\xa2\xe5\xad\x97", "1"});
    table.add({"e\xcc\x81", "20"});
    CHECK(table.render(false) ==
          "NAME  SIZE\n\xe6\xbc\xa2\xe5\xad\x97     1\ne\xcc\x81       20\n");
    CHECK(table.width() == 10);
    table.hide(1);
    CHECK(table.width() == 4);
    CHECK(table.render(false, 3) == "NAM\n\xe6\xbc\xa2\ne\xcc\x81\n");
}
