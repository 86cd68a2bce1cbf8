#include "stages/base/secrets.hpp"

#include <algorithm>

namespace pipectl {

namespace {

/// A shorter line of a value of several lines, like "}", says nothing and is found everywhere.
constexpr std::size_t kShortestLine = 4;

unsigned char byte_of(char c) {
    return static_cast<unsigned char>(c);
}

}  // namespace

void Secrets::add(std::string_view value) {
    const auto insert = [this](std::string_view one) {
        if (one.empty()) return;
        by_length_[one.size()].emplace(one);
        first_bytes_[byte_of(one.front())] = true;
    };
    insert(value);
    std::size_t begin = 0;
    for (std::size_t end = 0; value.find('\n') != std::string_view::npos && begin < value.size();
         begin = end + 1) {
        end = std::min(value.find('\n', begin), value.size());
        std::string_view line = value.substr(begin, end - begin);
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (line.size() >= kShortestLine) insert(line);
    }
}

std::vector<std::string> Secrets::values() const {
    std::vector<std::string> all;
    for (const auto& [length, values] : by_length_) {
        all.insert(all.end(), values.begin(), values.end());
    }
    return all;
}

std::size_t Secrets::begins(std::string_view text) const {
    if (!first_bytes_[byte_of(text.front())]) return 0;
    for (const auto& [length, values] : by_length_) {
        if (length <= text.size() && values.contains(text.substr(0, length))) return length;
    }
    return 0;
}

template <class Replace>
std::string Secrets::replaced(std::string_view text, Replace replace) const {
    std::string result;
    result.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t length = begins(text.substr(at));
        if (length > 0) {
            replace(result, text.substr(at, length));
            at += length;
        } else {
            result += text[at++];
        }
    }
    return result;
}

std::string Secrets::masked(std::string_view text) const {
    return replaced(text, [](std::string& result, std::string_view) { result += "***"; });
}

std::string Secrets::blotted(std::string_view text) const {
    return replaced(text, [](std::string& result, std::string_view value) {
        for (const char c : value) {
            const bool continues = (byte_of(c) & 0xC0U) == 0x80;
            if (!continues) result += c == '\n' ? c : '*';
        }
    });
}

void Secrets::mask(std::string& text) const {
    if (!empty()) text = masked(text);
}

void Secrets::mask(std::vector<std::string>& texts) const {
    for (std::string& text : texts) {
        mask(text);
    }
}

}  // namespace pipectl
