// pipectl compare: a pipeline over several channels.

#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <random>

#include "orchestrator/cli/compare_apply.hpp"
#include "orchestrator/cli/completers.hpp"
#include "orchestrator/cli/load.hpp"
#include "orchestrator/cli/plan_options.hpp"
#include "orchestrator/command/colour.hpp"
#include "orchestrator/command/command.hpp"
#include "orchestrator/command/common_options.hpp"
#include "orchestrator/command/given.hpp"
#include "orchestrator/command/offers.hpp"
#include "orchestrator/command/output.hpp"
#include "orchestrator/compare/compare.hpp"
#include "orchestrator/compare/render.hpp"
#include "orchestrator/compare/side_effects.hpp"
#include "orchestrator/files/report_file.hpp"
#include "orchestrator/pages/compare_page.hpp"
#include "orchestrator/report/wording.hpp"
#include "orchestrator/text/width.hpp"
#include "stages/base/die_of.hpp"
#include "stages/base/text.hpp"
#include "stages/base/units.hpp"

namespace pipectl {

namespace {

constexpr CommandOption kCompareOptions[] = {
    kSetOption,
    kColourOption,
    kTimeoutOption,
    {"--stage", "S", "only the edges that feed this stage", complete_stages},
    {"--channels", "A,B:SIZE", "default: all that work here, and pipes of 64KiB and 1MiB",
     complete_channels},
    {"--sizes", "SIZES", "further pipes: 64KiB,1MiB"},
    {"--matrix", {}, "each edge by itself, too"},
    {"--runs", "N", "of each; default: 10, with --matrix 6"},
    {"--round-trips", {}, "ask stages how many they made; see below"},
    {"--warmup", "N", "rounds that do not count; default: 1"},
    {"--json", "FILE", "all figures; '-' is stdout, the table then goes to stderr", complete_files},
    {"--markdown", "FILE", "the tables", complete_files},
    {"--html", "FILE", "a page", complete_files},
    {"--apply", {}, "write the winner into the definition"},
    {"--yes", {}, "also with side effects"},
    {"--quiet", {}, "no estimate and no progress"},
};

constexpr CommandOperand kCompareOperands[] = {
    {"FILE", CommandOperand::Count::one, complete_files}};

int compare_command(const Given& given);

}  // namespace

extern constexpr Command kCompareCommand = {
    .name = "compare",
    .takes = "FILE",
    .brief = "run it over several channels, and say which is best",
    .usage = "[OPTIONS] FILE",
    .summary = "Run a pipeline over several channels, and say which is best.",
    .examples = R"(
  pipectl compare words.toml < book.txt
  pipectl compare copy.toml --channels pipe,unix,shm:8MiB --runs 20
  pipectl compare copy.toml --channels net,net:zstd
  pipectl compare copy.toml --stage count --apply
  pipectl compare copy.toml --matrix --html copy.html
)",
    .help = R"(
The pipeline runs once as it is; then over every channel, in turn and in a new random order
each time. Its outputs go to nameless files of these runs: those of the definition and stdout
are not touched. What all channels delivered is held against each other by XXH3. Stdin, when
a stage reads it, is given to every run anew.

With --round-trips a stage that puts questions to another one (`talks-to`) tells how many: it
writes the number, as a line, to the file that $PIPECTL_ROUND_TRIPS names; the table then has
the time of one.

A pipeline with side effects (endpoints, programs such as rm, kill or psql) is refused; --yes
runs it all the same, as often as it takes.

Exit status: 0; 1 when some channel delivered other bytes; 125 when there was nothing to
compare: the pipeline fails, or is refused.
)",
    .options = kCompareOptions,
    .operands = kCompareOperands,
    .run = compare_command,
};

namespace {

constexpr int kMostRuns = 10000;
constexpr int kRuns = 10;
constexpr int kMatrixRuns = 6;  ///< the fewest that can tell the usual 16 channels apart

std::optional<int> whole_number(const std::string& text, int least) {
    int number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool whole = read.ec == std::errc() && read.ptr == text.data() + text.size();
    return whole && number >= least && number <= kMostRuns ? std::optional(number) : std::nullopt;
}

/// The command line again, without the values of secret parameters.
std::string repeated(const std::vector<std::string>& words, const Secrets& secrets) {
    std::vector<std::string> argv = {"pipectl", "compare"};
    argv.insert(argv.end(), words.begin(), words.end());
    secrets.mask(argv);
    return quote_command(argv);
}

/// What people are told while they wait: how long it will take, and on a terminal where it is.
class Waiting {
  public:
    Waiting(bool quiet, const char* candidates, int rounds)
        : quiet_(quiet),
          terminal_(!quiet && ::isatty(STDERR_FILENO) != 0 && own_terminal_skills().moves),
          candidates_(candidates),
          rounds_(rounds) {}

    void show(const compare::Progress& progress) {
        if (progress.total > 0 && !estimated_) {
            estimated_ = true;
            clear();
            if (!quiet_) {
                print_error(std::to_string(progress.total / rounds_) + candidates_ + ", " +
                            std::to_string(rounds_) + " runs of each: about " +
                            format_duration(progress.left_s) + "\n");
            }
        }
        if (!terminal_) return;
        const std::string count = progress.total == 0 ? ""
                                                      : " " + std::to_string(progress.done + 1) +
                                                            "/" + std::to_string(progress.total);
        const std::string left =
            progress.total == 0 ? "" : ", " + format_duration(progress.left_s) + " left";
        const std::string line = one_line(progress.candidate) + count + left;
        print_error("\r\x1b[K" + cut_to_width(line, columns() - 1));
        shown_ = true;
    }

    void clear() {
        if (shown_) print_error("\r\x1b[K");
        shown_ = false;
    }

  private:
    /// A line that is wider would take two rows, of which the first would stay.
    static std::size_t columns() {
        winsize size{};
        return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
    }

    bool quiet_;
    bool terminal_;
    const char* candidates_;  ///< what they are: " channels"
    int rounds_;
    bool estimated_ = false;
    bool shown_ = false;
};

/// The files that a comparison writes, opened before it begins: it may take long.
struct CompareFiles {
    explicit CompareFiles(const Given& given)
        : html(given.value("--html")),
          json(given.value("--json")),
          markdown(given.value("--markdown")),
          definition(given.has("--apply") ? given.operand(0) : ""),
          on_stdout(on_stdout_of(given) > 0) {}

    /// How many of the reports go to stdout.
    static std::ptrdiff_t on_stdout_of(const Given& given) {
        const auto files = {given.value("--html"), given.value("--json"),
                            given.value("--markdown")};
        return std::count(files.begin(), files.end(), "-");
    }

    void write(const compare::Comparison& comparison) {
        if (html) html.write(render_compare_page(comparison));
        if (json) json.write(compare::render_json(comparison));
        if (markdown) markdown.write(compare::render_markdown(comparison));
    }

    ReportFile html, json, markdown, definition;
    bool on_stdout;  ///< one of them: then the table goes to stderr
};

/// Options that exclude each other; what is wrong, if anything.
std::string conflict_in(const Given& given) {
    if (given.has("--matrix") && !given.value("--stage").empty()) {
        return "--matrix is of all stages: leave --stage out";
    }
    if (given.has("--apply") && given.operand(0) == "-") {
        return "--apply needs the definition in a file";
    }
    return CompareFiles::on_stdout_of(given) > 1
               ? "only one of --json, --markdown and --html can be on stdout"
               : "";
}

/// Fills the request; returns what is wrong with the options, if anything.
std::string read_options(const Given& given, compare::Request& request) {
    const std::string channels = given.value("--channels");
    compare::Candidates candidates = compare::read_candidates(channels, given.value("--sizes"));
    if (const auto* const error = std::get_if<std::string>(&candidates)) {
        return *error;
    }
    request.candidates = std::get<std::vector<compare::Candidate>>(std::move(candidates));
    request.stage = given.value("--stage");
    request.matrix = given.has("--matrix");
    request.round_trips = given.has("--round-trips");
    request.as_it_is = channels.empty() || given.has("--apply");
    const int usual = request.matrix ? kMatrixRuns : kRuns;
    const std::string runs = given.value("--runs");
    const std::string warmup = given.value("--warmup", "1");
    const auto counted = runs.empty() ? usual : whole_number(runs, 1);
    const auto before = whole_number(warmup, 0);
    if (!counted) return "--runs is a number from 1 to 10000, not '" + runs + "'";
    if (!before) return "--warmup is a number from 0 to 10000, not '" + warmup + "'";
    request.runs = *counted;
    request.warmup = *before;
    request.seed = std::random_device()();
    return conflict_in(given);
}

int compare_loaded(const Given& given, const Loaded& loaded, compare::Request& request,
                   CompareFiles& files) {
    const std::string colour = given.value(kColourOption.name);
    Waiting waiting(given.has("--quiet"), request.matrix ? " channels on edges" : " channels",
                    request.runs + request.warmup);
    request.definition = loaded.definition;
    request.on_progress = [&waiting](const compare::Progress& progress) { waiting.show(progress); };
    compare::Result result = compare::run(request);
    waiting.clear();
    compare::Comparison& comparison = result.comparison;
    comparison.command = repeated(given.words(), loaded.plan.secrets);
    files.write(comparison);
    const int out = files.on_stdout ? STDERR_FILENO : STDOUT_FILENO;
    const std::string table = compare::render_text(comparison, use_colour(colour, out));
    const int shown = files.on_stdout ? 0 : print(table);
    if (files.on_stdout) print_error(table);
    if (result.signal != 0) die_of(result.signal);
    if (shown != 0 || comparison.table.choice < 0) return kOwnError;
    if (given.has("--apply") && comparison.same_bytes != false) {
        const int applied =
            apply_choice(loaded, request.plan, comparison.table, colour, files.definition);
        if (applied != 0) return applied;
    }
    return comparison.same_bytes == false ? 1 : 0;
}

int compare_command(const Given& given) {
    compare::Request request;
    auto plan = plan_request(given);
    if (!plan) {
        return kOwnError;
    }
    if (const std::string wrong = read_options(given, request); !wrong.empty()) {
        return usage_error(given.command(), wrong);
    }
    CompareFiles files(given);
    const std::string colour = given.value(kColourOption.name);
    const Loaded loaded = load(given.operand(0), *plan);
    show_diagnostics(loaded.source, loaded.diagnostics, colour);
    if (!loaded.ok()) return kOwnError;
    const auto effects = compare::find_side_effects(loaded.definition, loaded.plan);
    if (!effects.empty() && !given.has("--yes")) {
        show_diagnostics(loaded.source, effects, colour);
        return kOwnError;
    }
    if (loaded.items) print_error("pipectl: " + items_note(*loaded.items) + "\n");
    if (loaded.items && loaded.items->count() == 0) return kOwnError;
    request.plan = loaded.request;
    try {
        return compare_loaded(given, loaded, request, files);
    } catch (const compare::CannotCompare& error) {
        own_error(one_line(error.what()));
        for (const std::string& line : error.said())
            print_error("  " + one_line(line) + "\n");
        return kOwnError;
    }
}

}  // namespace

}  // namespace pipectl
