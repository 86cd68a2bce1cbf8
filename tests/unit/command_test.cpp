// A command as a value: what is made of it.

#include <algorithm>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "orchestrator/command/complete.hpp"
#include "orchestrator/command/help.hpp"
#include "orchestrator/command/manual.hpp"
#include "orchestrator/command/offers.hpp"
#include "orchestrator/command/parse_words.hpp"
#include "tests/support/catch.hpp"

namespace {

using pipectl::Command;
using pipectl::CommandOperand;
using pipectl::CommandOption;
using pipectl::Given;
using pipectl::Offers;
using pipectl::parse_words;
using Words = std::vector<std::string>;

void offer_fruits(Offers& candidates, const Words& before) {
    candidates.add("apple", std::to_string(before.size()) + " before");
    candidates.add("pear");
}

constexpr CommandOption kEatOptions[] = {
    {"--quick", {}, "do not chew"},
    {"--with", "TOOL", "a spoon", offer_fruits},
    {"--format", "text|json", "text is for people"},
    {"--json", {}, "the same as --format json"},
};

constexpr CommandOperand kEatOperands[] = {
    {"FRUIT", CommandOperand::Count::one, offer_fruits},
    {"PLACE", CommandOperand::Count::one},
};

constexpr Command kEat = {
    .name = "eat",
    .takes = "FRUIT PLACE",
    .brief = "for the hungry",
    .usage = "[OPTIONS] FRUIT PLACE",
    .summary = "Eat a fruit.",
    .examples = R"(
  pipectl eat pear home
)",
    .help = R"(
Nothing is left.
)",
    .options = kEatOptions,
    .operands = kEatOperands,
};

constexpr CommandOperand kManyOperands[] = {
    {"FRUIT", CommandOperand::Count::one_or_more, offer_fruits}};

constexpr Command kMany = {.name = "many", .operands = kManyOperands};
constexpr Command kNone = {.name = "none"};

constexpr const Command* kAll[] = {&kEat, &kMany, &kNone};

/// What is wrong with the words; "" when nothing is.
std::string wrong(const Command& command, Words words) {
    const auto parsed = parse_words(command, std::move(words));
    const auto* const text = std::get_if<std::string>(&parsed);
    return text != nullptr ? *text : "";
}

Given good(const Command& command, Words words) {
    const auto parsed = parse_words(command, std::move(words));
    REQUIRE(std::holds_alternative<Given>(parsed));
    return std::get<Given>(parsed);
}

}  // namespace

TEST_CASE("words are taken apart by the command's value", "[command]") {
    const Given none = good(kEat, {"pear", "home"});
    CHECK_FALSE(none.has("--quick"));
    CHECK(none.value("--with").empty());
    CHECK(none.value("--with", "fork") == "fork");
    CHECK(none.value("--format") == "text");
    CHECK_FALSE(none.json());
    CHECK(none.operand(1) == "home");
    CHECK(none.operand(2).empty());

    const Words words = {"pear", "--with", "fork", "--quick", "--with=spoon", "--", "--home"};
    const Given all = good(kEat, words);
    CHECK(all.has("--quick"));
    CHECK(all.value("--with") == "spoon");
    CHECK(all.values("--with") == Words{"fork", "spoon"});
    CHECK(all.operands() == Words{"pear", "--home"});
    CHECK(all.words() == words);
    CHECK(good(kEat, {"a", "b", "--json"}).json());
    CHECK(good(kEat, {"a", "b", "--format", "json"}).json());
    CHECK(good(kEat, {"", "-"}).operands() == Words{"", "-"});
    CHECK_FALSE(good(kMany, {"x"}).knows("--quick"));
}

TEST_CASE("no word is taken for more than it is", "[command]") {
    for (const char* const word : {"[a,b]", "{}", "[]", "%%", "a,b", "a b", "'a'", ""}) {
        INFO(word);
        CHECK(good(kMany, {word, word}).operands() == Words{word, word});
        CHECK(good(kEat, {"a", "b", "--with", word}).values("--with") == Words{word});
    }
}

TEST_CASE("what is wrong with words is said by the command's value", "[command]") {
    CHECK(wrong(kEat, {}) == "FRUIT and PLACE are missing");
    CHECK(wrong(kEat, {"a"}) == "PLACE is missing");
    CHECK(wrong(kEat, {"a", "b", "c"}) == "unexpected argument 'c'");
    CHECK(wrong(kNone, {"a"}) == "unexpected argument 'a'");
    CHECK(wrong(kMany, {}) == "FRUIT is missing");
    CHECK(wrong(kEat, {"--quik"}) == "unknown option '--quik'; did you mean '--quick'?");
    CHECK(wrong(kEat, {"--nothing=1", "b"}) == "unknown option '--nothing'");
    CHECK(wrong(kEat, {"-q"}) == "unknown option '-q'; did you mean '--quick'?");
    CHECK(wrong(kEat, {"a", "b", "--with"}) == "option '--with' needs a value");
    CHECK(wrong(kEat, {"a", "b", "--quick=1"}) == "option '--quick' takes no value");
    CHECK(wrong(kEat, {"a", "b", "--format", "jsn"}) ==
          "--format must be 'text' or 'json', not 'jsn'; did you mean 'json'?");
}

TEST_CASE("help is the command's value as text", "[command]") {
    const std::string options =
        "\noptions:\n"
        "  --quick                 do not chew\n"
        "  --with TOOL             a spoon\n"
        "  --format text|json      text is for people\n"
        "  --json                  the same as --format json\n"
        "  -h, --help              this, or the long form with examples\n";
    const std::string brief = "usage: pipectl eat [OPTIONS] FRUIT PLACE\n\nEat a fruit.\n";
    CHECK(help_text(kEat, false) == brief + options);
    CHECK(help_text(kEat, true) ==
          "examples:\n  pipectl eat pear home\n\n" + brief + "\nNothing is left.\n" + options);
    CHECK(list_line(kEat) == "  eat FRUIT PLACE   for the hungry\n");
}

TEST_CASE("what completes a word stands in the command's value", "[command]") {
    const auto offered = [](const Words& words) { return pipectl::complete_words(kAll, words); };
    CHECK(offered({"e"}) == "eat\tfor the hungry\n");
    CHECK(offered({"help", "m"}) == "many\t\n");
    CHECK(offered({"eat", "--q"}) == "--quick\tdo not chew\n");
    CHECK(offered({"eat", ""}) == "apple\t0 before\npear\t\n");
    CHECK(offered({"eat", "--quick", "p"}) == "pear\t\n");
    CHECK(offered({"eat", "x", "--with", "a"}) == "apple\t1 before\n");
    CHECK(offered({"eat", "--format", ""}) == "text\t\njson\t\n");
    CHECK(offered({"eat", "x", ""}).empty());
    CHECK(offered({"many", "x", "y", "a"}) == "apple\t2 before\n");
    CHECK(offered({"none", ""}).empty());
    CHECK(offered({"nonsense", ""}).empty());
}

TEST_CASE("the manual page has every command and every option", "[command]") {
    const std::string page = pipectl::manual_page(kAll, "1.0");
    for (const char* const text :
         {".SS pipectl eat\n", ".SS pipectl none\n", "\\fB\\-\\-with\\fR \\fITOOL\\fR\na spoon\n",
          "\\fB\\-h, \\-\\-help\\fR\n", "Nothing is left.\n.fi\n"}) {
        INFO(text);
        CHECK(page.find(text) != std::string::npos);
    }
}
