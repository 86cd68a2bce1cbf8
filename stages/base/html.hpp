#pragma once

// Text for HTML and SVG: the one place where it is escaped.

#include <string>
#include <string_view>

namespace pipectl {

/// For an element's text or an attribute in double or single quotes, whatever the text holds:
/// control characters (but tab and newline), marks that reorder text and bytes that are not UTF-8
/// become visible escapes, what HTML gives a meaning to becomes a character reference.
std::string html_escaped(std::string_view text);

/// JSON for a <script> block of data: no sequence in it can end the block or begin a comment, what
/// reorders text is escaped, and any parser reads the same values.
std::string json_for_html(std::string_view json);

}  // namespace pipectl
