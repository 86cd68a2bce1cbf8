#include "orchestrator/shell/import/pipes.hpp"

#include <algorithm>

namespace pipectl::shell {

namespace {

bool is_named(const Facts& facts, const std::string& path) {
    return std::any_of(facts.rows.begin(), facts.rows.end(), [&](const Row& row) {
        const auto has = [&](const std::vector<std::string>& names) {
            return std::find(names.begin(), names.end(), path) != names.end();
        };
        return has(row.files.read) || has(row.files.named);
    });
}

bool is_removed(const Facts& facts, const std::string& path) {
    return std::any_of(facts.rows.begin(), facts.rows.end(),
                       [&](const Row& row) { return facts.is_removed(row, path); });
}

}  // namespace

std::vector<Fifo> pipes_of(const Facts& facts, const Machine& machine) {
    std::vector<Fifo> pipes;
    for (const Row& row : facts.rows) {
        if (row.is(Statement::Kind::make_fifo) && row.operands) {
            for (const std::string& path : *row.operands) {
                add_pipe(pipes, {path, row.range, {}, {}, facts.is_written(path), false});
            }
        }
    }
    for (const Row& row : facts.rows) {
        for (const std::string& path : row.files.written) {
            const bool temporary =
                path.find("${") != std::string::npos ||
                (is_removed(facts, path) && machine.look(path) != FileKind::regular);
            if (is_named(facts, path) && (temporary || machine.look(path) == FileKind::fifo)) {
                add_pipe(pipes, {path, facts.rows.front().range, {}, {}, true, temporary});
            }
        }
    }
    return pipes;
}

}  // namespace pipectl::shell
