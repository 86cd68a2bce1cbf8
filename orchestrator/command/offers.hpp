#pragma once

// What a word under the cursor could be, as the scripts of `pipectl completions` take it: a line
// each with the word, a tab, and what it is. A line "FILE" stands for the names of files.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pipectl {

/// Keeps what begins as the word under the cursor does.
class Offers {
  public:
    explicit Offers(std::string current) : current_(std::move(current)) {}

    void add(const std::string& word, const std::string& what = {});
    /// All words of a text, which blanks separate.
    void add_words(std::string_view words);
    void add_files();

    /// The word under the cursor, up to the cursor.
    [[nodiscard]] const std::string& current() const { return current_; }
    [[nodiscard]] const std::string& text() const { return text_; }

  private:
    std::string current_;
    std::string text_;
};

/// For operands and values that name a file.
void complete_files(Offers& candidates, const std::vector<std::string>& before);

}  // namespace pipectl
