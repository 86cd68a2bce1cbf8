// The items of a [for-each]: which there are, and what each one's plan is.

#include <string>
#include <vector>

#include "orchestrator/definition/parse.hpp"
#include "orchestrator/draw/render_plan.hpp"
#include "orchestrator/parts/items.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/planned.hpp"

using namespace pipectl;

namespace {

struct Found {
    Items items;
    std::string errors;
};

Found found(const std::string& toml, PlanRequest request = {}) {
    const ParseResult parsed = parse_definition({"test.toml", toml});
    REQUIRE_FALSE(has_errors(parsed.diagnostics));
    std::vector<Diagnostic> diagnostics;
    Found result;
    result.items = find_items(parsed.definition, request, diagnostics);
    refuse_shared_files(parsed.definition, request, result.items, diagnostics);
    for (const Diagnostic& each : diagnostics) {
        result.errors += each.message + "\n";
    }
    return result;
}

std::string labels(const Items& items) {
    std::string all;
    for (std::size_t i = 0; i < items.count(); ++i) {
        all += (i == 0 ? "" : "; ") + items.label(i);
    }
    return all;
}

const std::string kCat = "[[stage]]\nname = 'a'\nrun = ['cat', '${file}']\n";

}  // namespace

TEST_CASE("the items are every combination, the last variable fastest", "[items]") {
    const std::string text =
        "[params]\nnames = ['x', 'y z']\n[for-each]\neach = { file = ['a', 'b'], "
        "n = { param = 'names' } }\n" +
        kCat;
    CHECK(labels(found(text).items) == "file=a n=x; file=a n='y z'; file=b n=x; file=b n='y z'");
    PlanRequest one;
    one.set = {{"file", "only"}, {"names", "1"}};
    CHECK(labels(found(text, one).items) == "file=only n=1");
    CHECK(found("[for-each]\neach = { file = [], n = ['x'] }\n" + kCat).items.count() == 0);
}

TEST_CASE("an item's plan is that of the definition with its values written out", "[items]") {
    const std::string stages = R"([[stage]]
name = "a"
run = ["cat", "FILE", "STEM", "NAME"]
stdin = "FILE"
stdout = "out/STEM.txt"
[[stage]]
name = "b"
run = ["wc", "LEVEL"]
from = "a"
)";
    const auto with = [&](const std::vector<std::pair<std::string, std::string>>& values) {
        std::string text = stages;
        for (const auto& [name, value] : values) {
            for (std::size_t at = 0; (at = text.find(name, at)) != std::string::npos;) {
                text.replace(at, name.size(), value);
                at += value.size();
            }
        }
        return text;
    };
    const std::string each =
        "[for-each]\neach = { file = ['in/a.b.log', 'x'], level = ['1', '9'] }\n" +
        with({{"FILE", "${file}"},
              {"STEM", "${file.stem}"},
              {"NAME", "${file.name}"},
              {"LEVEL", "${level}"}});
    const Items items = found(each).items;
    REQUIRE(items.count() == 4);
    for (std::size_t i = 0; i < items.count(); ++i) {
        PlanRequest request;
        request.item = items.at(i);
        const std::string& file = request.item[0].second;
        Planned item = planned_well(each, request);
        const Planned by_hand = planned_well(with({{"FILE", file},
                                                   {"STEM", file == "x" ? "x" : "a.b"},
                                                   {"NAME", file == "x" ? "x" : "a.b.log"},
                                                   {"LEVEL", request.item[1].second}}));
        CHECK(item.plan.params.size() == 2);
        CHECK(render_plan_text(item.plan) == render_plan_text(by_hand.plan));
    }
}

TEST_CASE("two items that write one file are found", "[items]") {
    const auto errors = [](const std::string& values, const std::string& rest,
                           const std::string& more = "") {
        return found("[for-each]\n" + more + "each = { file = " + values + " }\n" + kCat + rest)
            .errors;
    };
    CHECK(errors("['a', 'b']", "stdout = 'o-${file}'\n").empty());
    CHECK(errors("['a', 'b']", "stdout = 'o'\n") == "every item writes 'o'\n");
    CHECK(errors("['a']", "stdout = 'o'\n").empty());
    CHECK(errors("['a', 'b']", "stderr = '/dev/null'\n").empty());
    CHECK(errors("['x/a', 'y/a']", "stdout = './o-${file.name}'\n") ==
          "two items write 'o-a': file=x/a and file=y/a\n");
    CHECK(errors("['a', 'b']", "stdout = { file = 'log', append = true }\n") ==
          "every item appends to 'log'\n");
    CHECK(errors("['a', 'b']", "stdout = { file = 'log', append = true }\n", "jobs = 1\n").empty());
    CHECK(errors("['a', 'a.o']", "stdin = '${file}'\nstdout = '${file}.o'\n") ==
          "an item reads 'a.o' (file=a.o), which another one writes (file=a)\n");
}
