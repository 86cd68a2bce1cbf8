#include "orchestrator/definition/toml_reader.hpp"

#include <algorithm>
#include <cstdlib>
#include <tuple>
#include <utility>

#include "orchestrator/definition/other_words.hpp"
#include "stages/base/text.hpp"
#include "stages/base/units.hpp"

namespace pipectl {

namespace {

Span span_of_region(const toml::source_region& region) {
    Span span;
    span.place = {static_cast<int>(region.begin.line), static_cast<int>(region.begin.column)};
    // the parser was given the number of the file for its name
    if (region.path) span.place.file = std::atoi(region.path->c_str());
    if (region.begin.line == region.end.line && region.end.column > region.begin.column) {
        span.length = static_cast<int>(region.end.column - region.begin.column);
    }
    return span;
}

}  // namespace

Span span_of(const toml::node& node) {
    return span_of_region(node.source());
}

Span span_of(const toml::key& key) {
    return span_of_region(key.source());
}

std::vector<Entry> entries_of(const toml::table& table) {
    std::vector<Entry> entries;
    entries.reserve(table.size());
    for (const auto& [key, value] : table) {
        entries.push_back({key.str(), &key, &value});
    }
    const auto order = [](const Entry& entry) {
        const auto& begin = entry.key->source().begin;
        return std::tuple(begin.line, begin.column);
    };
    std::sort(entries.begin(), entries.end(),
              [&](const Entry& a, const Entry& b) { return order(a) < order(b); });
    return entries;
}

std::string type_name(const toml::node& node) {
    switch (node.type()) {
        case toml::node_type::table: return "a table";
        case toml::node_type::array: return "an array";
        case toml::node_type::string: return "a string";
        case toml::node_type::integer: return "an integer";
        case toml::node_type::floating_point: return "a number with a fraction";
        case toml::node_type::boolean: return "a boolean";
        case toml::node_type::date:
        case toml::node_type::time:
        case toml::node_type::date_time: return "a date or time";
        case toml::node_type::none: break;
    }
    return "nothing";
}

void Reader::error(Span where, std::string message, std::string hint) {
    diagnostics_.push_back(
        {Severity::error, where.place, std::move(message), std::move(hint), where.length});
}

void Reader::warning(Span where, std::string message, std::string hint) {
    diagnostics_.push_back(
        {Severity::warning, where.place, std::move(message), std::move(hint), where.length});
}

void Reader::wrong_type(const Entry& entry, std::string_view expected, std::string hint) {
    error(span_of(*entry.value),
          entry.quoted() + " must be " + std::string(expected) + ", not " + type_name(*entry.value),
          std::move(hint));
    // true, false and numbers are often written as text
    if (const auto* const text = entry.value->as_string()) {
        const std::string& word = text->get();
        const bool number =
            !word.empty() && word.find_first_not_of("0123456789") == std::string::npos;
        if (word == "true" || word == "false" || number) offer(span_of(*entry.value), word);
    }
}

void Reader::offer(Span where, std::string text) {
    diagnostics_.back().fix = Replacement{where.place, where.length, std::move(text)};
}

void Reader::unknown_key(const Entry& entry, std::string_view where,
                         const std::function<std::vector<std::string>()>& known, std::string hint) {
    std::string near;
    const OtherWord* const other = other_word(entry.name, where);
    if (other != nullptr) {
        hint = other->hint;
    } else if (suggestions_.answers()) {
        near = suggestion(entry.name, known());
    }
    error(span_of(*entry.key), "unknown key " + entry.quoted() + " in " + std::string(where) + near,
          near.empty() ? std::move(hint) : std::string());
    if (other == nullptr) return;
    const bool list = entry.value->is_array() && !other->for_list.empty();
    const std::string_view key = list ? other->for_list : other->ours;
    if (!key.empty()) offer(span_of(*entry.key), std::string(key));
}

std::optional<std::string> Reader::text(const Entry& entry, std::string_view expected,
                                        std::string hint) {
    const toml::value<std::string>* value = entry.value->as_string();
    if (value == nullptr) {
        wrong_type(entry, expected, std::move(hint));
        return std::nullopt;
    }
    const std::string& text = value->get();
    if (text.find('\0') != std::string::npos) {
        error(span_of(*entry.value),
              entry.quoted() + " must not hold a NUL byte: no program can be given one");
        return std::nullopt;
    }
    return text;
}

std::optional<bool> Reader::boolean(const Entry& entry) {
    const auto value = entry.value->value_exact<bool>();
    if (!value) {
        wrong_type(entry, "true or false");
    }
    return value;
}

std::optional<std::int64_t> Reader::integer(const Entry& entry, std::int64_t low,
                                            std::int64_t high) {
    const auto value = entry.value->value_exact<std::int64_t>();
    const std::string range =
        "an integer from " + std::to_string(low) + " to " + std::to_string(high);
    if (!value) {
        wrong_type(entry, range);
        return std::nullopt;
    }
    if (*value < low || *value > high) {
        error(span_of(*entry.value),
              entry.quoted() + " must be " + range + ", not " + std::to_string(*value));
        return std::nullopt;
    }
    return value;
}

std::optional<std::chrono::milliseconds> Reader::duration(const Entry& entry) {
    const auto written = text(entry, "a duration such as \"5s\"");
    if (!written) {
        return std::nullopt;
    }
    const auto parsed = parse_duration(*written);
    if (!parsed.ok()) {
        error(span_of(*entry.value), parsed.error());
        return std::nullopt;
    }
    return parsed.value();
}

std::optional<std::uint64_t> Reader::size(const Entry& entry) {
    if (const auto bytes = entry.value->value_exact<std::int64_t>()) {
        if (*bytes >= 0) {
            return static_cast<std::uint64_t>(*bytes);
        }
        error(span_of(*entry.value), entry.quoted() + " must not be negative");
        return std::nullopt;
    }
    const auto written = text(entry, "a size such as \"64KiB\"");
    if (!written) {
        return std::nullopt;
    }
    const auto parsed = parse_size(*written);
    if (!parsed.ok()) {
        error(span_of(*entry.value), parsed.error());
        return std::nullopt;
    }
    return parsed.value();
}

std::optional<Scalar> Reader::scalar(const Entry& entry) {
    if (const auto flag = entry.value->value_exact<bool>()) {
        return Scalar(*flag);
    }
    if (const auto number = entry.value->value_exact<std::int64_t>()) {
        return Scalar(*number);
    }
    if (const auto fraction = entry.value->value_exact<double>()) {
        return Scalar(*fraction);
    }
    if (auto string = text(entry, "a string, a number or a boolean")) {
        return Scalar(std::move(*string));
    }
    return std::nullopt;
}

std::string Reader::spelling(const toml::node& node) const {
    const auto offset = [this](const toml::source_position& at) {
        return lines_.offset({static_cast<int>(at.line), static_cast<int>(at.column)});
    };
    const std::size_t begin = offset(node.source().begin);
    const std::size_t end = offset(node.source().end);
    return std::string(text_.substr(begin, end > begin ? end - begin : 0));
}

const toml::table* Reader::table(const Entry& entry, std::string_view expected) {
    const toml::table* table = entry.value->as_table();
    if (table == nullptr) {
        wrong_type(entry, expected);
    }
    return table;
}

std::optional<std::vector<Entry>> Reader::elements(const Entry& entry, std::string_view expected,
                                                   std::string hint) {
    const toml::array* array = entry.value->as_array();
    if (array == nullptr) {
        wrong_type(entry, expected, std::move(hint));
        return std::nullopt;
    }
    std::vector<Entry> elements;
    elements.reserve(array->size());
    for (const toml::node& element : *array) {
        elements.push_back({entry.name, entry.key, &element, true});
    }
    return elements;
}

Span Reader::reference_in(const toml::node& string, std::size_t ordinal, int length) {
    const Span whole = span_of(string);
    const auto& end = string.source().end;
    if (found_.string != &string || ordinal < found_.ordinal) {
        const std::size_t begin = lines_.offset(whole.place);
        found_ = {&string, 0, text_.find("${", begin),
                  lines_.offset({static_cast<int>(end.line), static_cast<int>(end.column)})};
    }
    for (; found_.ordinal < ordinal && found_.at < found_.end; ++found_.ordinal) {
        found_.at = text_.find("${", found_.at + 1);
    }
    if (found_.at >= found_.end) return whole;
    Span span{lines_.place(found_.at), length};
    span.place.file = whole.place.file;
    return span;
}

}  // namespace pipectl
