#pragma once

// Messages as whole sentences: `filled("stage {} left {} running", stage, process)`.
//
// A message that stands in one piece can be read, and found in the source by what a user has seen
// of it. The compiler holds the number of blanks against that of the values.

#include <array>
#include <concepts>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace pipectl {

/// A sentence with `count` blanks `{}`; nothing else in it has a meaning.
template <std::size_t count>
class Sentence {
  public:
    // NOLINTNEXTLINE: a literal is a sentence
    consteval Sentence(const char* text) : text_(text) {
        std::size_t blanks = 0;
        for (std::size_t at = text_.find("{}"); at != text_.npos; at = text_.find("{}", at + 2)) {
            ++blanks;
        }
        if (blanks != count) throw "the sentence has another number of blanks";
    }

    [[nodiscard]] std::string_view text() const { return text_; }

  private:
    std::string_view text_;
};

/// The sentence with a value in each blank, as they are: what comes from outside must have been
/// made harmless.
std::string fill_in(std::string_view sentence, std::span<const std::string> values);

inline std::string blank_text(std::string_view text) {
    return std::string(text);
}
inline std::string blank_text(std::integral auto number) {
    return std::to_string(number);
}

template <class... Values>
requires(sizeof...(Values) > 0) std::string
    filled(Sentence<sizeof...(Values)> sentence, const Values&... values) {
    const std::array<std::string, sizeof...(Values)> texts = {blank_text(values)...};
    return fill_in(sentence.text(), texts);
}

}  // namespace pipectl
