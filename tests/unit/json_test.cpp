#include "stages/base/json.hpp"

#include <cstdint>
#include <limits>

#include "tests/support/catch.hpp"

using pipectl::json_quoted;
using pipectl::JsonWriter;

TEST_CASE("a JSON document has its commas and colons where they belong") {
    JsonWriter json;
    json.begin_object().member("a", 1).key("b").begin_array();
    json.value("x").value(true).null().begin_object().end_object().end_array();
    json.member("c", 0.1).end_object();
    REQUIRE(json.take() == R"({"a":1,"b":["x",true,null,{}],"c":0.1})");
}

TEST_CASE("a JSON document down to the wanted depth has a line for each member") {
    JsonWriter json(2);
    json.begin_object().member("name", "n").key("list").begin_array();
    json.begin_object().member("a", 1).member("b", 2).end_object();
    json.begin_object().end_object().end_array();
    json.key("none").begin_array().end_array().end_object();
    REQUIRE(json.take() ==
            "{\n  \"name\": \"n\",\n  \"list\": [\n    {\"a\": 1, \"b\": 2},\n    {}\n  ],\n"
            "  \"none\": []\n}");
}

TEST_CASE("JSON numbers read back to the same value, and what has no number is null") {
    JsonWriter json;
    json.begin_array();
    json.value(std::numeric_limits<std::int64_t>::min());
    json.value(std::numeric_limits<std::uint64_t>::max());
    json.value(1e300).value(-0.5).value(3.0);
    json.value(std::numeric_limits<double>::quiet_NaN());
    json.value(std::numeric_limits<double>::infinity());
    json.end_array();
    REQUIRE(json.take() == "[-9223372036854775808,18446744073709551615,1e+300,-0.5,3,null,null]");
}

TEST_CASE("JSON strings escape quotes, backslashes and control characters") {
    REQUIRE(json_quoted("a\"b\\c\n\t\r\b\f") == R"("a\"b\\c\n\t\r\b\f")");
    REQUIRE(json_quoted(std::string_view("\0\x1f\x7f", 3)) == R"("\u0000\u001f\u007f")");
    REQUIRE(json_quoted("</script> é 日 😀") == "\"</script> é 日 😀\"");
}

TEST_CASE("JSON has no raw byte that a terminal would obey or a reader be deceived by") {
    REQUIRE(json_quoted("\xc2\x9b"
                        "31m") == R"("\u009b31m")");
    REQUIRE(json_quoted("\xe2\x80\xae\xe2\x81\xa6\xd8\x9c") == R"("\u202e\u2066\u061c")");
    REQUIRE(json_quoted("\xe2\x80\xa8") == R"("\u2028")");
}

TEST_CASE("bytes that are not UTF-8 become replacement characters in JSON") {
    const std::string r = "\xEF\xBF\xBD";
    REQUIRE(json_quoted("a\xFFz") == "\"a" + r + "z\"");
    REQUIRE(json_quoted("\xC0\xAF") == "\"" + r + r + "\"");          // overlong '/'
    REQUIRE(json_quoted("\xED\xA0\x80") == "\"" + r + r + r + "\"");  // a surrogate
    REQUIRE(json_quoted("\xF4\x90\x80\x80") == "\"" + r + r + r + r + "\"");
    REQUIRE(json_quoted("\xE2\x82") == "\"" + r + r + "\"");  // cut short
    REQUIRE(json_quoted("\xF0\x9F\x98\x80") == "\"\xF0\x9F\x98\x80\"");
}

TEST_CASE("a JSON document without objects is a single value") {
    JsonWriter json(3);
    json.value("x");
    REQUIRE(json.take() == "\"x\"");
}
