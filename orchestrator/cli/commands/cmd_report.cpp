// pipectl report: a run's record, for people.

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "orchestrator/command/colour.hpp"
#include "orchestrator/command/command.hpp"
#include "orchestrator/command/common_options.hpp"
#include "orchestrator/command/given.hpp"
#include "orchestrator/command/offers.hpp"
#include "orchestrator/command/output.hpp"
#include "orchestrator/files/report_file.hpp"
#include "orchestrator/pages/run_page.hpp"
#include "orchestrator/report/read_record.hpp"
#include "orchestrator/report/record.hpp"
#include "orchestrator/report/story.hpp"
#include "orchestrator/report/table.hpp"
#include "stages/base/error.hpp"
#include "stages/base/fd.hpp"

namespace pipectl {

namespace {

constexpr std::size_t kLargestRecord = std::size_t{64} << 20U;

constexpr CommandOption kReportOptions[] = {
    {"--html", "FILE", "write the record as a page", complete_files},
    json_option("for programs: the record as it was understood"),
    kColourOption,
};

constexpr CommandOperand kReportOperands[] = {{"FILE", CommandOperand::Count::one, complete_files}};

int report_command(const Given& given);

}  // namespace

extern constexpr Command kReportCommand = {
    .name = "report",
    .takes = "FILE.json",
    .brief = "a run's record, as text or as a page",
    .usage = "[OPTIONS] FILE.json",
    .summary =
        "Show the record of a run (pipectl run --json): what went wrong, and a table of its "
        "stages.",
    .examples = R"(
  pipectl run backup.toml --json backup.json; pipectl report backup.json
  pipectl report backup.json --html backup.html
  ssh host cat backup.json | pipectl report - --html backup.html
)",
    .help = R"(
FILE '-' is stdin. With --html the page is all that is written; '-' is stdout. The page is one
file that needs no network and no JavaScript. Exit status: 0, or 125 when the file is no record.
)",
    .options = kReportOptions,
    .operands = kReportOperands,
    .run = report_command,
};

namespace {

std::string read_text(const std::string& path) {
    if (path == "-") {
        return read_all(STDIN_FILENO, kLargestRecord, "<stdin>");
    }
    const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
    if (!file) {
        throw SystemError("cannot open '" + path + "'", errno);
    }
    return read_all(file.get(), kLargestRecord, path);
}

int report_command(const Given& given) {
    const std::string file = given.operand(0);
    const std::string html = given.value("--html");
    Summary summary;
    try {
        summary = read_record(read_text(file));
    } catch (const RecordError& error) {
        return own_error("'" + file + "' is not a run's record: " + error.what());
    }
    if (given.json() && !html.empty()) {
        return usage_error(given.command(), "--json and --html exclude each other");
    }
    if (given.json()) {
        return print(render_record_json(summary));
    }
    if (html == "-") {
        return print(render_run_page(summary));
    }
    if (!html.empty()) {
        ReportFile(html).write(render_run_page(summary));
        return 0;
    }
    const bool colours = use_colour(given.value("--color"), STDOUT_FILENO);
    return print(render_story(summary, colours) + render_table(summary, colours));
}

}  // namespace

}  // namespace pipectl
