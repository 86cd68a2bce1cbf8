#include "orchestrator/command/offers.hpp"

#include <sstream>

#include "stages/base/text.hpp"

namespace pipectl {

void Offers::add(const std::string& word, const std::string& what) {
    // a name with control characters could not be typed, and would steer the terminal
    if (word.starts_with(current_) && one_line(word) == word) {
        text_ += word + "\t" + one_line(what) + "\n";
    }
}

void Offers::add_words(std::string_view words) {
    std::istringstream list{std::string(words)};
    for (std::string word; list >> word;) {
        add(word);
    }
}

void Offers::add_files() {
    text_ += "FILE\n";
}

void complete_files(Offers& candidates, const std::vector<std::string>& /*before*/) {
    candidates.add_files();
}

}  // namespace pipectl
