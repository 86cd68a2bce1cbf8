#pragma once

// The shell of a page: one self-contained file, without scripts and without anything from outside,
// for light and dark screens and for paper.

#include <string>
#include <string_view>

namespace pipectl {

/// A whole document. `body` is finished markup; `json` is put into it as a block of data for
/// programs, or left out when it is empty.
std::string render_page(std::string_view title, std::string_view body, std::string_view json);

/// The colours and shapes that all pages share, as CSS.
std::string_view page_style();

}  // namespace pipectl
