// pipectl history: the work of pipectl-history, a program of its own, so that the database does not
// cost every run a moment of its start-up.

#include <algorithm>
#include <sstream>

#include "orchestrator/cli/history/history_value.hpp"
#include "orchestrator/command/given.hpp"
#include "orchestrator/command/offers.hpp"
#include "orchestrator/command/own_program.hpp"
#include "orchestrator/process/surroundings.hpp"

namespace pipectl {

namespace {

constexpr const char* kHistoryProgram = "pipectl-history";

void complete_past_runs(Offers& candidates, const std::vector<std::string>& before);

int become_history(const Given& given);

}  // namespace

extern constexpr Command kHistoryCommand = kHistoryValue<become_history, complete_past_runs>;

namespace {

/// Of the list, the first column is the id and the rest says what it was.
void complete_past_runs(Offers& candidates, const std::vector<std::string>& before) {
    if (before.empty()) {
        candidates.add_words("show diff rm");
        return;
    }
    candidates.add("last", "the latest run");
    std::istringstream lines(
        output_of_own_program(kHistoryProgram, {"--limit", "50", "--color", "never"}));
    std::string line;
    std::getline(lines, line);  // the headings
    while (std::getline(lines, line)) {
        const std::size_t end = line.find(' ');
        candidates.add(line.substr(0, end),
                       line.substr(std::min(line.find_first_not_of(' ', end), line.size())));
    }
}

int become_history(const Given& given) {
    return become_program(find_own_program(kHistoryProgram), kHistoryProgram, given.words());
}

}  // namespace

}  // namespace pipectl
