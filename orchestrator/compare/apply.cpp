#include "orchestrator/compare/apply.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "orchestrator/compare/toml_layout.hpp"

namespace pipectl::compare {

namespace {

struct Edit {
    std::size_t begin;
    std::size_t end;
    std::string text;
};

class Editor {
  public:
    explicit Editor(std::string_view text) : text_(text), tables_(lay_out_toml(text)) {
        newline_ = text.find("\r\n") == std::string_view::npos ? "\n" : "\r\n";
    }

    [[nodiscard]] const TomlTable* header_at(int line) const {
        const auto found = std::find_if(tables_.begin(), tables_.end(),
                                        [line](const auto& table) { return table.line == line; });
        return found == tables_.end() || line == 0 ? nullptr : &*found;
    }

    [[nodiscard]] const TomlTable* pipeline() const {
        const auto found = std::find_if(tables_.begin(), tables_.end(), [](const auto& table) {
            return table.header == "[pipeline]";
        });
        return found == tables_.end() ? nullptr : &*found;
    }

    /// Replaces the value of `via`, or puts a line of its own behind `name`, `run` or the header.
    void set(const TomlTable& table, const std::string& value) {
        if (const TomlKey* via = key(table, "via")) {
            edits_.push_back({via->value_begin, via->value_end, value});
            return;
        }
        std::size_t behind = table.body;
        std::string indent;
        for (const char* before : {"name", "run", "shell", "use"}) {
            const TomlKey* const found = key(table, before);
            if (found == nullptr) continue;
            behind = found->line_end;
            const std::size_t line = text_.rfind('\n', found->begin) + 1;  // npos + 1 is 0
            indent = text_.substr(line, found->begin - line);
            break;
        }
        insert_line(behind, indent + "via = " + value);
    }

    /// A [pipeline] before the first table and the comment that belongs to it.
    void add_pipeline(const std::string& value) {
        std::size_t at = tables_.size() > 1 ? tables_[1].begin : text_.size();
        while (at > 0) {
            const std::size_t before = at == 1 ? 0 : text_.rfind('\n', at - 2) + 1;
            if (text_[before] != '#' || text_.substr(before).starts_with("#!")) break;
            at = before;
        }
        edits_.push_back(
            {at, at, "[pipeline]" + newline_ + "via = " + value + newline_ + newline_});
    }

    std::string take() {
        std::sort(edits_.begin(), edits_.end(),
                  [](const Edit& a, const Edit& b) { return a.begin > b.begin; });
        std::string edited(text_);
        for (const Edit& edit : edits_) {
            edited.replace(edit.begin, edit.end - edit.begin, edit.text);
        }
        return edited;
    }

    static const TomlKey* key(const TomlTable& table, std::string_view name) {
        const auto found = std::find_if(table.keys.begin(), table.keys.end(),
                                        [name](const TomlKey& each) { return each.name == name; });
        return found == table.keys.end() ? nullptr : &*found;
    }

  private:
    void insert_line(std::size_t at, const std::string& line) {
        // the text may end without a newline
        const bool open = at == text_.size() && at > 0 && text_[at - 1] != '\n';
        edits_.push_back({at, at, open ? newline_ + line : line + newline_});
    }

    std::string_view text_;
    std::vector<TomlTable> tables_;
    std::string newline_;
    std::vector<Edit> edits_;
};

Diagnostic cannot(Place place, const std::string& what) {
    Diagnostic diagnostic;
    diagnostic.place = place;
    diagnostic.message = what + ": --apply cannot edit it";
    diagnostic.hint = "write the line by hand";
    return diagnostic;
}

}  // namespace

Edited set_channel(std::string_view text, const Definition& definition, const std::string& stage,
                   const std::string& value) {
    Editor editor(text);
    if (stage.empty()) {
        const TomlTable* const pipeline = editor.pipeline();
        if (pipeline != nullptr) {
            editor.set(*pipeline, value);
        } else {
            editor.add_pipeline(value);
        }
    }
    for (const Stage& each : definition.stages) {
        if (stage.empty() ? !each.via : each.name.value != stage) continue;
        if (each.place.file != 0) {
            if (stage.empty()) continue;
            return cannot(each.place, "stage '" + stage + "' is of another definition");
        }
        const TomlTable* const table = editor.header_at(each.place.line);
        if (table == nullptr || table->header != "[[stage]]") {
            return cannot(each.place, "stage '" + each.name.value + "' has no [[stage]] header");
        }
        if (each.via && Editor::key(*table, "via") == nullptr) {
            return cannot(each.via->channel.place,
                          "the `via` of stage '" + each.name.value + "' is no plain key");
        }
        editor.set(*table, value);
    }
    return editor.take();
}

}  // namespace pipectl::compare
