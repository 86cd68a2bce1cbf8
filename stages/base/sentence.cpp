#include "stages/base/sentence.hpp"

namespace pipectl {

std::string fill_in(std::string_view sentence, std::span<const std::string> values) {
    std::string text;
    for (const std::string& value : values) {
        const std::size_t blank = sentence.find("{}");
        text.append(sentence.substr(0, blank)).append(value);
        sentence.remove_prefix(blank + 2);
    }
    return text.append(sentence);
}

}  // namespace pipectl
