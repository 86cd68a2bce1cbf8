#include "orchestrator/cli/shown_words.hpp"

#include <algorithm>
#include <string_view>

#include "orchestrator/process/title.hpp"

namespace pipectl {

namespace {

constexpr std::string_view kOption = "--set";

/// The words with which we were started, when values in them are hidden.
std::vector<std::string>& kept_words() {
    static std::vector<std::string> words;
    return words;
}

/// Where "name=value" begins in the word at `index`; npos when it is no setting.
std::size_t setting_in(const std::vector<std::string>& words, std::size_t index) {
    if (index > 0 && words[index - 1] == kOption) return 0;
    const bool joined = words[index].starts_with("--set=");
    return joined ? kOption.size() + 1 : std::string::npos;
}

/// The words, with the value of each setting whose name `hides` turned to "***".
template <class Hides>
std::vector<std::string> with_hidden(std::vector<std::string> words, Hides hides) {
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::size_t begin = setting_in(words, i);
        if (begin == std::string::npos) continue;
        const std::size_t equals = words[i].find('=', begin);
        if (equals != std::string::npos && hides(words[i].substr(begin, equals - begin))) {
            words[i].replace(equals + 1, std::string::npos, "***");
        }
    }
    return words;
}

}  // namespace

void hide_settings(const std::vector<std::string>& words) {
    const bool any = std::any_of(words.begin(), words.end(),
                                 [](const std::string& word) { return word.starts_with(kOption); });
    if (!any) return;
    kept_words() = words;
    set_shown_arguments(with_hidden(words, [](const std::string&) { return true; }));
}

void show_settings(const std::vector<Parameter>& parameters) {
    if (kept_words().empty()) return;
    set_shown_arguments(with_hidden(kept_words(), [&](const std::string& name) {
        const auto found =
            std::find_if(parameters.begin(), parameters.end(),
                         [&](const Parameter& parameter) { return parameter.name.value == name; });
        return found == parameters.end() || found->secret;
    }));
}

}  // namespace pipectl
