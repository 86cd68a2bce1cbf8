// pipectl compare: a pipeline over several channels.

#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <random>

#include "orchestrator/cli/arguments.hpp"
#include "orchestrator/cli/colour.hpp"
#include "orchestrator/cli/commands.hpp"
#include "orchestrator/cli/compare_apply.hpp"
#include "orchestrator/cli/load.hpp"
#include "orchestrator/compare/compare.hpp"
#include "orchestrator/compare/render.hpp"
#include "orchestrator/compare/side_effects.hpp"
#include "orchestrator/files/report_file.hpp"
#include "orchestrator/pages/compare_page.hpp"
#include "orchestrator/report/wording.hpp"
#include "orchestrator/text/width.hpp"
#include "stages/base/text.hpp"
#include "stages/base/units.hpp"

namespace pipectl {

namespace {

constexpr CommandHelp kCompareHelp = {
    "compare", "[OPTIONS] FILE", "Run a pipeline over several channels, and say which is best.",
    "  pipectl compare words.toml < book.txt\n"
    "  pipectl compare copy.toml --channels pipe,unix,shm:8MiB --runs 20\n"
    "  pipectl compare copy.toml --stage count --apply\n"
    "  pipectl compare copy.toml --matrix --html copy.html\n",
    "The pipeline runs once as it is; then over every channel, in turn and in a new random order\n"
    "each time. Its outputs go to nameless files of these runs: those of the definition and "
    "stdout\n"
    "are not touched. What all channels delivered is held against each other by XXH3. Stdin, when\n"
    "a stage reads it, is given to every run anew.\n"
    "\n"
    "A pipeline with side effects (endpoints, programs such as rm, kill or psql) is refused; "
    "--yes\n"
    "runs it all the same, as often as it takes.\n"
    "\n"
    "Exit status: 0; 1 when some channel delivered other bytes; 125 when there was nothing to\n"
    "compare: the pipeline fails, or is refused.\n"};

constexpr int kMostRuns = 10000;
constexpr int kRuns = 10;
constexpr int kMatrixRuns = 6;  ///< the fewest that can tell the usual 16 channels apart

struct CompareOptions {
    std::string file;
    std::string stage, channels, sizes, runs, warmup = "1";
    std::string html, json, markdown;
    bool apply = false;
    bool yes = false;
    bool matrix = false;
    bool quiet = false;
};

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
    explicit CompareFiles(const CompareOptions& options)
        : html(options.html),
          json(options.json),
          markdown(options.markdown),
          definition(options.apply ? options.file : ""),
          on_stdout(options.html == "-" || options.json == "-" || options.markdown == "-") {}

    void write(const compare::Comparison& comparison) {
        if (html) html.write(render_compare_page(comparison));
        if (json) json.write(compare::render_json(comparison));
        if (markdown) markdown.write(compare::render_markdown(comparison));
    }

    ReportFile html, json, markdown, definition;
    bool on_stdout;  ///< one of them: then the table goes to stderr
};

[[noreturn]] void end_by(int signal) {
    ::signal(signal, SIG_DFL);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, signal);
    ::sigprocmask(SIG_UNBLOCK, &set, nullptr);
    ::raise(signal);
    ::_exit(128 + signal);
}

/// Fills the request from the words; wrong usage is told.
bool read_options(const CompareOptions& options, compare::Request& request) {
    compare::Candidates candidates = compare::read_candidates(options.channels, options.sizes);
    if (const auto* const error = std::get_if<std::string>(&candidates)) {
        usage_error(kCompareHelp, *error);
        return false;
    }
    request.candidates = std::get<std::vector<compare::Candidate>>(std::move(candidates));
    request.stage = options.stage;
    request.matrix = options.matrix;
    request.as_it_is = options.channels.empty() || options.apply;
    const int usual = options.matrix ? kMatrixRuns : kRuns;
    const auto runs = options.runs.empty() ? usual : whole_number(options.runs, 1);
    const auto warmup = whole_number(options.warmup, 0);
    if (!runs || !warmup) {
        usage_error(
            kCompareHelp,
            std::string(runs ? "--warmup is a number from 0" : "--runs is a number from 1") +
                " to 10000, not '" + (runs ? options.warmup : options.runs) + "'");
        return false;
    }
    request.runs = *runs;
    request.warmup = *warmup;
    request.seed = std::random_device()();
    return true;
}

int compare_loaded(const CompareOptions& options, const Loaded& loaded, compare::Request& request,
                   CompareFiles& files, const std::string& command, const std::string& colour) {
    Waiting waiting(options.quiet, options.matrix ? " channels on edges" : " channels",
                    request.runs + request.warmup);
    request.definition = loaded.definition;
    request.on_progress = [&waiting](const compare::Progress& progress) { waiting.show(progress); };
    compare::Result result = compare::run(request);
    waiting.clear();
    compare::Comparison& comparison = result.comparison;
    comparison.command = command;
    files.write(comparison);
    const int out = files.on_stdout ? STDERR_FILENO : STDOUT_FILENO;
    const std::string table = compare::render_text(comparison, use_colour(colour, out));
    const int shown = files.on_stdout ? 0 : print(table);
    if (files.on_stdout) print_error(table);
    if (result.signal != 0) end_by(result.signal);
    if (shown != 0 || comparison.table.choice < 0) return kOwnError;
    if (options.apply && comparison.same_bytes != false) {
        const int applied =
            apply_choice(loaded, request.plan, comparison.table, colour, files.definition);
        if (applied != 0) return applied;
    }
    return comparison.same_bytes == false ? 1 : 0;
}

}  // namespace

int compare_command(const std::vector<std::string>& words) {
    CompareOptions options;
    PlanOptions plan_options;
    Arguments arguments(kCompareHelp);
    plan_options.declare(arguments, false);
    plan_options.declare_timeout(arguments);
    arguments.option("--stage", options.stage, "S", "only the edges that feed this stage");
    arguments.option("--channels", options.channels, "A,B:SIZE",
                     "default: all that work here, and pipes of 64KiB and 1MiB");
    arguments.option("--sizes", options.sizes, "SIZES", "further pipes: 64KiB,1MiB");
    arguments.flag("--matrix", options.matrix, "each edge by itself, too");
    arguments.option("--runs", options.runs, "N", "of each; default: 10, with --matrix 6");
    arguments.option("--warmup", options.warmup, "N", "rounds that do not count; default: 1");
    arguments.option("--json", options.json, "FILE",
                     "all figures; '-' is stdout, the table then goes to stderr");
    arguments.option("--markdown", options.markdown, "FILE", "the tables");
    arguments.option("--html", options.html, "FILE", "a page");
    arguments.flag("--apply", options.apply, "write the winner into the definition");
    arguments.flag("--yes", options.yes, "also with side effects");
    arguments.flag("--quiet", options.quiet, "no estimate and no progress");
    arguments.file(options.file);
    if (const auto status = arguments.parse(words)) {
        return *status;
    }
    compare::Request request;
    auto plan_request = plan_options.request(kCompareHelp);
    if (!plan_request || !read_options(options, request)) {
        return kOwnError;
    }
    if (options.matrix && !options.stage.empty()) {
        return usage_error(kCompareHelp, "--matrix is of all stages: leave --stage out");
    }
    if (options.apply && options.file == "-") {
        return usage_error(kCompareHelp, "--apply needs the definition in a file");
    }
    const auto reports = {options.json, options.markdown, options.html};
    if (std::count(reports.begin(), reports.end(), "-") > 1) {
        return usage_error(kCompareHelp,
                           "only one of --json, --markdown and --html can be on stdout");
    }
    CompareFiles files(options);
    Loaded loaded = load(options.file, *plan_request);
    show_diagnostics(loaded.source, loaded.diagnostics, plan_options.colour);
    if (!loaded.ok()) return kOwnError;
    const auto effects = compare::find_side_effects(loaded.definition, loaded.plan);
    if (!effects.empty() && !options.yes) {
        show_diagnostics(loaded.source, effects, plan_options.colour);
        return kOwnError;
    }
    request.plan = std::move(*plan_request);
    request.plan.environment = own_environment();
    request.plan.source = loaded.source.name;
    try {
        return compare_loaded(options, loaded, request, files, repeated(words, loaded.plan.secrets),
                              plan_options.colour);
    } catch (const compare::CannotCompare& error) {
        own_error(one_line(error.what()));
        for (const std::string& line : error.said())
            print_error("  " + one_line(line) + "\n");
        return kOwnError;
    }
}

}  // namespace pipectl
