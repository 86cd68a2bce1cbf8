#include "orchestrator/shell/import/strict_note.hpp"

#include <set>

namespace pipectl::shell {

std::string strict_note(const Translation& translation) {
    constexpr std::size_t kMost = 4;
    std::set<std::string> all;
    std::set<std::string> hushed;
    for (const Failure& each : translation.failures) {
        all.insert(each.program);
        if (each.hushed) {
            hushed.insert(each.program);
        }
    }
    const auto list = [](const std::set<std::string>& names) {
        std::string text;
        std::size_t count = 0;
        for (const std::string& name : names) {
            if (count++ == kMost) {
                return text + " and others";
            }
            text += (text.empty() ? "'" : ", '") + name + "'";
        }
        return text;
    };
    if (all.empty()) {
        return {};
    }
    return "strict: a failure of " + list(all) +
           " fails the run, where the shell would go on (import --shell-rules keeps its rules" +
           (hushed.empty() ? ")" : "; ok = \"any\" forgives " + list(hushed) + ")");
}

}  // namespace pipectl::shell
