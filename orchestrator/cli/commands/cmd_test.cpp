// pipectl test: the [[test]] tables of definitions, run and compared.

#include <signal.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "orchestrator/cli/load.hpp"
#include "orchestrator/cli/test_run.hpp"
#include "orchestrator/cli/test_update.hpp"
#include "orchestrator/cli/text_diff.hpp"
#include "orchestrator/command/command.hpp"
#include "orchestrator/command/common_options.hpp"
#include "orchestrator/command/given.hpp"
#include "orchestrator/command/offers.hpp"
#include "orchestrator/command/output.hpp"
#include "orchestrator/files/report_file.hpp"
#include "orchestrator/parts/expand.hpp"
#include "orchestrator/report/words.hpp"
#include "stages/base/die_of.hpp"
#include "stages/base/error.hpp"
#include "stages/base/json.hpp"
#include "stages/base/text.hpp"

namespace pipectl {

namespace {

constexpr CommandOption kTestOptions[] = {
    kColourOption,
    {"--update", {}, "write what came into the definition, where it was something else"},
    {"--json", {}, "as one JSON array"},
};

constexpr CommandOperand kTestOperands[] = {
    {"FILE", CommandOperand::Count::one_or_more, complete_files}};

int test_command(const Given& given);

}  // namespace

extern constexpr Command kTestCommand = {
    .name = "test",
    .takes = "FILE...",
    .brief = "run the tests that definitions have",
    .usage = "[OPTIONS] FILE...",
    .summary = "Run the [[test]] tables of definitions, and compare what comes.",
    .examples = R"(
  pipectl test pipelines/*.toml
  pipectl test slow.toml --update && git diff slow.toml
)",
    .help = R"(
What a pipeline would write to stdout and to files is kept aside and compared: nothing of yours is
replaced. Stages that must not be started in a test are mocked. A test without 'verdict' and 'exit'
expects that all goes well. Without a timeout of its own a test has a minute.

Exit status: 0, or 1 when a test failed or a definition has errors; 125 for wrong
usage, or a file that cannot be read.
)",
    .options = kTestOptions,
    .operands = kTestOperands,
    .run = test_command,
};

namespace {

using What = Expectation::What;

/// One thing that is not as expected.
struct Difference {
    const Expectation* expectation = nullptr;  ///< null: none was written down
    std::string what;                          ///< "stdout", "file 'out.txt'"
    std::string expected;
    std::string came;
    bool can_update = true;
};

struct Tested {
    const Test* test = nullptr;
    TestRun run;
    std::vector<Difference> differences;
};

std::string title_of(const Expectation& each) {
    switch (each.what) {
        case What::out: return "stdout";
        case What::file: return "file '" + each.of + "'";
        case What::verdict: return "verdict";
        case What::exit: return "exit";
        case What::stage_verdict: break;
    }
    return "verdict of stage '" + each.of + "'";
}

/// What came of it, as `expect` would say it; nothing where there is nothing to say.
std::optional<std::string> came_of(const Expectation& each, const TestRun& run) {
    const Summary& summary = *run.summary;
    switch (each.what) {
        case What::out: return run.out;
        case What::verdict: return std::string(word_of(summary.end->verdict));
        case What::exit: return std::to_string(summary.end->exit);
        case What::file: {
            const auto file = run.files.find(each.of);
            return file == run.files.end() ? std::nullopt : file->second;
        }
        case What::stage_verdict: break;
    }
    for (const StageSummary& stage : summary.stages) {
        if (stage.name == each.of && stage.verdict) return std::string(word_of(*stage.verdict));
    }
    return std::nullopt;
}

void hold_against(Tested& tested) {
    const TestRun& run = tested.run;
    if (has_errors(run.diagnostics)) {
        tested.differences.push_back({nullptr, "the definition has errors", "", "", false});
        return;
    }
    if (!run.summary || !run.summary->end) {
        tested.differences.push_back({nullptr, "the run was killed", "", "", false});
        return;
    }
    bool ending = false;
    for (const Expectation& each : tested.test->expect) {
        ending = ending || each.what == What::verdict || each.what == What::exit;
        const auto came = came_of(each, run);
        if (came && *came == each.value) continue;
        tested.differences.push_back({&each, title_of(each), each.value,
                                      came.value_or("(not there: the run has left the old one)"),
                                      came && came->find('\0') == std::string::npos});
    }
    if (!ending && run.summary->end->exit != 0) {
        tested.differences.push_back(
            {nullptr, "verdict", "ok", std::string(word_of(run.summary->end->verdict)), false});
    }
    if (tested.test->expect.empty() && !run.out.empty() && run.summary->end->exit == 0) {
        tested.differences.push_back({nullptr, "stdout, of which nothing is expected yet", "",
                                      run.out, run.out.find('\0') == std::string::npos});
    }
}

std::string details_of(const Tested& tested) {
    std::string text;
    for (const Difference& each : tested.differences) {
        text += "    " + printable(each.what);
        const bool word = each.expected.find('\n') == std::string::npos &&
                          each.came.find('\n') == std::string::npos;
        if (each.expected.empty() && each.came.empty()) {
            text += "\n";
        } else if (word) {
            text += ": expected '" + one_line(each.expected) + "', came '" + one_line(each.came) +
                    "'\n";
        } else {
            text += ":\n" + diff_of(each.expected, each.came, "      ");
        }
    }
    std::string said = tested.run.said;
    tested.run.secrets.mask(text);
    tested.run.secrets.mask(said);
    for (std::size_t begin = 0; begin < said.size();) {
        const std::size_t end = std::min(said.find('\n', begin), said.size());
        text += "    | " + one_line(said.substr(begin, end - begin)) + "\n";
        begin = end + 1;
    }
    return text;
}

/// Nothing is lost of what came in the meantime: the text is that of the file now.
void update(const SourceText& source, const std::vector<Tested>& all) {
    std::vector<Correction> corrections;
    for (const Tested& tested : all) {
        for (const Difference& each : tested.differences) {
            if (each.can_update) corrections.push_back({tested.test, each.expectation, each.came});
        }
    }
    if (corrections.empty()) return;
    const SourceText changed{source.name, with_corrections(source.text, corrections)};
    if (has_errors(parse_definition(changed).diagnostics)) {
        throw std::runtime_error("what came cannot be written into '" + source.name + "'");
    }
    ReportFile(source.name).write(changed.text);
}

void write_tested(JsonWriter& json, const std::string& file, const Tested& tested) {
    json.begin_object().member("file", file).member("name", tested.test->name.value);
    json.member("ok", tested.differences.empty()).key("differences").begin_array();
    for (const Difference& each : tested.differences) {
        std::string expected = each.expected;
        std::string came = each.came;
        tested.run.secrets.mask(expected);
        tested.run.secrets.mask(came);
        json.begin_object().member("what", each.what).member("expected", expected);
        json.member("came", came).end_object();
    }
    json.end_array().end_object();
}

/// All tests of all files.
class Tester {
  public:
    explicit Tester(const Given& given) : given_(given), json_(1) { json_.begin_array(); }

    int run() {
        for (const std::string& file : given_.operands()) {
            if (interrupts_.first() == 0) test_file(file);
        }
        json_.end_array();
        const std::string counts =
            std::to_string(passed_) + " passed, " + std::to_string(failed_) + " failed\n";
        const int status = print(given_.json() ? json_.take() + "\n" : counts);
        if (const int signal = interrupts_.first(); signal != 0) {
            interrupts_.restore_mask();
            die_of(signal);
        }
        if (status != 0 || unreadable_) return status != 0 ? status : kOwnError;
        return failed_ > 0 ? 1 : 0;
    }

  private:
    /// There is nothing in it to be tested.
    void fail(const std::string& why) {
        ++failed_;
        unreadable_ = true;
        own_error(why);
    }

    void test_file(const std::string& file) {
        SourceText source;
        try {
            source = read_source(file);
        } catch (const SystemError& error) {
            fail(error.what());
            return;
        }
        ParseResult parsed = parse_definition(source);
        const bool whole = !has_errors(parsed.diagnostics) &&
                           expand_parts(parsed.definition, source, parsed.diagnostics);
        if (!whole || has_errors(parsed.diagnostics)) {
            ++failed_;
            show_diagnostics(source, parsed.diagnostics, given_.value(kColourOption.name));
            return;
        }
        std::vector<Tested> all;
        for (const Test& test : parsed.definition.tests) {
            if (interrupts_.first() != 0) return;
            all.push_back({&test, run_test(source, parsed.definition, test, interrupts_), {}});
            if (interrupts_.first() != 0) return;
            hold_against(all.back());
            tell(source, all.back());
        }
        if (given_.has("--update")) update(source, all);
    }

    void tell(const SourceText& source, const Tested& tested) {
        const bool ok = tested.differences.empty();
        ++(ok ? passed_ : failed_);
        if (!ok) {
            show_diagnostics(source, tested.run.diagnostics, given_.value(kColourOption.name));
        }
        if (given_.json()) {
            write_tested(json_, source.name, tested);
            return;
        }
        (void)print((ok ? "ok      " : "failed  ") + printable(source.name) + ": " +
                    printable(tested.test->name.value) + "\n");
        if (ok) return;
        (void)print(details_of(tested));
    }

    const Given& given_;
    JsonWriter json_;
    Interrupts interrupts_;
    std::size_t passed_ = 0;
    std::size_t failed_ = 0;
    bool unreadable_ = false;  ///< a file could not be read
};

int test_command(const Given& given) {
    return Tester(given).run();
}

}  // namespace

}  // namespace pipectl
