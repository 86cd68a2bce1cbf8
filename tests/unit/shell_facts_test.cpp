// What is known of a text before anything is decided.

#include <algorithm>

#include "orchestrator/shell/import/facts.hpp"
#include "orchestrator/shell/import/refusals.hpp"
#include "orchestrator/shell/syntax/parser.hpp"
#include "tests/unit/imported.hpp"

using namespace pipectl;
using namespace pipectl::shell;

namespace {

using NameList = std::vector<std::string>;

Facts facts_of(const std::string& text) {
    Parsed parsed = parse(text);
    REQUIRE_FALSE(parsed.error);
    return gather(text, std::move(parsed.script), machine());
}

/// The pipes' paths; "*" behind one that is a temporary file.
NameList pipes(const std::string& text) {
    NameList names;
    for (const Fifo& each : facts_of(text).pipes) {
        names.push_back(each.path + (each.shared ? "*" : ""));
    }
    return names;
}

std::string reason(const std::string& text, std::size_t row) {
    const Facts facts = facts_of(text);
    const auto found = reason_against(facts, facts.rows.at(row));
    return found ? found->message : "";
}

}  // namespace

TEST_CASE("a row says what its statement certainly names, and how") {
    const std::string text = "sort < a > b 2> c d\ncut -f1 --file=e | tee f > /dev/null\n";
    const Facts facts = facts_of(text);
    REQUIRE(facts.rows.size() == 2);
    CHECK(facts.several);
    CHECK(facts.rows[0].line == 1);
    CHECK(facts.rows[0].first);
    CHECK(facts.rows[0].program == "sort");
    CHECK(facts.rows[0].files.read == NameList{"a"});
    CHECK(facts.rows[0].files.written == NameList{"b", "c"});
    CHECK(facts.rows[0].files.named == NameList{"d"});
    CHECK(facts.rows[0].rewrites == NameList{"b", "c"});
    CHECK(facts.rows[1].line == 2);
    CHECK(facts.rows[1].last);
    CHECK(facts.rows[1].files.named == NameList{"-f1", "--file=e", "e"});
    CHECK(facts.rows[1].files.written == NameList{"/dev/null", "f"});
}

TEST_CASE("files that join pipelines are pipes, when the text makes them or removes them") {
    CHECK(pipes("mkfifo p; seq 3 > p & cat p; rm p") == NameList{"p"});
    CHECK(pipes("seq 3 > t; cat t; rm t") == NameList{"t*"});
    CHECK(pipes("t=$(mktemp); seq 3 > \"$t\"; cat \"$t\"") == NameList{"${t}*"});
    CHECK(pipes("seq 3 > t; cat t") == NameList{});
    CHECK(pipes("rm t; seq 3 > t; cat t") == NameList{});  // it is written anew
    CHECK(pipes("seq 3 > t; rm t") == NameList{"t*"});     // check_pipes() misses the reader
}

TEST_CASE("a file that the text names again is known, by whatever name") {
    const std::string text = "d=x; sort ./x/a > b; cat c > \"$d/a\"";
    const Facts facts = facts_of(text);
    const auto target = [&](std::size_t row) {
        return facts.rows.at(row).statement->command().redirects.front()->target;
    };
    CHECK_FALSE(facts.names_again(target(1)));
    CHECK(facts.names_again(target(2)));
}

TEST_CASE("what needs no stage is dropped") {
    const std::string text = "mkdir -p folder; seq 3; sleep 1";
    const Facts facts = facts_of(text);
    CHECK(facts.is_dropped(facts.rows[0], false));
    CHECK_FALSE(facts.is_dropped(facts.rows[1], false));
    CHECK(facts.is_dropped(facts.rows[2], false));
    CHECK_FALSE(facts.is_dropped(facts.rows[2], true));  // a shell's jobs may need the time
    const Facts alone = facts_of("sleep 1");
    CHECK_FALSE(alone.is_dropped(alone.rows[0], false));
}

TEST_CASE("a statement has the first reason that fits") {
    CHECK(reason("for x in a; do echo $x; done", 0) == "a loop is not a pipeline");
    CHECK(reason("[ -r x ] || exit 1; cat x", 0) == "a check before the pipelines");
    CHECK(reason("cd x && sort y", 0) == "'cd' changes the folder of what follows");
    CHECK(reason("a && b", 0) == "");
    CHECK(reason("a || b", 0) ==
          "'||' runs the one behind it depending on the status of the other");
    CHECK(reason("trap 'rm -f x' EXIT; cat y", 0) == "");
    CHECK(reason("trap 'echo x' EXIT; cat y", 0) == "a trap");
    CHECK(reason("umask 077; cat y", 0) == "'umask' changes the shell itself");
    CHECK(reason("cat x; echo $?", 1) == "this asks how the commands before it ended");
    CHECK(reason("echo $?", 0) == "");
    CHECK(reason("mkfifo p; cp a b; cat p", 1) == "a step of its own, which the others may need");
    CHECK(reason("cp a b", 0) == "");
    CHECK(reason("f() { x=1; }; f; cat x", 1) ==
          "this sets variables or the shell itself, for what follows");
}
