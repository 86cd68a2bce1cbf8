#pragma once

// A small writer of HTML and SVG: elements, attributes, text. What it is given is escaped, always;
// markup itself comes only from the names in our own source.
//
// Nesting is the caller's and asserted. Coordinates are written with one decimal at most: a tenth
// of a pixel is nothing, and pages have thousands of them.

#include <concepts>
#include <string>
#include <string_view>
#include <vector>

namespace pipectl {

/// "12", "3.5", "-0.1"; 0 for what is not finite.
std::string coordinate(double value);

class Markup {
  public:
    /// Begins an element; attributes may follow until its content.
    Markup& open(const char* element);
    /// An attribute of the element that was opened last.
    Markup& with(const char* name, std::string_view value);
    Markup& with(const char* name, double value);
    Markup& with(const char* name, std::integral auto value) {
        return with(name, std::string_view(std::to_string(value)));
    }
    Markup& text(std::string_view text);
    Markup& close();

    /// An element with a class and nothing but text in it.
    Markup& leaf(const char* element, const char* style, std::string_view content);
    /// The same without a class.
    Markup& leaf(const char* element, std::string_view content);

    /// A finished piece of another Markup, or a text of our own source.
    Markup& raw(std::string_view markup);
    Markup& line_break();

    /// What was written. Everything that was opened must have been closed.
    [[nodiscard]] std::string take();

  private:
    void end_tag();

    std::string text_;
    std::vector<const char*> open_;
    bool in_tag_ = false;
};

}  // namespace pipectl
