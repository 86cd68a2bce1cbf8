#include "orchestrator/shell/import/build.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "orchestrator/shell/import/order.hpp"
#include "orchestrator/shell/import/refusals.hpp"
#include "orchestrator/shell/translate/templates.hpp"

namespace pipectl::shell {

namespace {

Rules rules_of(const Facts& facts, const ImportOptions& options, const Machine& machine) {
    Rules rules;
    rules.import = true;
    rules.strict = !options.shell_rules;
    rules.wrap = options.wrap;
    rules.machine = &machine;
    rules.functions = facts.settings.functions;
    rules.variables = facts.settings.variables;
    rules.names = facts.settings.names;
    rules.pipefail = facts.settings.pipefail;
    rules.renamed = facts.renames.outputs;
    rules.statements = facts.statements;
    for (const auto& [name, value] : facts.settings.environment) {
        rules.exported.insert(name);
    }
    rules.is_shared = [&facts](const Word& target) {
        const auto row = std::find_if(facts.rows.begin(), facts.rows.end(), [&](const Row& each) {
            return each.range.begin <= target.range.begin && target.range.begin < each.range.end;
        });
        return facts.names_again(target) ||
               (row != facts.rows.end() && is_needed_later(facts, *row));
    };
    return rules;
}

class Builder {
  public:
    Builder(const Facts& facts, const ImportOptions& options, const Machine& machine)
        : facts_(facts),
          options_(options),
          translator_(facts.text, rules_of(facts, options, machine), facts.pipes) {}

    Built run() {
        const Row* last = nullptr;  // the one whose status is the text's
        for (const Row& row : facts_.rows) {
            last = row.is_pipeline() && !facts_.is_dropped(row, false) ? &row : last;
        }
        for (const Row& row : facts_.rows) {
            if (row.is_pipeline() && !facts_.is_dropped(row, in_shell()) &&
                !reason_against(facts_, row)) {
                add(row, &row == last);
            }
        }
        Built built;
        built.shell_rules = options_.shell_rules;
        built.rows = std::move(rows_);
        built.translation = translator_.take();
        put_in_order(built);
        join_outputs(built);
        return built;
    }

  private:
    bool in_shell() const { return has_shell(translator_.made().graph); }

    void add(const Row& row, bool last) {
        const bool behind = row.background();
        const bool asked =
            last ? !settled_behind(row) : facts_.settings.errexit || is_before_and(row);
        const Pipeline& line = row.statement->line();
        const std::size_t begin = translator_.made().graph.nodes.size();
        const Flow out =
            translator_.pipeline(line, Flow{!behind, {}}, {facts_.several, true, behind || !asked});
        const Translation& made = translator_.made();
        const bool to_file = made.main >= 0 && !std::holds_alternative<std::monostate>(
                                                   made.graph.nodes[made.main].stage.out);
        rows_.push_back(
            {&row, !out.sources.empty(), to_file, begin, translator_.made().graph.nodes.size()});
        outputs_.insert(outputs_.end(), out.sources.begin(), out.sources.end());
        if (row.statement->forgiven || (last && ends_well())) {
            translator_.forgive(line);
        }
    }

    /// What comes behind depends on how it ends.
    bool is_before_and(const Row& row) const {
        const Row* const next = &row + 1;
        return !row.last && next->statement->chain->behind_and;
    }

    /// The stages of a pipeline that has to wait start after all of those that it waits for.
    void put_in_order(Built& built) const {
        std::vector<Node>& nodes = built.translation.graph.nodes;
        const auto range_of = [&](std::size_t row) {
            return std::find_if(built.rows.begin(), built.rows.end(), [&](const BuiltRow& each) {
                return each.row == &facts_.rows[row];
            });
        };
        for (const RowOrder& order : find_orders(facts_, built.rows)) {
            const auto earlier = range_of(order.earlier);
            const auto later = range_of(order.later);
            for (std::size_t i = later->begin; i < later->end; ++i) {
                for (std::size_t k = earlier->begin; k < earlier->end; ++k) {
                    const auto same = [&](const Node::Order& each) {
                        return each.node == static_cast<int>(k);
                    };
                    auto& after = nodes[i].after;
                    const auto known = std::find_if(after.begin(), after.end(), same);
                    if (known == after.end()) {
                        after.push_back({static_cast<int>(k), order.ended});
                    } else {
                        known->ended = known->ended && order.ended;
                    }
                }
            }
        }
    }

    /// A statement that is left away stands behind it, and its status is 0.
    bool settled_behind(const Row& line) const {
        bool behind = false;
        bool settled = facts_.renames.settled.contains(line.range.begin);
        for (const Row& row : facts_.rows) {
            settled = settled || (behind && (row.is_pipeline() || row.settles));
            behind = behind || &row == &line;
        }
        return settled && !facts_.settings.errexit;
    }

    /// `exit 0` at the end; by the shell's rules, whatever settles it.
    bool ends_well() const {
        if (facts_.settings.errexit) {
            return false;
        }
        const Row& end = facts_.rows.back();
        const bool settles =
            end.settles || (end.is_pipeline() && facts_.is_dropped(end, in_shell()));
        return end.succeeds ? facts_.rows.size() > 1 : options_.shell_rules && settles;
    }

    /// What several pipelines print comes in their order.
    void join_outputs(Built& built) const {
        Graph& graph = built.translation.graph;
        if (!facts_.several || outputs_.empty() ||
            (outputs_.size() == 1 && !is_read(graph, outputs_.front())) || come_in_order(built)) {
            return;
        }
        Node node;
        node.range = built.rows.back().row->range;
        node.label = "output";
        node.stage.run = {text_template("cat")};
        node.from = outputs_;
        graph.nodes.push_back(std::move(node));
    }

    /// Each pipeline that prints starts after all others above it that do.
    bool come_in_order(const Built& built) const {
        const Graph& graph = built.translation.graph;
        const auto comes_after = [&](const BuiltRow& later, const BuiltRow& earlier) {
            return std::any_of(graph.nodes[later.begin].after.begin(),
                               graph.nodes[later.begin].after.end(), [&](const Node::Order& each) {
                                   return each.node >= static_cast<int>(earlier.begin) &&
                                          each.node < static_cast<int>(earlier.end);
                               });
        };
        for (const BuiltRow& later : built.rows) {
            for (const BuiltRow& earlier : built.rows) {
                if (&earlier == &later) break;
                if (later.prints && earlier.prints && !comes_after(later, earlier)) return false;
            }
        }
        return std::none_of(outputs_.begin(), outputs_.end(),
                            [&](const Source& each) { return is_read(graph, each); });
    }

    /// A stage has it already: what is printed as well is a copy.
    static bool is_read(const Graph& graph, const Source& source) {
        const auto same = [&](const Source& each) {
            return each.node == source.node && each.port == source.port && each.fifo == source.fifo;
        };
        return source.port != "stdout" ||
               std::any_of(graph.nodes.begin(), graph.nodes.end(), [&](const Node& node) {
                   return std::any_of(node.from.begin(), node.from.end(), same);
               });
    }

    const Facts& facts_;
    const ImportOptions& options_;
    Translator translator_;
    std::vector<BuiltRow> rows_;
    std::vector<Source> outputs_;
};

}  // namespace

Built build(const Facts& facts, const ImportOptions& options, const Machine& machine) {
    return Builder(facts, options, machine).run();
}

bool has_shell(const Graph& graph) {
    return std::any_of(graph.nodes.begin(), graph.nodes.end(), [](const Node& node) {
        return node.stage.command == Stage::Command::shell ||
               (!node.stage.run.empty() && node.stage.run.front().pieces.size() == 1 &&
                node.stage.run.front().pieces.front().value == "bash");
    });
}

}  // namespace pipectl::shell
