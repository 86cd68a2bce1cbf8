#include "orchestrator/cli/shown_words.hpp"

#include <algorithm>

#include "orchestrator/cli/parameter_options.hpp"
#include "orchestrator/process/title.hpp"

namespace pipectl {

namespace {

/// The words with which we were started, when values in them are hidden.
std::vector<std::string>& kept_words() {
    static std::vector<std::string> words;
    return words;
}

/// The words, with the value of each setting whose name `hides` turned to "***".
template <class Hides>
std::vector<std::string> with_hidden(std::vector<std::string> words, Hides hides) {
    for (const ShownSetting& each : settings_among(words)) {
        if (hides(each.name)) words[each.word].replace(each.begin, std::string::npos, "***");
    }
    return words;
}

}  // namespace

void hide_settings(const std::vector<std::string>& words) {
    if (settings_among(words).empty()) return;
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
