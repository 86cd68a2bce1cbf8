#include "orchestrator/report/items_table.hpp"

#include <cstddef>

#include "orchestrator/report/text_table.hpp"
#include "orchestrator/report/words.hpp"
#include "orchestrator/text/width.hpp"
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

ItemCounts count_items(const Summary& summary) {
    ItemCounts counts;
    counts.all = summary.items.size();
    for (const ItemSummary& item : summary.items) {
        if (!item.end) {
            ++(item.start_s ? counts.running : counts.not_started);
        } else if (is_well(item.end->verdict)) {
            ++counts.ok;
        } else if (item.end->verdict == Verdict::cancelled) {
            ++counts.cancelled;
        } else {
            ++counts.failed;
        }
    }
    return counts;
}

std::string items_so_far(const ItemCounts& counts) {
    return std::to_string(counts.over()) + " of " + std::to_string(counts.all) +
           (counts.all == 1 ? " item" : " items") + counted(counts.failed, "failed") +
           counted(counts.running, "running");
}

std::string items_title(const Summary& summary) {
    return "'" + one_line(summary.pipeline) + "' " + format_duration(summary.wall_s) + ": " +
           items_so_far(count_items(summary));
}

std::vector<std::string> items_block(const Summary& summary, std::size_t columns,
                                     std::size_t rows) {
    std::vector<std::string> lines = {cut_to_width("pipectl: " + items_title(summary), columns)};
    std::size_t more = 0;
    for (const ItemSummary& item : summary.items) {
        if (item.end || !item.start_s) continue;
        if (lines.size() + 1 >= rows) {
            ++more;
            continue;
        }
        lines.push_back(cut_to_width("  " + one_line(item_label(item)) + "  for " +
                                         format_duration(summary.wall_s - *item.start_s),
                                     columns));
    }
    if (more > 0) {
        lines.push_back(cut_to_width("  and " + std::to_string(more) + " more", columns));
    }
    return lines;
}

std::string render_items_line(const Summary& summary) {
    const ItemCounts counts = count_items(summary);
    return "pipectl: '" + one_line(summary.pipeline) + "': " + std::to_string(counts.all) +
           (counts.all == 1 ? " item" : " items") + counted(counts.ok, "ok") +
           counted(counts.failed, "failed") + counted(counts.cancelled, "cancelled") +
           counted(counts.not_started + counts.running, "not started") + "\n";
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
