// One definition has one answer: bytes, verdicts and status are the same over every channel,
// whatever its writers do about SIGPIPE and its readers about their input.

#include <csignal>

#include "tests/support/catch.hpp"
#include "tests/support/child.hpp"
#include "tests/support/definitions.hpp"
#include "tests/support/leak_check.hpp"

using namespace pipectl::test;
using pipectl::ExitStatus;

namespace {

struct Writer {
    const char* title;
    std::string stage;
};

struct Reader {
    const char* title;
    std::string script;
    bool ends_well;
};

/// Each writes without an end.
const std::vector<Writer>& writers() {
    static const std::vector<Writer> all = {
        {"SIGPIPE as by default", misbehaving("w", {"write-forever"})},
        {"SIGPIPE ignored, ends with a status at EPIPE",
         misbehaving("w", {"ignore-sigpipe-writer"})},
        {"SIGPIPE caught", shell("w", "trap : PIPE; while echo x; do :; done 2>&-; exit 7")},
        {"a child of a shell", shell("w", "yes; exit $?")},
    };
    return all;
}

const std::vector<Reader>& readers() {
    static const std::vector<Reader> all = {
        {"leaves early", "head -n 1 >&2", true},
        {"comes late and leaves early", "sleep 0.2; head -n 1 >&2", true},
        {"closes its input and works on", "read -r x; exec <&-; sleep 0.7; echo done", true},
        {"closes its input and fails", "read -r x; exec <&-; sleep 0.1; exit 9", false},
    };
    return all;
}

struct Answer {
    ExitStatus status;
    std::string out;
    std::string writer;
    std::string reader;

    bool operator==(const Answer&) const = default;
};

/// What each channel makes of it, all at once: most of the time is waited for.
std::vector<std::pair<std::string, Answer>> answers_to(const std::string& stages,
                                                       const std::vector<std::string>& keys) {
    std::vector<std::pair<std::string, Answer>> answers;
    std::vector<TemporaryFolder> folders(channels().size());
    std::vector<Child> runs;
    for (std::size_t i = 0; i < channels().size(); ++i) {
        std::vector<std::string> lines = keys;
        lines.push_back("via = '" + channels()[i] + "'");
        runs.push_back(start_pipectl(folders[i], pipeline(lines) + stages,
                                     {"--quiet", "--json", "record.json"}));
    }
    for (std::size_t i = 0; i < channels().size(); ++i) {
        const RunResult result = runs[i].finish();
        CAPTURE(channels()[i], result);
        REQUIRE_FALSE(result.timed_out);
        const Record record(folders[i].read("record.json"));
        answers.push_back(
            {channels()[i], {result.status, result.out, record.verdict("w"), record.verdict("r")}});
    }
    return answers;
}

void all_are(const Answer& wanted, const std::string& stages,
             const std::vector<std::string>& keys = {}) {
    for (const auto& [channel, answer] : answers_to(stages, keys)) {
        CAPTURE(channel, answer.out, answer.writer, answer.reader);
        CHECK(answer.status == wanted.status);
        CHECK(answer.out == wanted.out);
        CHECK(answer.writer == wanted.writer);
        CHECK(answer.reader == wanted.reader);
    }
}

}  // namespace

TEST_CASE("a writer whose reader had enough is cut, the same over every channel", "[R41]") {
    const LeakCheck leaks;
    const Writer writer = GENERATE(from_range(writers()));
    const Reader reader = GENERATE(from_range(readers()));
    CAPTURE(writer.title, reader.title);
    const std::string stages = writer.stage + shell("r", reader.script);
    const std::string out = reader.script.ends_with("done") ? "done\n" : "";
    all_are(reader.ends_well ? Answer{exited(0), out, "cut", "ok"}
                             : Answer{exited(9), out, "cancelled", "failed"},
            stages);
}

TEST_CASE("a program that answers EPIPE with a status is cut, which costs no output",
          "[R41][R28]") {
    const LeakCheck leaks;
    for (const char* kind : {"pipe", "unix", "shm"}) {
        CAPTURE(kind);
        const TemporaryFolder folder;
        const RunResult result =
            run_pipectl(folder,
                        pipeline({"via = '" + std::string(kind) + "'"}) +
                            misbehaving("w", {"ignore-sigpipe-writer"}) +
                            shell("r", "head -n 1 > /dev/null; echo new", {"stdout = 'out'"}),
                        {"--json", "record"});
        CAPTURE(result);
        CHECK(result.status == exited(0));
        CHECK(folder.read("out") == "new\n");
        const Record record(folder.read("record"));
        CHECK(record.verdict() == "ok");
        CHECK(record.verdict("w") == "cut");
        CHECK(record.member("w", "exit") == "1");
    }
}

TEST_CASE("by the shell's rules the last stage decides, over every channel", "[R41]") {
    const LeakCheck leaks;
    const Writer writer = GENERATE(from_range(writers()));
    CAPTURE(writer.title);
    const std::vector<std::string> lax = {"strict = false"};
    for (const auto& [channel, answer] : answers_to(
             writer.stage + shell("r", "read -r x; exec <&-; sleep 0.1; echo done; exit 3"), lax)) {
        CAPTURE(channel);
        CHECK(answer.status == exited(3));
        CHECK(answer.out == "done\n");
    }
}

TEST_CASE("a writer with two readers is cut when both had enough, over every channel", "[R41]") {
    const LeakCheck leaks;
    const Writer writer = GENERATE(from_range(writers()));
    CAPTURE(writer.title);
    all_are({exited(0), "2\n", "cut", "ok"},
            writer.stage + shell("r", "head -n 1 >&2", {"from = 'w'", "stdout = { null = true }"}) +
                shell("s", "head -n 2 | wc -l; exec <&-; sleep 0.2", {"from = 'w'"}));
}

TEST_CASE("a status of its own is a failure of a program that SIGPIPE would have ended", "[R41]") {
    const LeakCheck leaks;
    // it ends after its reader was waited for: only then is there no such process
    all_are({exited(5), "", "failed", "ok"},
            shell("w",
                  "echo 1; until [ -e reader ] && ! kill -0 $(cat reader) 2>&-; do "
                  "sleep 0.02; done; exit 5") +
                shell("r", "read -r x; echo $$ > it; mv it reader"));
}

TEST_CASE("cut = signal: an exit status is no cut, over every channel", "[R41]") {
    const LeakCheck leaks;
    const std::string key = "cut = 'signal'";
    for (const auto& [channel, answer] : answers_to(
             misbehaving("w", {"ignore-sigpipe-writer"}, {key}) + shell("r", "head -n 1 >&2"),
             {})) {
        CAPTURE(channel);
        CHECK(answer.status != exited(0));
        CHECK(answer.writer == "failed");
    }
    all_are({exited(0), "", "cut", "ok"},
            misbehaving("w", {"write-forever"}, {key}) + shell("r", "head -n 1 >&2"));
}

TEST_CASE("unread = stop ends a silent producer with its last reader, over every channel") {
    const LeakCheck leaks;
    all_are({exited(0), "ready\n", "cut", "ok"},
            shell("w", "echo ready; exec sleep 60", {"unread = 'stop'"}) +
                stage("r", {"grep", "-m1", "ready"}));
    all_are({exited(0), "done\n", "cut", "ok"},
            shell("w", "echo ready; exec sleep 60", {"unread = 'stop'"}) +
                shell("r", "read -r x; exec <&-; sleep 0.3; echo done"));
}

TEST_CASE("end = closed shows the end when a producer closes its output, over every channel") {
    const LeakCheck leaks;
    // the producer ends when its reader has seen the end: by default they would wait for ever
    all_are(
        {exited(0), "3\n", "ok", "ok"},
        shell("w", "seq 3; exec >&-; until [ -e seen ]; do sleep 0.02; done", {"end = 'closed'"}) +
            shell("r", "wc -l; : > seen"));
}

TEST_CASE("end = closed: a producer that ends badly without closing shows no end") {
    const LeakCheck leaks;
    for (const auto& [channel, answer] :
         answers_to(shell("w", "seq 3; sleep 0.1; exit 4", {"end = 'closed'"}) +
                        shell("r", "cat; echo seen"),
                    {})) {
        CAPTURE(channel);
        CHECK(answer.status == exited(4));
        CHECK(answer.out.find("seen") == std::string::npos);
    }
}
