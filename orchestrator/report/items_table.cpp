#include "orchestrator/report/items_table.hpp"

#include <cstddef>

#include "orchestrator/report/text_table.hpp"
#include "orchestrator/report/words.hpp"
#include "stages/base/text.hpp"
#include "stages/base/units.hpp"

namespace pipectl {

namespace {

std::string counted(std::size_t count, const std::string& rest) {
    return count == 0 ? "" : ", " + std::to_string(count) + " " + rest;
}

}  // namespace

std::string item_label(const ItemSummary& item) {
    std::string label;
    for (const RunParameter& value : item.values) {
        label += (label.empty() ? "" : " ") + value.name + "=" + quote_word(value.value);
    }
    return label;
}

std::string render_items_line(const Summary& summary) {
    std::size_t ok = 0;
    std::size_t failed = 0;
    std::size_t cancelled = 0;
    std::size_t not_started = 0;
    for (const ItemSummary& item : summary.items) {
        if (!item.end) {
            ++not_started;
        } else if (item.end->verdict == Verdict::ok || item.end->verdict == Verdict::cut) {
            ++ok;
        } else if (item.end->verdict == Verdict::cancelled) {
            ++cancelled;
        } else {
            ++failed;
        }
    }
    const std::size_t all = summary.items.size();
    return "pipectl: '" + one_line(summary.pipeline) + "': " + std::to_string(all) +
           (all == 1 ? " item" : " items") + counted(ok, "ok") + counted(failed, "failed") +
           counted(cancelled, "cancelled") + counted(not_started, "not started") + "\n";
}

std::string render_items_table(const Summary& summary, bool colour) {
    TextTable table({"item", "verdict", ">status", ">wall", ">out", "failed"});
    for (const ItemSummary& item : summary.items) {
        const bool over = item.start_s && item.end_s;
        table.add({one_line(item_label(item)),
                   item.end ? std::string(word_of(item.end->verdict)) : "not started",
                   item.end ? std::to_string(item.end->exit) : "-",
                   over ? format_duration(*item.end_s - *item.start_s) : "-",
                   item.end ? format_size(static_cast<std::uint64_t>(item.bytes_out)) : "-",
                   one_line(item.failed)});
    }
    return table.render(colour);
}

}  // namespace pipectl
