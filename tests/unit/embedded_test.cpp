#include "orchestrator/export/embedded.hpp"

#include "tests/support/catch.hpp"

using namespace pipectl;

namespace {

const std::string kScript = "#!/bin/sh\na |\n    b\nfinish\n";
const std::string kDefinition =
    "# why\n\n[[stage]]\nrun = ['a']\n\n[[stage]]\nrun = ['''b\n# c''']\n";

}  // namespace

TEST_CASE("an exported script gives its definition back byte by byte") {
    std::string definition;
    const std::string whole = kScript + embed_definition(kScript, kDefinition);
    CHECK(find_definition(whole, definition) == Embedded::found);
    CHECK(definition == kDefinition);
    // all of it is comments
    std::size_t comments = 0;
    for (std::size_t at = kScript.size() + 1; at < whole.size(); at = whole.find('\n', at) + 1) {
        comments += whole[at] == '#' ? 1 : 0;
    }
    CHECK(comments == 9);
}

TEST_CASE("a script that was changed is not taken for what its definition says") {
    std::string definition;
    const std::string whole = kScript + embed_definition(kScript, kDefinition);
    CHECK(find_definition(kScript, definition) == Embedded::none);
    std::string changed = whole;
    changed.replace(changed.find("    b"), 5, "    c");
    CHECK(find_definition(changed, definition) == Embedded::changed);
    CHECK(find_definition(whole + "rm -rf x\n", definition) == Embedded::changed);
    CHECK(definition.empty());
}

TEST_CASE("a definition that was named after its file gets that name") {
    CHECK(with_name("[[stage]]\n", "x") == "[pipeline]\nname = \"x\"\n\n[[stage]]\n");
    CHECK(with_name("[pipeline]\nvia = 'shm'\n", "x") == "[pipeline]\nname = \"x\"\nvia = 'shm'\n");
    CHECK(with_name("# c\n[pipeline]\n[[stage]]\n", "x") ==
          "# c\n[pipeline]\nname = \"x\"\n[[stage]]\n");
}
