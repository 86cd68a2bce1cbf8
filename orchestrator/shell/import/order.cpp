#include "orchestrator/shell/import/order.hpp"

#include <algorithm>

#include "orchestrator/shell/import/uses.hpp"
#include "orchestrator/shell/syntax/path_pattern.hpp"
#include "orchestrator/shell/syntax/places.hpp"

namespace pipectl::shell {

namespace {

class Order {
  public:
    Order(std::string_view text, const PathNames& names, const OrderQuestions& questions,
          std::vector<Refusal>& refusals)
        : text_(text), names_(names), questions_(questions), refusals_(refusals) {}

    void check(const std::vector<Statement>& all) {
        std::vector<Step> before;
        for (const Statement& each : all) {
            if (each.kind == Statement::Kind::wait) {
                for (Step& step : before) {
                    step.background = false;
                }
            }
            if (each.kind != Statement::Kind::pipeline || questions_.is_dropped(each)) {
                continue;
            }
            Step step{each.chain->range, uses_of(*each.chain, names_, all), each.chain->background};
            leave_edges(step.uses.reads);
            leave_edges(step.uses.writes);
            step.uses.reads_stdin = step.uses.reads_stdin && !step.background;
            for (const Step& earlier : before) {
                if (check_pair(earlier, step)) {
                    break;
                }
            }
            before.push_back(std::move(step));
        }
    }

  private:
    struct Step {
        Range range;
        Uses uses;
        bool background;  ///< those below do not wait for it
    };

    void leave_edges(std::vector<UsedPath>& paths) const {
        std::erase_if(paths,
                      [&](const UsedPath& each) { return questions_.is_edge(each.pattern); });
    }

    /// True when there is a reason why the later one has to wait.
    bool check_pair(const Step& earlier, const Step& later) {
        const std::string line =
            "line " + std::to_string(Places(text_).at(earlier.range.begin).line);
        const std::string order = ": the two run in order";
        for (const UsedPath& written : earlier.uses.writes) {
            for (const UsedPath& read : later.uses.reads) {
                if (may_be_below(read.pattern, written.pattern)) {
                    return refuse(
                        later,
                        "this reads '" + written.shown + "', which " + line + " writes" + order,
                        "when nothing else needs the file, remove it at the end: 'rm' "
                        "makes it an edge");
                }
            }
            for (const UsedPath& again : later.uses.writes) {
                if (may_be_same(again.pattern, written.pattern)) {
                    return refuse(later, "this writes '" + written.shown + "', which " + line +
                                             " writes" + order);
                }
            }
        }
        for (const UsedPath& written : later.uses.writes) {
            for (const UsedPath& read : earlier.uses.reads) {
                if (may_be_below(read.pattern, written.pattern)) {
                    return refuse(later, "this writes '" + written.shown + "', which " + line +
                                             " reads" + order);
                }
            }
        }
        if (earlier.background) {
            return false;  // the shell does not wait for it either
        }
        if (!earlier.uses.unknown.empty() && touches(later.uses)) {
            return refuse(later, "'" + earlier.uses.unknown + "' on " + line +
                                     " may write what this needs" + order);
        }
        if (!later.uses.unknown.empty() && touches(earlier.uses)) {
            return refuse(later,
                          "'" + later.uses.unknown + "' may change what " + line + " uses" + order);
        }
        if (earlier.uses.reads_stdin && later.uses.reads_stdin) {
            return refuse(later, "this reads what " + line + " leaves of the stdin" + order);
        }
        return false;
    }

    static bool touches(const Uses& uses) {
        return !uses.unknown.empty() || !uses.reads.empty() || !uses.writes.empty();
    }

    bool refuse(const Step& later, std::string message,
                std::string hint =
                    "the stages of a definition run at the same time: make two "
                    "definitions of it, or --wrap") {
        refusals_.push_back({later.range, std::move(message), std::move(hint)});
        return true;
    }

    std::string_view text_;
    const PathNames& names_;
    const OrderQuestions& questions_;
    std::vector<Refusal>& refusals_;
};

}  // namespace

void check_order(std::string_view text, const std::vector<Statement>& all, const PathNames& names,
                 const OrderQuestions& questions, std::vector<Refusal>& refusals) {
    Order(text, names, questions, refusals).check(all);
}

}  // namespace pipectl::shell
