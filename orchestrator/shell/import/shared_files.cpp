#include "orchestrator/shell/import/shared_files.hpp"

#include <algorithm>

#include "orchestrator/shell/import/uses.hpp"
#include "orchestrator/shell/syntax/fragment.hpp"
#include "orchestrator/shell/syntax/path_pattern.hpp"

namespace pipectl::shell {

SharedFiles::SharedFiles(std::string_view text, const List& list, const std::vector<Statement>& all,
                         const PathNames& names)
    : text_(text), names_(names) {
    for (const Statement& each : all) {
        if (each.kind != Statement::Kind::pipeline) {
            continue;
        }
        const Uses uses = uses_of(*each.chain, names, all);
        for (const auto* paths : {&uses.reads, &uses.writes}) {
            for (const UsedPath& path : *paths) {
                used_.push_back(path.pattern);
            }
        }
    }
    visit_commands(list, [&](const Command& command) {
        visit_words(command, [&](const Word& word) { ++words_[raw(word)]; });
    });
}

std::string SharedFiles::raw(const Word& word) const {
    return std::string(text_.substr(word.range.begin, word.range.end - word.range.begin));
}

bool SharedFiles::holds(const Word& target) const {
    const std::string any(1, kAny);
    const std::string path = path_pattern(word_pattern(target, names_));
    const auto times = std::count_if(used_.begin(), used_.end(), [&](const std::string& each) {
        return each != any && may_be_same(each, path);
    });
    const auto same = words_.find(raw(target));
    return (path != any && times > 1) || (same != words_.end() && same->second > 1);
}

}  // namespace pipectl::shell
