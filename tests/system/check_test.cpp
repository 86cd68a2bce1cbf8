// `pipectl check` on what people write wrong: the words it has for it, and how long it takes when
// there is a hundred thousand of it.

#include <sys/resource.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/support/child.hpp"
#include "tests/support/definitions.hpp"
#include "tests/support/leak_check.hpp"

using namespace pipectl::test;
using Catch::Matchers::ContainsSubstring;

namespace {

constexpr int kMany = 100'000;
constexpr int kSome = 30'000;
const std::string kStage = "[[stage]]\nrun = [\"true\"]\n";

std::string repeated(const std::string& part, int times = kSome) {
    std::string all;
    const int count = times < 10'000 ? times : rounds(times);
    for (int i = 0; i < count; ++i) {
        const std::size_t at = part.find('#');
        all += at == std::string::npos
                   ? part
                   : part.substr(0, at) + std::to_string(i) + part.substr(at + 1);
    }
    return all;
}

/// Seconds of the processor that ended children have used.
double spent_by_children() {
    rusage use{};
    ::getrusage(RUSAGE_CHILDREN, &use);
    return static_cast<double>(use.ru_utime.tv_sec) +
           static_cast<double>(use.ru_utime.tv_usec) * 1e-6;
}

RunResult check(const TemporaryFolder& folder, const std::string& definition) {
    RunOptions options;
    options.cwd = folder.path();
    folder.write("p.toml", definition);
    return run({PIPECTL_BINARY, "check", "p.toml"}, options);
}

struct Mistake {
    const char* what;
    std::string text;
};

}  // namespace

TEST_CASE("a hundred thousand mistakes of a kind take no longer than they must, and few words",
          "[check][S24]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    const std::string outputs = "outputs = [" + repeated("\"o#\",") + "]\n";
    const std::vector<Mistake> mistakes = {
        {"unknown references in one text",
         "[[stage]]\nrun = [\"echo\", \"" + repeated("${nope}", kMany) + "\"]\n"},
        {"unknown references, each its own", "[params]\n" + repeated("parameter# = 1\n", 20'000) +
                                                 "[[stage]]\nrun = [\"echo\", \"" +
                                                 repeated("${parametre#}") + "\"]\n"},
        {"unknown references in words of one line",
         "[[stage]]\nrun = [\"echo\"" + repeated(", \"${nope#}\"") + "]\n"},
        {"unknown variables", "[[stage]]\nrun = [\"echo\"" + repeated(", \"${env.NO_#}\"") + "]\n"},
        {"unknown keys", repeated("k# = 1\n") + kStage},
        {"unknown keys of a stage", kStage + repeated("k# = 1\n")},
        {"one name", repeated("[[stage]]\nname = \"a\"\nrun = [\"true\"]\n")},
        {"edges to nowhere",
         repeated("[[stage]]\nname = \"s#\"\nfrom = \"t#\"\nrun = [\"true\"]\n", 30'000)},
        {"edges to no port", "[[stage]]\nname = \"a\"\nrun = [\"true\"]\n" + outputs +
                                 "[[stage]]\nrun = [\"cat\"]\nfrom = [" + repeated("\"a.p#\",") +
                                 "]\n"},
        {"ports that nobody reads", kStage + outputs},
        {"ports that are there twice", kStage + "outputs = [" + repeated("\"o\",") + "]\n"},
        {"circles", "[[stage]]\nname = \"a\"\nrun = [\"cat\"]\nfrom = [" + repeated("\"b\",") +
                        "]\n[[stage]]\nname = \"b\"\nrun = [\"cat\"]\n"},
        {"circles over one way",
         "[[stage]]\nname = \"s\"\nrun = [\"cat\"]\nfrom = [" + repeated("\"t#\",", 20'000) +
             "]\n" + repeated("[[stage]]\nname = \"t#\"\nrun = [\"cat\"]\n", 20'000)},
        {"programs that are not there",
         repeated("[[stage]]\nrun = [\"no-such-program-#\"]\n", 20'000)},
        {"words of a shell", "[[stage]]\nrun = [\"cat\"" + repeated(", \"*.toml\"") + "]\n"},
        {"semaphores that are not there",
         "[semaphores]\nu = 1\n" + kStage + "needs = [" + repeated("\"n#\",", kMany) + "]\n"},
        {"needs that are there twice",
         "[semaphores]\nu = 1\n" + kStage + "needs = [" + repeated("\"u\",", kMany) + "]\n"},
        {"orders after nobody", kStage + "after = [" + repeated("\"n#\",") + "]\n"},
        {"talks to nobody",
         repeated("[[stage]]\nname = \"s#\"\ntalks-to = \"t#\"\nrun = [\"true\"]\n", 20'000)},
        {"notices of nobody",
         kStage + "notify = [" +
             repeated("{ when = \"ended\", stage = \"n#\", signal = \"SIGUSR1\" },") + "]\n"},
        {"one place to listen",
         repeated("[[stage]]\nrun = [\"true\"]\nstdin = { listen = \"tcp:127.0.0.1:9\" }\n",
                  20'000)},
        {"one output", repeated("[[stage]]\nrun = [\"true\"]\nstdout = \"f\"\n", 20'000)},
        {"wrong types", "[env]\n" + repeated("A# = 1\n") + kStage},
    };
    // some twenty times what the slowest takes, of the processor: others may use it too
    constexpr double kLongest = 5;
    for (const Mistake& mistake : mistakes) {
        INFO(mistake.what);
        const double before = spent_by_children();
        const RunResult result = check(folder, mistake.text);
        CHECK(result.status.signal == 0);
        CHECK(spent_by_children() - before < kLongest);
        CHECK(result.err.size() < 100'000);
        CHECK(result.err.size() > 50);
    }
    CHECK_THAT(
        check(folder, mistakes.front().text).err,
        ContainsSubstring(rounds(kMany) == kMany ? "and 99,900 more\n" : "and 19,900 more\n"));
}

TEST_CASE("check says what a shell's words are here, and that is no error", "[check]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    const RunResult words = check(folder,
                                  "[[stage]]\nrun = [\"cat\", \"*.toml\", \"|\", \"sort\"]\n"
                                  "stdout = \">> log\"\n");
    CHECK(words.status == exited(0));
    CHECK_THAT(words.err, ContainsSubstring("'*.toml' is taken as it is"));
    CHECK_THAT(words.err, ContainsSubstring("no pipe"));
    CHECK_THAT(words.err, ContainsSubstring("stdout = { file = \"log\", append = true }"));
    CHECK_THAT(words.out, ContainsSubstring("ok (1 stage)"));
    for (const char* run : {R"(["echo", "$HOME/x"])", R"x(["echo", "$(date)"])x",
                            R"(["echo", "*"])", R"(["cat", "f", "|"])", R"(["echo", "hi", ">"])",
                            R"(["cut", "-d", "|", "-f1", "|", "sort"])",
                            R"(["find", ".", "-name", "*.c", "|", "wc"])"}) {
        CAPTURE(run);
        CHECK_THAT(check(folder, "[[stage]]\nrun = " + std::string(run) + "\n").err,
                   ContainsSubstring("warning: "));
    }
    for (const char* run : {R"(["grep", ">", "x.fa"])", R"(["grep", "-c", ">", "x.fa"])",
                            R"(["cut", "-d", "|", "-f1"])", R"(["tr", "|", ","])",
                            R"(["find", ".", "-exec", "cat", "{}", ";"])",
                            R"(["awk", "-F", "|", "$2 > 3"])", R"(["printf", "%d$\n", "3"])"}) {
        CAPTURE(run);
        CHECK(check(folder, "[[stage]]\nrun = " + std::string(run) + "\n").err.empty());
    }
    const RunResult one = check(folder, "[[stage]]\nrun = [\"sudo sort\"]\n");
    CHECK(one.status == exited(1));
    CHECK_THAT(one.err, ContainsSubstring("run = [\"sudo\", \"sort\"]"));
}

TEST_CASE("the caret of a variable that is not set stands below it, with the nearest one",
          "[check]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    const RunResult result = check(folder, "[[stage]]\nrun = [\"echo\", \"a ${env.HOEM}/x\"]\n");
    CHECK(result.status == exited(0));
    CHECK_THAT(result.err, ContainsSubstring("p.toml:2:19: warning: the environment has no "
                                             "variable 'HOEM'; did you mean 'HOME'?"));
    CHECK_THAT(result.err, ContainsSubstring("      |                   ^~~~~~~~~~~\n"));
}

TEST_CASE("what this machine's limits will not give is an error before anything starts",
          "[check]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    const auto refused = [&](const std::string& definition, const std::string& why) {
        const RunResult checked = check(folder, definition);
        INFO(to_text(checked));
        CHECK(checked.status == exited(1));
        CHECK_THAT(checked.err, ContainsSubstring(why));
        const RunResult result = run_pipectl(folder, definition);
        CHECK(result.status == exited(125));
        CHECK_THAT(result.err, ContainsSubstring(why));
        CHECK(result.out.empty());
    };
    const std::string long_text(140'000, 'x');
    const std::string parameter = "[params]\np = \"" + long_text + "\"\n";
    refused(parameter + "[[stage]]\nshell = \"echo hello\"\n",
            "stage 'sh': variable 'p' has 140000 bytes");
    refused(parameter + "[[stage]]\nrun = [\"echo\", \"${p}\"]\n",
            "an argument of 140000 bytes is too long; the kernel takes 131071");
    refused("[params]\np = \"" + long_text.substr(0, 100'000) + "\"\n[[stage]]\nrun = [\"echo\"" +
                repeated(", \"${p}\"", 100) + "]\n",
            "its arguments and environment have");
    refused(stage("a", {"echo", "x"}) +
                stage("b", {"cat"}, {"via = { channel = 'mq', message-size = '1GiB' }"}),
            "channel 'mq': cannot create a message queue");
    refused(stage("a", {"echo", "x"}) +
                stage("b", {"cat"}, {"via = { channel = 'sysv-mq', message-size = '1GiB' }"}),
            "channel 'sysv-mq': cannot use messages of");
    // the longest that there may be
    const RunResult longest = run_pipectl(
        folder, "[[stage]]\nrun = [\"echo\", \"-n\", \"" + std::string(131'071, 'x') + "\"]\n");
    CHECK(longest.status == exited(0));
    CHECK(longest.out.size() == 131'071);
}

TEST_CASE("two outputs that are one file under two names are an error", "[check]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    std::filesystem::create_directory(folder.path("d"));
    std::filesystem::create_symlink("d", folder.path("e"));
    folder.write("t", "old\n");
    std::filesystem::create_symlink("t", folder.path("l"));
    std::filesystem::create_hard_link(folder.path("t"), folder.path("h"));
    const auto both = [&](const std::string& first, const std::string& second) {
        const std::string definition =
            stage("a", {"echo", "x"}, {"stdout = " + first}) +
            stage("b", {"echo", "y"}, {"stdin = { null = true }", "stdout = " + second});
        const RunResult checked = check(folder, definition);
        const bool told = checked.err.find("under another name") != std::string::npos;
        CHECK(checked.status == exited(told ? 1 : 0));
        if (told) {
            const RunResult refused = run_pipectl(folder, definition);
            CHECK(refused.status == exited(125));
            CHECK(refused.err.find("under another name") != std::string::npos);
        }
        return told;
    };
    CHECK(both("'d/x'", "'e/x'"));
    CHECK(both("'t'", "'l'"));
    CHECK(both("'x'", "'" + folder.path("x") + "'"));
    CHECK(both("{ file = 't', atomic = false }", "{ file = 'h', atomic = false }"));
    CHECK_FALSE(both("'d/x'", "'x'"));
    CHECK_FALSE(both("'t'", "'h'"));
    CHECK_FALSE(both("{ file = 't', append = true }", "{ file = 'l', append = true }"));
    CHECK_FALSE(both("'/dev/null'", "'/proc/self/fd/1'"));
    CHECK(folder.read("t") == "old\n");
}

TEST_CASE("grep that found nothing says how that may be a success", "[check]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    const RunResult result =
        run_pipectl(folder, stage("a", {"echo", "x"}) + stage("b", {"grep", "y"}));
    CHECK(result.status == exited(1));
    CHECK_THAT(result.err, ContainsSubstring("nothing matched"));
    CHECK_THAT(result.err, ContainsSubstring("ok = [0, 1]"));
}
