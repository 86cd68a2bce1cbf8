// The schema for editors and the manual page of the language know the keys that the parser knows.

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include "orchestrator/definition/keys.hpp"
#include "orchestrator/draw/render_schema.hpp"
#include "stages/channel/kind.hpp"
#include "tests/support/catch.hpp"

using namespace pipectl;

namespace {

using Names = std::set<std::string>;

Names names(std::span<const std::string_view> keys) {
    return {keys.begin(), keys.end()};
}

/// The members that stand `depth` blanks deep between two lines of the schema.
Names members(const std::string& begin, const std::string& end, std::size_t depth) {
    const std::string schema = render_schema();
    const std::size_t from = schema.find(begin);
    REQUIRE(from != std::string::npos);
    std::istringstream lines(schema.substr(from, schema.find(end, from) - from));
    Names found;
    const std::string indent(depth, ' ');
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with(indent + "\"")) {
            found.insert(line.substr(depth + 1, line.find('"', depth + 1) - depth - 1));
        }
    }
    return found;
}

}  // namespace

TEST_CASE("the schema has the keys of the parser", "[schema]") {
    CHECK(members("\n  \"properties\": {", "\n  \"definitions\"", 4) == names(top_keys()));
    CHECK(members("\n    \"pipeline\": {", "\n    \"params\": {", 8) == names(pipeline_keys()));
    CHECK(members("\n    \"params\": {", "\n    \"env\": {", 14) == names(parameter_keys()));
    CHECK(members("\n      \"not\":", "\n    \"output\": {", 8) == names(stage_keys()));
    CHECK(members("\n        \"stdin\": {", "\n        \"stdout\": {", 16) == names(input_keys()));
    CHECK(members("\n    \"output\": {", "\n    \"feeds\": {", 12) == names(output_keys()));
}

TEST_CASE("the schema has every channel with every option", "[schema]") {
    const std::string schema = render_schema();
    for (const channel::Kind* kind : channel::kinds()) {
        INFO(kind->name);
        CHECK(schema.find("{\"const\":\"" + std::string(kind->name) + "\"}") != std::string::npos);
        for (const channel::Option& option : kind->options) {
            INFO(option.name);
            CHECK(schema.find("\"" + std::string(option.name) + "\":{\"description\"") !=
                  std::string::npos);
        }
    }
}

TEST_CASE("the manual page of the language names every key", "[schema]") {
    std::ifstream file(PIPECTL_SOURCE_FOLDER "/orchestrator/man/pipectl.toml.5");
    const std::string page((std::istreambuf_iterator<char>(file)), {});
    REQUIRE(!page.empty());
    for (const auto& keys : {top_keys(), pipeline_keys(), parameter_keys(), stage_keys(),
                             input_keys(), output_keys()}) {
        for (const std::string_view key : keys) {
            INFO(key);
            CHECK(page.find(key) != std::string::npos);
        }
    }
}
