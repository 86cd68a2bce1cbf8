// What describes the language to others: the schema for editors, the tables for people.

#include <fstream>
#include <iterator>
#include <string>

#include "orchestrator/definition/describe.hpp"
#include "orchestrator/draw/render_schema.hpp"
#include "stages/channel/kind.hpp"
#include "tests/support/catch.hpp"

using namespace pipectl;

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

TEST_CASE("the README of the language has its tables as they are", "[schema]") {
    std::ifstream file(PIPECTL_SOURCE_FOLDER "/orchestrator/definition/README.md");
    const std::string page((std::istreambuf_iterator<char>(file)), {});
    REQUIRE(!page.empty());
    for (const std::string& table : language_tables()) {
        INFO("pipectl schema --markdown prints:\n" << table);
        CHECK(page.find(table) != std::string::npos);
    }
}
