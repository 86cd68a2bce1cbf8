#include "orchestrator/text/roff.hpp"

namespace pipectl {

std::string roff(std::string_view text) {
    std::string safe;
    bool at_start = true;
    for (const char c : text) {
        if (at_start && (c == '.' || c == '\'')) safe += "\\&";
        switch (c) {
            case '\\': safe += "\\e"; break;
            case '-': safe += "\\-"; break;
            case '\'': safe += "\\(aq"; break;
            case '`': safe += "\\(ga"; break;
            case '^': safe += "\\(ha"; break;
            case '~': safe += "\\(ti"; break;
            default: safe += c;
        }
        at_start = c == '\n';
    }
    return safe;
}

}  // namespace pipectl
