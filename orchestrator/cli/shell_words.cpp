#include "orchestrator/cli/shell_words.hpp"

#include <algorithm>
#include <cstddef>

namespace pipectl {

ShellWords read_shell_words(const std::vector<std::string>& words) {
    ShellWords given;
    bool command = false;
    std::size_t at = 0;
    for (; at < words.size(); ++at) {
        const std::string& word = words[at];
        if (word == "--explain" || word == "--require") {
            (word == "--explain" ? given.explain : given.require) = true;
            continue;
        }
        if (word == "--" || word == "-") {
            ++at;
            break;
        }
        if (word.size() < 2 || (word.front() != '-' && word.front() != '+')) break;
        if (word.starts_with("--")) {
            given.options.push_back(word);
            const bool valued = word == "--rcfile" || word == "--init-file";
            if (valued && at + 1 < words.size()) given.options.push_back(words[++at]);
            continue;
        }
        std::string letters;
        std::size_t names = 0;
        for (const char c : word.substr(1)) {
            if (c == 'c' && word.front() == '-') {
                command = true;
                continue;
            }
            given.from_stdin = given.from_stdin || c == 's' || c == 'i';
            names += c == 'o' || c == 'O' ? 1 : 0;
            letters += c;
        }
        if (!letters.empty()) given.options.push_back(word.front() + letters);
        for (; names > 0 && at + 1 < words.size(); --names)
            given.options.push_back(words[++at]);
    }
    given.operands.assign(words.begin() + static_cast<std::ptrdiff_t>(std::min(at, words.size())),
                          words.end());
    if (command && !given.operands.empty()) {
        given.text = given.operands.front();
        given.operands.erase(given.operands.begin());
    } else if (command) {
        given.lacks_text = true;
    } else if (given.operands.empty()) {
        given.from_stdin = true;
    }
    return given;
}

}  // namespace pipectl
