#include "orchestrator/report/joblog.hpp"

#include <cstdio>
#include <ctime>
#include <vector>

#include "orchestrator/report/marks.hpp"
#include "orchestrator/report/wording.hpp"
#include "stages/base/text.hpp"

namespace pipectl {
namespace {

/// Of the record's own form of time, "2024-05-06T07:08:09Z".
double seconds_since_1970(const std::string& utc) {
    std::tm parts{};
    if (std::sscanf(utc.c_str(), "%4d-%2d-%2dT%2d:%2d:%2d", &parts.tm_year, &parts.tm_mon,
                    &parts.tm_mday, &parts.tm_hour, &parts.tm_min, &parts.tm_sec) != 6) {
        return 0;
    }
    parts.tm_year -= 1900;
    parts.tm_mon -= 1;
    return static_cast<double>(::timegm(&parts));
}

std::string fixed(double number) {
    char text[64];
    std::snprintf(text, sizeof text, "%.3f", number);
    return text;
}

/// Without a blank: who reads the file may part it at blanks. GNU parallel itself does not look at
/// these columns.
std::string bytes_column(const std::optional<std::int64_t>& bytes, Exactness exactness) {
    std::string text = bytes ? marked(std::to_string(*bytes), exactness) : "-";
    std::erase(text, ' ');
    return text;
}

/// What would run this item alone.
std::vector<std::string> command_of(const Summary& summary, const ItemSummary& item) {
    std::vector<std::string> words = {"pipectl", "run", summary.source};
    for (const RunParameter& value : item.values) {
        words.insert(words.end(), {"--set", value.name + "=" + value.value});
    }
    return words;
}

}  // namespace

std::string render_joblog(const Summary& summary) {
    std::string text =
        "Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand\n";
    const double began = seconds_since_1970(summary.started_at);
    int number = 0;
    for (const ItemSummary& item : summary.items) {
        ++number;
        if (!item.start_s) continue;
        const double end_s = item.end_s.value_or(summary.wall_s);
        const int exit = item.end ? item.end->exit : -1;
        text += std::to_string(number) + "\t:\t" + fixed(began + *item.start_s) + "\t" +
                fixed(end_s - *item.start_s) + "\t-\t" + std::to_string(item.bytes_out) + "\t" +
                std::to_string(exit) + "\t" + std::to_string(item.end ? item.end->signal : 0) +
                "\t" + quote_command(command_of(summary, item)) + "\n";
    }
    for (const StageSummary& stage : summary.stages) {
        if (stage.helper) {
            continue;
        }
        const double start_s = stage.start_s.value_or(0);
        const double end_s = stage.end_s.value_or(summary.wall_s);
        const Account account = stage.account.value_or(Account{});
        text += std::to_string(++number) + "\t:\t" + fixed(began + start_s) + "\t" +
                fixed(stage.start_s ? end_s - start_s : 0) + "\t" +
                bytes_column(account.bytes_in, account.in_is) + "\t" +
                bytes_column(account.bytes_out, account.out_is) + "\t" +
                std::to_string(stage.status ? stage.status->code : -1) + "\t" +
                std::to_string(stage.status ? stage.status->signal : 0) + "\t" +
                quote_command(stage.argv) + "\n";
    }
    return text;
}

}  // namespace pipectl
