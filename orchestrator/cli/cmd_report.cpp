// pipectl report: a run's record, for people.

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "orchestrator/cli/arguments.hpp"
#include "orchestrator/cli/colour.hpp"
#include "orchestrator/cli/commands.hpp"
#include "orchestrator/files/report_file.hpp"
#include "orchestrator/pages/run_page.hpp"
#include "orchestrator/report/read_record.hpp"
#include "orchestrator/report/story.hpp"
#include "orchestrator/report/table.hpp"
#include "stages/base/error.hpp"
#include "stages/base/fd.hpp"

namespace pipectl {

namespace {

constexpr std::size_t kLargestRecord = std::size_t{64} << 20U;

constexpr CommandHelp kReportHelp = {
    "report", "[OPTIONS] FILE.json",
    "Show the record of a run (pipectl run --json): what went wrong, and a table of its stages.",
    "  pipectl run backup.toml --json backup.json; pipectl report backup.json\n"
    "  pipectl report backup.json --html backup.html\n"
    "  ssh host cat backup.json | pipectl report - --html backup.html\n",
    "FILE '-' is stdin. With --html the page is all that is written; '-' is stdout. The page is "
    "one\n"
    "file that needs no network and no JavaScript. Exit status: 0, or 125 when the file is no "
    "record.\n"};

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

}  // namespace

int report_command(const std::vector<std::string>& words) {
    std::string file;
    std::string html;
    std::string colour = "auto";
    Arguments arguments(kReportHelp);
    arguments.option("--html", html, "FILE", "write the record as a page");
    arguments.choice("--color", colour, {"auto", "always", "never"}, "default: on a terminal");
    arguments.file(file, "FILE.json");
    if (const auto status = arguments.parse(words)) {
        return *status;
    }
    Summary summary;
    try {
        summary = read_record(read_text(file));
    } catch (const RecordError& error) {
        return own_error("'" + file + "' is not a run's record: " + error.what());
    }
    if (html == "-") {
        return print(render_run_page(summary));
    }
    if (!html.empty()) {
        ReportFile(html).write(render_run_page(summary));
        return 0;
    }
    const bool colours = use_colour(colour, STDOUT_FILENO);
    return print(render_story(summary, colours) + render_table(summary, colours));
}

}  // namespace pipectl
