// What is known of programs by their words: files, scripts, exit statuses.

#include <string>

#include "orchestrator/shell/commands/command_list.hpp"
#include "orchestrator/shell/commands/program_scripts.hpp"
#include "orchestrator/shell/commands/programs.hpp"
#include "orchestrator/shell/syntax/parser.hpp"
#include "orchestrator/shell/syntax/path_pattern.hpp"
#include "orchestrator/shell/translate/statuses.hpp"
#include "tests/support/catch.hpp"

using namespace pipectl;
using namespace pipectl::shell;

namespace {

/// "known reads: a b writes: c stdin"
std::string use_of(const std::string& text) {
    const Parsed parsed = parse(text);
    REQUIRE_FALSE(parsed.error);
    const Command& command = parsed.script.list.chains.at(0).pipelines.at(0).commands.at(0);
    const FileUse use = file_use(arguments_of(command, {}));
    std::string all = use.known ? "known" : "unknown";
    const auto add = [&](const std::string& name, const std::vector<std::string>& paths) {
        all += paths.empty() ? "" : " " + name + ":";
        for (const std::string& path : paths) {
            all += " " + shown_pattern(path);
        }
    };
    add("reads", use.reads);
    add("writes", use.writes);
    return all + (use.reads_stdin ? " stdin" : "");
}

std::set<int> statuses(const std::string& text) {
    const Parsed parsed = parse(text);
    REQUIRE_FALSE(parsed.error);
    return mild_statuses(parsed.script.list.chains.at(0).pipelines.at(0).commands.at(0), {});
}

bool same(const std::string& one, const std::string& other) {
    const auto pattern = [](const std::string& text) {
        const Parsed parsed = parse("x " + text);
        REQUIRE_FALSE(parsed.error);
        const auto& commands = parsed.script.list.chains.at(0).pipelines.at(0).commands;
        return path_pattern(word_pattern(commands.at(0).words.at(1), {}));
    };
    return may_be_same(pattern(one), pattern(other));
}

}  // namespace

TEST_CASE("a command has the traits that the table says, by its whole name") {
    CHECK(has_trait("cat", Trait::never_fails));
    CHECK(has_trait("yes", Trait::never_fails));
    CHECK(has_trait("awk", Trait::never_fails));
    CHECK_FALSE(has_trait("ca", Trait::never_fails));
    CHECK_FALSE(has_trait("cat ", Trait::never_fails));
    CHECK_FALSE(has_trait("", Trait::never_fails));
    CHECK_FALSE(has_trait("rm", Trait::never_fails));
    CHECK(names_with(Trait::check) ==
          std::vector<std::string_view>{"[", "command", "hash", "test", "type", "which"});
    REQUIRE(find_wrapper("timeout") != nullptr);
    CHECK(find_wrapper("timeout")->operands == 1);
    CHECK(find_wrapper("cat") == nullptr);
}

TEST_CASE("a program's words say which files it reads and writes") {
    CHECK(use_of("sort -k 1 -o out a b") == "known reads: a b writes: out");
    CHECK(use_of("sort -rnoout a") == "known reads: a writes: out");
    CHECK(use_of("sort --output=out -t, -") == "known writes: out stdin");
    CHECK(use_of("sort --files0-from=a") == "known reads: a * stdin");
    CHECK(use_of("sort --out out a") == "known reads: out a writes: out");
    CHECK(use_of("sort --compress-program=x a") == "unknown reads: a");
    CHECK(use_of("sort $x a") == "unknown reads: * a");
    CHECK(use_of("cat $x a") == "known reads: * a");
    CHECK(use_of("uniq -c a b") == "known reads: a writes: b");
    CHECK(use_of("grep -r x") == "known reads: .");
    CHECK(use_of("grep -e x -f pats a") == "known reads: pats a");
    CHECK(use_of("head -n 3") == "known stdin");
    CHECK(use_of("dd if=a of=b bs=1k") == "known reads: a writes: b");
    CHECK(use_of("tee -a a b") == "known writes: a b stdin");
    CHECK(use_of("find d -name x") == "known reads: d");
    CHECK(use_of("find . -exec grep x {} +").starts_with("known"));
    for (const char* more : {"./sort a", "gzip a", "find . -delete", "find . -fprint x", "split a",
                             "python3 -c 1", "find . -exec rm {} +", "xargs cp", "sed -i s/a/b/ f",
                             "sed -n wout f", "awk -f x", "perl -pe 1", "tar xf a", "git add a"}) {
        INFO(more);
        CHECK(use_of(more).starts_with("unknown"));
    }
    CHECK(use_of("env A=1 nice -n 5 timeout -k 1 9 sort -o out a") == "known reads: a writes: out");
    CHECK(use_of("gzip -dc a") == "known reads: a");
    CHECK(use_of("[ \"$x\" = b -o -s a ]") == "known reads: a");
}

TEST_CASE("scripts of awk and sed are read for what they write") {
    for (const char* good :
         {"{ print $1 }", "$1 > 5 { print }", "{ if ($1 > 2) print $1, ($2 > 3) }",
          "/a|b/ || x { n++ }", "END { print n / 2; print \"a > b | c\" }",
          "{ print > \"/dev/stderr\" }", "{ gsub(/[/>]/, \"\"); print }",
          "# print > x\n{ print }"}) {
        INFO(good);
        CHECK(awk_only_filters(good));
    }
    for (const char* more : {"{ print > \"h\" }", "{ print >> h }", "{ printf \"%s\", $1 > f }",
                             "{ print | \"sort\" }", "{ \"date\" | getline }",
                             "BEGIN { system(x) }", "BEGIN { getline l < f }", "@load \"x\"",
                             "{ print $1, $2 >f(1) }", "BEGIN { ARGV[1] = x }"}) {
        INFO(more);
        CHECK_FALSE(awk_only_filters(more));
    }
    for (const char* good : {"s/one/two/g", "1d;$!p", "/w/s,a/w,b,2p", "y/we/ew/", "s/[/]/w/", "2q",
                             ":a;N;$!ba;s/\\n/ /g", "/x/{s/a/b/;d}", "a\\\nwrite it", "s/w/\\//"}) {
        INFO(good);
        CHECK(sed_only_filters(good));
    }
    for (const char* more : {"w out", "s/a/b/w out", "/x/w out", "e date", "s/a/b/e", "r other",
                             "{p;w x\n}", "1,2W x", "s/a/b"}) {
        INFO(more);
        CHECK_FALSE(sed_only_filters(more));
    }
}

TEST_CASE("paths that may be the same count as the same") {
    CHECK(same("a", "./a"));
    CHECK(same("a", "$PWD/a"));
    CHECK(same("a", "\"$PWD/a\""));
    CHECK(same("a//b", "a/./b"));
    CHECK(same("d/../a", "a"));
    CHECK(same("$x/../a", "b/a"));
    CHECK(same("$d/o", "$d/o"));
    CHECK(same("$d/o", "$e/o"));
    CHECK(same("$x", "a"));
    CHECK(same("*.txt", "a.txt"));
    CHECK(same("{a,b}.txt", "b.txt"));
    CHECK(same("~/a", "$HOME/a"));
    CHECK(same("a", "/some/where/a"));
    CHECK_FALSE(same("a", "b"));
    CHECK_FALSE(same("$d/o", "$d/p"));
    CHECK_FALSE(same("a", "d/a"));
    CHECK_FALSE(same("/x/a", "/y/a"));
    CHECK_FALSE(same("a.$x", "b.$x"));
}

TEST_CASE("a status that says something is seen through what runs the program") {
    const std::set<int> one = {1};
    for (const char* text : {"grep x",
                             "/bin/grep x",
                             "env LC_ALL=C grep x",
                             "nice -n 5 grep x",
                             "nohup grep x",
                             "timeout 5 grep x",
                             "{ grep x; }",
                             "( cat; grep x )",
                             "{ grep x && echo y; }",
                             "sh -c 'grep x f'",
                             "while read x; do [ $x = a ] && echo $x; done",
                             "expr 1 - 1",
                             "git grep x",
                             "git diff --exit-code",
                             "pgrep x",
                             "cmp a b",
                             "diff a b",
                             "test -f x",
                             "find . -exec grep x {} +",
                             "{ ! cat x; }",
                             "if grep x; then grep y; fi"}) {
        INFO(text);
        CHECK(statuses(text) == one);
    }
    CHECK(statuses("xargs -n 1 env grep x") == std::set<int>{123});
    for (const char* text : {"sort x", "git diff", "xargs cat", "{ grep x; cat; }", "sh -c 'ls'",
                             "awk 1", "{ grep x || true; }", "find . -name grep"}) {
        INFO(text);
        CHECK(statuses(text).empty());
    }
}
