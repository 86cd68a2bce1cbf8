#include <string>

#include "orchestrator/shell/syntax/parser.hpp"
#include "orchestrator/shell/syntax/words.hpp"
#include "tests/support/catch.hpp"

using namespace pipectl;
using namespace pipectl::shell;

namespace {

Script good_script(const std::string& text) {
    Parsed parsed = parse(text);
    INFO(text);
    INFO((parsed.error ? parsed.error->message : ""));
    REQUIRE_FALSE(parsed.error);
    return std::move(parsed.script);
}

/// The words of a text's first command, '?' for what needs a shell.
std::string words(const std::string& text) {
    const Script script = good_script(text);
    std::string all;
    for (const Word& word : script.list.chains.at(0).pipelines.at(0).commands.at(0).words) {
        all += (all.empty() ? "" : "|") + literal(word).value_or("?");
    }
    return all;
}

std::string refusal(const std::string& text) {
    const Parsed parsed = parse(text);
    INFO(text);
    REQUIRE(parsed.error);
    return std::to_string(parsed.error->place.line) + ":" +
           std::to_string(parsed.error->place.column) + " " + parsed.error->message;
}

}  // namespace

TEST_CASE("words lose their quotes") {
    CHECK(words(R"(a 'b c' "d e" f\ g ''x)") == "a|b c|d e|f g|x");
    CHECK(words(R"(awk '{ print $2 }' "it's" "\$x \a")") == R"(awk|{ print $2 }|it's|$x \a)");
    CHECK(words("a\\\nb '' \"\"") == "ab||");
    CHECK(words(R"($'a\tb\x41\'')") == "a\tbA'");
    CHECK(words("a # b") == "a");
    CHECK(words("a b#c") == "a|b#c");
}

TEST_CASE("what a shell expands is no plain word") {
    CHECK(words("$x \"$x\" ${x:-1} $(a) `a` $((1)) *.c [ab] {a,b} ~ <(a)") ==
          "?|?|?|?|?|?|?|?|?|?|?");
    CHECK(words("{} [ a] {a} '*' \"~\"") == "{}|[|a]|{a}|*|~");
}

TEST_CASE("a pipeline keeps its parts in order") {
    const Script script = good_script("a < f |\n  # note\n  b 2>&1 |& c && ! d & e; f");
    REQUIRE(script.list.chains.size() == 3);
    const Chain& first = script.list.chains[0];
    CHECK(first.background);
    REQUIRE(first.pipelines.size() == 2);
    REQUIRE(first.pipelines[0].commands.size() == 3);
    CHECK(first.pipelines[0].joined == std::vector<bool>{false, true, false});
    CHECK(first.pipelines[1].negated);
    CHECK(first.pipelines[0].commands[1].redirects.at(0)->descriptor == 2);
    REQUIRE(script.comments.size() == 1);
    CHECK(script.comments[0].own);
}

TEST_CASE("here documents are read behind the line that begins them") {
    const Script script = good_script("cat <<A <<-'B' | c\n1 $x\nA\n\t2\n\tB\nd\n");
    const Command& cat = script.list.chains.at(0).pipelines.at(0).commands.at(0);
    REQUIRE(cat.redirects.size() == 2);
    CHECK(cat.redirects[0]->body == "1 $x\n");
    CHECK(cat.redirects[0]->expands);
    CHECK(cat.redirects[1]->body == "2\n");
    CHECK_FALSE(cat.redirects[1]->expands);
    CHECK(script.list.chains.size() == 2);
}

TEST_CASE("compound commands are one command each") {
    for (const std::string text :
         {"{ a; b; }", "(a | b)", "if a; then b; elif c; then d; else e; fi", "while a; do b; done",
          "for x in 1 2; do a; done", "for x; do a; done", "for ((i = 0; i < 3; i++)); do a; done",
          "case $x in a | b) c ;; (*) d ;; esac", "f() { a; }", "function f { a; }", "[[ a < b ]]",
          "((x > 1))", "((a) | b)", "select x in a; do b; done"}) {
        const Script script = good_script(text + " | tail");
        CHECK(script.list.chains.at(0).pipelines.at(0).commands.size() == 2);
    }
}

TEST_CASE("what is not understood is refused where it stands") {
    CHECK(refusal("a | ") == "1:5 unexpected end");
    CHECK(refusal("a 'b\nc") == "1:3 this quote is not closed");
    CHECK(refusal("a\nb ) c") == "2:3 unexpected ')'");
    CHECK(refusal("a | ! b") == "1:5 unexpected '!'");
    CHECK(refusal("cat <<E\nx\n") == "1:5 this here document has no end");
    CHECK(refusal("a; fi") == "1:4 unexpected 'fi'");
    CHECK(refusal(std::string("a \0b", 4)) == "1:3 a null byte");
    CHECK(refusal("é ${") == "1:3 '${' without a name");
}

TEST_CASE("deep nesting is refused and does not end the program") {
    for (const std::string open : {"(", "$(", "\"$(", "{ ", "${x:-", "$((", "<("}) {
        std::string text = "a | ";
        for (int i = 0; i < 100'000; ++i) {
            text += open;
        }
        CHECK(parse(text).error);
    }
    std::string nearly = "a";
    for (int i = 0; i < 40; ++i) {
        nearly = "(" + nearly + ")";
    }
    CHECK_FALSE(parse("x | " + nearly).error);
}

TEST_CASE("a line of ten megabytes is read in one pass", "[S24]") {
    const std::string text = "cat '" + std::string(10'000'000, 'x') + "' | wc -c";
    CHECK(good_script(text).list.chains.at(0).pipelines.at(0).commands.size() == 2);
}
