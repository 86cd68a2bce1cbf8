#include "orchestrator/pages/markup.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <cmath>
#include <utility>

#include "stages/base/html.hpp"

namespace pipectl {
namespace {

/// Elements of HTML that have no end tag.
constexpr std::array<std::string_view, 4> kVoid = {"meta", "br", "hr", "col"};
/// Elements of SVG that are closed at once when they have no content.
constexpr std::array<std::string_view, 5> kShapes = {"rect", "path", "line", "circle", "use"};

bool is_one_of(const auto& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

std::string coordinate(double value) {
    if (!std::isfinite(value)) {
        return "0";
    }
    const double rounded = std::round(value * 10) / 10;
    std::array<char, 400> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(),
                                   rounded == 0 ? 0.0 : rounded, std::chars_format::fixed);
    return {digits.data(), end.ptr};
}

Markup& Markup::open(const char* element) {
    end_tag();
    text_ += '<';
    text_ += element;
    open_.push_back(element);
    in_tag_ = true;
    return *this;
}

Markup& Markup::with(const char* name, std::string_view value) {
    assert(in_tag_);
    text_ += ' ';
    text_ += name;
    text_ += "=\"";
    text_ += html_escaped(value);
    text_ += '"';
    return *this;
}

Markup& Markup::with(const char* name, double value) {
    return with(name, std::string_view(coordinate(value)));
}

Markup& Markup::text(std::string_view text) {
    end_tag();
    text_ += html_escaped(text);
    return *this;
}

Markup& Markup::close() {
    assert(!open_.empty());
    const std::string_view element = open_.back();
    open_.pop_back();
    const bool empty = std::exchange(in_tag_, false);
    if (empty && is_one_of(kVoid, element)) {
        text_ += '>';
    } else if (empty && is_one_of(kShapes, element)) {
        text_ += "/>";
    } else {
        text_ += empty ? "></" : "</";
        text_ += element;
        text_ += '>';
    }
    return *this;
}

Markup& Markup::leaf(const char* element, const char* style, std::string_view content) {
    return open(element).with("class", style).text(content).close();
}

Markup& Markup::leaf(const char* element, std::string_view content) {
    return open(element).text(content).close();
}

Markup& Markup::raw(std::string_view markup) {
    end_tag();
    text_ += markup;
    return *this;
}

Markup& Markup::line_break() {
    return raw("\n");
}

std::string Markup::take() {
    assert(open_.empty());
    return std::exchange(text_, {});
}

void Markup::end_tag() {
    if (std::exchange(in_tag_, false)) {
        text_ += '>';
    }
}

}  // namespace pipectl
