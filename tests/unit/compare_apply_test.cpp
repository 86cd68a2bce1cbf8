// `compare --apply` edits definitions as people write them: one line changes, the rest stays.

#include <variant>

#include "orchestrator/compare/apply.hpp"
#include "orchestrator/compare/candidates.hpp"
#include "orchestrator/definition/parse.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/planned.hpp"

using namespace pipectl;
using namespace pipectl::compare;

namespace {

Edited edit(const std::string& text, const std::string& stage, const std::string& value) {
    const ParseResult parsed = parse_definition({"p.toml", text});
    REQUIRE_FALSE(has_errors(parsed.diagnostics));
    return set_channel(text, parsed.definition, stage, value);
}

std::string edited(const std::string& text, const std::string& stage,
                   const std::string& value = "\"unix\"") {
    const Edited result = edit(text, stage, value);
    REQUIRE(std::holds_alternative<std::string>(result));
    return std::get<std::string>(result);
}

const std::string kTwo = "[[stage]]\nrun = [\"seq\", \"3\"]\n\n[[stage]]\nrun = [\"sort\"]\n";

}  // namespace

TEST_CASE("a stage's via is put behind its name, else behind its command") {
    CHECK(edited("[[stage]]\nrun = ['a']\n[[stage]]\nname = 'b'  # B\nrun = ['b']\n", "b") ==
          "[[stage]]\nrun = ['a']\n[[stage]]\nname = 'b'  # B\nvia = \"unix\"\nrun = ['b']\n");
    CHECK(edited(kTwo, "sort") == kTwo + "via = \"unix\"\n");
    CHECK(edited("[[stage]]\nrun=['a']\n  [[stage]]\n  name = 'b'\n  run=['b']", "b") ==
          "[[stage]]\nrun=['a']\n  [[stage]]\n  name = 'b'\n  via = \"unix\"\n  run=['b']");
}

TEST_CASE("a text that ends without a newline gets its line all the same") {
    CHECK(edited("[[stage]]\nrun=['a']\n[[stage]]\nrun=['b']", "b") ==
          "[[stage]]\nrun=['a']\n[[stage]]\nrun=['b']\nvia = \"unix\"");
    CHECK(edited("[[stage]]\r\nrun=['a']\r\n[[stage]]\r\nrun=['b']\r\n", "b") ==
          "[[stage]]\r\nrun=['a']\r\n[[stage]]\r\nrun=['b']\r\nvia = \"unix\"\r\n");
}

TEST_CASE("an existing via is replaced, comments and blanks stay") {
    CHECK(edited("[[stage]]\nrun=['a']\n[[stage]]\nvia   =  'tcp'   # fast?\nrun=['b']\n", "b") ==
          "[[stage]]\nrun=['a']\n[[stage]]\nvia   =  \"unix\"   # fast?\nrun=['b']\n");
    CHECK(edited("[[stage]]\nrun=['a']\n[[stage]]\nrun=['b']\n"
                 "via = { channel = 'pipe', size = '1MiB' } # big\n",
                 "b") == "[[stage]]\nrun=['a']\n[[stage]]\nrun=['b']\nvia = \"unix\" # big\n");
}

TEST_CASE("texts with brackets, quotes and hashes are passed over") {
    const std::string head =
        "[[stage]]\nname = 'a'\nshell = '''\nvia = 'x'\n[[stage]]\n# no\n'''\n[[stage]]\nrun = [ "
        "# one\n  'b', \"]#\\\"\", # two\n  \"\"\"via = 'y' \"\" \"\"\"\n]\n";
    CHECK(edited(head + "via = 'tcp'\n", "b") == head + "via = \"unix\"\n");
    CHECK(edited(head, "b") == head + "via = \"unix\"\n");
}

TEST_CASE("the channel of all edges goes into [pipeline], which is made where there is none") {
    CHECK(edited("[pipeline]\nname = 'x'\n\n" + kTwo, "") ==
          "[pipeline]\nname = 'x'\nvia = \"unix\"\n\n" + kTwo);
    CHECK(edited("[pipeline]\nvia='fifo'#f\n" + kTwo, "") == "[pipeline]\nvia=\"unix\"#f\n" + kTwo);
    CHECK(edited(kTwo, "") == "[pipeline]\nvia = \"unix\"\n\n" + kTwo);
    CHECK(edited("[pipeline]\n" + kTwo, "") == "[pipeline]\nvia = \"unix\"\n" + kTwo);
    CHECK(edited("#!/usr/bin/pipectl run\n# what\n\n# first\n" + kTwo, "") ==
          "#!/usr/bin/pipectl run\n# what\n\n[pipeline]\nvia = \"unix\"\n\n# first\n" + kTwo);
}

TEST_CASE("stages that have a channel of their own get the new one with the pipeline") {
    CHECK(edited(kTwo + "via = 'tcp'\n", "") ==
          "[pipeline]\nvia = \"unix\"\n\n" + kTwo + "via = \"unix\"\n");
}

TEST_CASE("what cannot be edited is said with its place") {
    const Edited dotted =
        edit("[[stage]]\nrun=['a']\n[[stage]]\nrun=['b']\n[stage.via]\nchannel='tcp'\n", "b",
             "\"unix\"");
    REQUIRE(std::holds_alternative<Diagnostic>(dotted));
    CHECK(std::get<Diagnostic>(dotted).place.line == 6);
    const Edited array = edit("stage = [{ run = ['a'] }, { run = ['b'] }]\n", "b", "\"unix\"");
    CHECK(std::holds_alternative<Diagnostic>(array));
}

TEST_CASE("candidates come from words, each once, with the sizes behind pipe") {
    const auto labels = [](const Candidates& candidates) {
        std::string all;
        for (const auto& each : std::get<std::vector<Candidate>>(candidates)) {
            all += std::string(each.kind->name) + (each.size.empty() ? "" : ":" + each.size) + " ";
        }
        return all;
    };
    CHECK(labels(read_candidates("unix,pipe,shm:8MiB,unix", "64k,1MiB")) ==
          "unix pipe pipe:64KiB pipe:1MiB shm:8MiB ");
    CHECK(labels(read_candidates("pipe:2MiB", "")) == "pipe:2MiB ");
    CHECK(labels(read_candidates("net,net:zstd,net:64k,net:zstd", "")) ==
          "net net:zstd net:64KiB ");
    CHECK(via_value("net", "zstd") == "{ channel = \"net\", compress = \"zstd\" }");
    CHECK(via_value("net", "64KiB") == "{ channel = \"net\", size = \"64KiB\" }");
    CHECK(labels(read_candidates("", "")).starts_with("pipe pipe:64KiB pipe:1MiB fifo "));
    const auto error = [](std::string_view channels, std::string_view sizes) {
        const Candidates candidates = read_candidates(channels, sizes);
        REQUIRE(std::holds_alternative<std::string>(candidates));
        return std::get<std::string>(candidates);
    };
    CHECK(error("pip", "") == "there is no channel 'pip'; did you mean 'pipe'?");
    CHECK(error(",pipe", "") == "there is no channel ''");
    CHECK_FALSE(error("pipe:0", "").empty());
    CHECK_FALSE(error("pipe:zstd", "").empty());
    CHECK_FALSE(error("pipe:many", "").empty());
    CHECK_FALSE(error("unix", "1MiB").empty());
}

TEST_CASE("a candidate takes the place of all that a definition says of channels") {
    const std::string text =
        "[pipeline]\nvia = 'tcp'\n[[stage]]\nname='a'\nrun=['a']\n[[stage]]\nname='b'\n"
        "from={stage='a', via='fifo'}\nrun=['b']\n[[stage]]\nname='c'\nrun=['c']\n"
        "via={channel='pipe', size='1MiB'}\n";
    const ParseResult parsed = parse_definition({"p.toml", text});
    const channel::Kind* const unix_kind = channel::find_kind("unix");
    const auto channels = [](const Definition& definition) {
        const PlanResult planned = make_plan(definition, {});
        std::string all;
        for (const Edge& edge : planned.plan.edges)
            all += edge.via + " ";
        return all;
    };
    CHECK(channels(parsed.definition) == "fifo pipe ");
    CHECK(channels(with_channel(parsed.definition, "", {unix_kind, ""})) == "unix unix ");
    CHECK(channels(with_channel(parsed.definition, "b", {unix_kind, ""})) == "unix pipe ");
    CHECK(fed_stages(make_plan(parsed.definition, {}).plan) == std::vector<std::string>{"b", "c"});
}
