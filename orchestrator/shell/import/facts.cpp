#include "orchestrator/shell/import/facts.hpp"

#include <algorithm>

#include "orchestrator/shell/syntax/path_pattern.hpp"

namespace pipectl::shell {

namespace {

bool holds_name(const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

bool Facts::names_again(const Word& target) const {
    const std::string any(1, kAny);
    const std::string path = path_pattern(word_pattern(target, settings.names));
    int times = 0;
    const auto count = [&](const UsedPath& each) {
        times += each.pattern != any && may_be_same(each.pattern, path) ? 1 : 0;
    };
    for (const Row& row : rows) {
        std::for_each(row.uses.reads.begin(), row.uses.reads.end(), count);
        std::for_each(row.uses.writes.begin(), row.uses.writes.end(), count);
    }
    const auto same = words.find(
        std::string(text.substr(target.range.begin, target.range.end - target.range.begin)));
    return (path != any && times > 1) || (same != words.end() && same->second > 1);
}

bool Facts::is_pipe(const std::string& pattern) const {
    return std::any_of(pipes.begin(), pipes.end(),
                       [&](const Fifo& each) { return path_pattern(each.path) == pattern; });
}

bool Facts::is_dropped(const Row& row, bool in_shell) const {
    return (rows.size() > 1 && (row.is_needless || (row.only_waits && !in_shell))) ||
           (!row.first && row.succeeds);
}

bool Facts::is_written(const std::string& path) const {
    return std::any_of(rows.begin(), rows.end(),
                       [&](const Row& row) { return holds_name(row.files.written, path); });
}

bool Facts::is_removed(const Row& row, const std::string& path) const {
    if (!row.is(Statement::Kind::remove) || !row.operands || !holds_name(*row.operands, path)) {
        return false;
    }
    const auto here =
        std::find_if(rows.begin(), rows.end(), [&](const Row& each) { return &each == &row; });
    const bool above = std::any_of(rows.begin(), here, [&](const Row& each) {
        return each.is_pipeline() && holds_name(each.files.written, path);
    });
    return above || !is_written(path);
}

}  // namespace pipectl::shell
