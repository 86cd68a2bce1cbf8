#pragma once

// The values that nothing of ours may show, and texts with them taken out.
//
// Knows values only, not where they came from. A text is masked where it is kept or shown, before
// it is quoted or escaped: a quoted value would no longer be found.

#include <array>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace pipectl {

class Secrets {
  public:
    /// An empty value hides nothing. Of a value of several lines each line counts by itself too,
    /// because what is kept of a program's words is kept by lines.
    void add(std::string_view value);

    /// What was added, each once, by length; each added to others makes these.
    [[nodiscard]] std::vector<std::string> values() const;

    [[nodiscard]] bool empty() const { return by_length_.empty(); }

    /// `text` with each value in it replaced by "***"; where values overlap the longest counts.
    [[nodiscard]] std::string masked(std::string_view text) const;

    /// The same in place: without secrets nothing is copied.
    void mask(std::string& text) const;
    void mask(std::vector<std::string>& texts) const;

    /// `text` with each code point of a value, but not its newlines, replaced by '*': lines and
    /// columns stay what they were.
    [[nodiscard]] std::string blotted(std::string_view text) const;

    bool operator==(const Secrets&) const = default;

  private:
    /// The length of the longest value that `text` begins with; 0: none.
    [[nodiscard]] std::size_t begins(std::string_view text) const;

    template <class Replace>
    std::string replaced(std::string_view text, Replace replace) const;

    std::map<std::size_t, std::set<std::string, std::less<>>, std::greater<>> by_length_;
    std::array<bool, 256> first_bytes_{};
};

}  // namespace pipectl
