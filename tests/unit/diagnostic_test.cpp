#include "orchestrator/diagnostic/diagnostic.hpp"

#include "orchestrator/diagnostic/diagnostic_json.hpp"
#include "orchestrator/diagnostic/source_lines.hpp"
#include "tests/support/catch.hpp"

using namespace pipectl;

namespace {

std::string render(const std::string& text, const Diagnostic& one, bool colour = false) {
    return render_diagnostics({"a.toml", text}, {one}, colour);
}

Diagnostic error_at(int line, int column, int length, std::string message = "wrong") {
    return {Severity::error, {line, column}, std::move(message), "", length};
}

}  // namespace

TEST_CASE("a remark shows its place, its line and a caret below the thing") {
    CHECK(render("a = 1\nnmae = 2\n",
                 {Severity::error, {2, 1}, "unknown key 'nmae'", "look it up", 4}) ==
          "a.toml:2:1: error: unknown key 'nmae'\n"
          "    2 | nmae = 2\n"
          "      | ^~~~\n"
          "      hint: look it up\n");
    CHECK(render("x", {Severity::warning, {}, "of no line", "", 1}) ==
          "a.toml: warning: of no line\n");
    CHECK(render("x", error_at(7, 1, 1)) == "a.toml:7:1: error: wrong\n");
    CHECK(render("ab", error_at(1, 3, 1)) == "a.toml:1:3: error: wrong\n    1 | ab\n      |   ^\n");
}

TEST_CASE("the caret stands below its thing whatever stands before it") {
    CHECK(render("\tx", error_at(1, 2, 1)) ==
          "a.toml:1:2: error: wrong\n    1 |     x\n      |     ^\n");
    CHECK(render("äö x", error_at(1, 4, 1)) ==
          "a.toml:1:4: error: wrong\n    1 | äö x\n      |    ^\n");
    CHECK(render("日本 x", error_at(1, 1, 2)) ==
          "a.toml:1:1: error: wrong\n    1 | 日本 x\n      | ^~~~\n");
    CHECK(render("a\r\nb\r\n", error_at(1, 1, 1)) ==
          "a.toml:1:1: error: wrong\n    1 | a\n      | ^\n");
    // a thing that goes on beyond its line is underlined to the line's end
    CHECK(render("ab = x", error_at(1, 6, 99)) ==
          "a.toml:1:6: error: wrong\n    1 | ab = x\n      |      ^\n");
}

TEST_CASE("nothing of the source or the message can steer the terminal") {
    const std::string shown =
        render_diagnostics({"\x1b[2Ja", "x\x1b[31my\xff\xc2\x9bz\n"},
                           {{Severity::error, {1, 9}, "m\x1b[0m\r", "h\x07", 1}}, false);
    CHECK(shown ==
          "\\x1b[2Ja:1:9: error: m\\x1b[0m\\x0d\n"
          "    1 | x\\x1b[31my\\xff\\u009bz\n"
          "      |               ^~~~~~\n"
          "      hint: h\\x07\n");
}

TEST_CASE("of a long line the part around the caret is shown, and a long message is cut") {
    const std::string line = std::string(500'000, 'a') + "X" + std::string(500'000, 'b');
    const std::string shown = render(line, error_at(1, 500'001, 1, std::string(100'000, 'm')));
    CHECK(shown.size() < 1000);
    CHECK(shown.find("...aaaa") != std::string::npos);
    CHECK(shown.find("aXb") != std::string::npos);
    CHECK(shown.find("bbbb...\n") != std::string::npos);
}

TEST_CASE("remarks are sorted by place, and what is there twice is shown once") {
    const std::string shown =
        render_diagnostics({"a", "x\ny\n"},
                           {error_at(2, 1, 1, "second"), error_at(0, 0, 1, "nowhere"),
                            error_at(1, 1, 1, "first"), error_at(2, 1, 1, "second")},
                           false);
    CHECK(shown ==
          "a:1:1: error: first\n    1 | x\n      | ^\n"
          "a:2:1: error: second\n    2 | y\n      | ^\n"
          "a: error: nowhere\n");
    CHECK(has_errors({error_at(1, 1, 1)}));
    CHECK_FALSE(has_errors({{Severity::warning, {1, 1}, "w", "", 1}}));
    CHECK_FALSE(has_errors({}));
}

TEST_CASE("programs get every remark once, by place, without secrets") {
    SourceText source{"a.toml", "x"};
    source.secrets.add("hunter2");
    const Diagnostic late{Severity::warning, {2, 3}, "late", "not hunter2", 4};
    const Diagnostic nowhere{Severity::error, {}, "\x1b hunter2", "", 1};
    JsonWriter json(1);
    write_diagnostics(json, source, {nowhere, late, error_at(1, 1, 1), late});
    CHECK(json.take() ==
          "[\n"
          R"(  {"severity": "error", "line": 1, "column": 1, "length": 1, "message": "wrong", )"
          R"("hint": null, "fix": null},)"
          "\n"
          R"(  {"severity": "warning", "line": 2, "column": 3, "length": 4, "message": "late", )"
          R"("hint": "not ***", "fix": null},)"
          "\n"
          R"(  {"severity": "error", "line": null, "column": null, "length": 1, )"
          R"("message": "\u001b ***", "hint": null, "fix": null})"
          "\n]");
}

TEST_CASE("colour adds sequences and nothing else") {
    const std::string plain = render("abc", error_at(1, 2, 2));
    std::string coloured = render("abc", error_at(1, 2, 2), true);
    CHECK(coloured.find("\x1b[1;31m^~\x1b[0m") != std::string::npos);
    for (std::size_t at = 0; (at = coloured.find('\x1b')) != std::string::npos;) {
        coloured.erase(at, coloured.find('m', at) + 1 - at);
    }
    CHECK(coloured == plain);
}

TEST_CASE("places and bytes of a text are each other's inverse") {
    const std::string text = "a\n\näb\xff\r\nlast";
    const SourceLines lines(text);
    CHECK(lines.line(3) == "äb\xff");
    CHECK(lines.line(4) == "last");
    CHECK(lines.line(5).empty());
    CHECK(lines.line(0).empty());
    CHECK(lines.place(0) == Place{1, 1});
    CHECK(lines.place(5) == Place{3, 2});
    CHECK(lines.offset({3, 2}) == 5);
    CHECK(lines.offset({4, 99}) == text.size());
    CHECK(lines.offset({99, 1}) == text.size());
    CHECK(lines.place(999) == Place{4, 5});
}

TEST_CASE("past a hundred remarks a line says how many more there are", "[S24]") {
    std::string text;
    std::vector<Diagnostic> many;
    for (int line = 1; line <= 100'000; ++line) {
        text += "x\n";
        many.push_back({Severity::warning, {line, 1}, "number " + std::to_string(line), "", 1});
    }
    many.push_back(error_at(100'000, 1, 1, "the error"));
    const std::string shown = render_diagnostics({"a.toml", text}, many, false);
    CHECK(shown.find("number 99\n") != std::string::npos);
    CHECK(shown.find("number 100\n") == std::string::npos);
    CHECK(shown.find("the error\n") != std::string::npos);
    CHECK(shown.ends_with("\na.toml: and 99,901 more\n"));
}
