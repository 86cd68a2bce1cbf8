#include "stages/base/html.hpp"

#include "stages/base/json.hpp"
#include "stages/base/text.hpp"
#include "stages/base/utf8.hpp"

namespace pipectl {
std::string html_escaped(std::string_view text) {
    std::string escaped;
    for (const char c : printable(text)) {
        switch (c) {
            case '&': escaped += "&amp;"; break;
            case '<': escaped += "&lt;"; break;
            case '>': escaped += "&gt;"; break;
            case '"': escaped += "&quot;"; break;
            case '\'': escaped += "&#39;"; break;
            default: escaped += c;
        }
    }
    return escaped;
}

std::string json_for_html(std::string_view json) {
    std::string escaped;
    escaped.reserve(json.size());
    // these stand in strings only, where the escape means the same
    for (std::size_t at = 0; at < json.size();) {
        const CodePoint point = first_code_point(json.substr(at));
        const bool markup = point.value == '<' || point.value == '>' || point.value == '&';
        if (point.valid && (markup || (point.value >= 0x7f && steers_terminal(point.value)))) {
            append_json_escape(escaped, point.value);
        } else {
            escaped += json.substr(at, point.size);
        }
        at += point.size;
    }
    return escaped;
}

}  // namespace pipectl
