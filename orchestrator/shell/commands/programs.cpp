#include "orchestrator/shell/commands/programs.hpp"

#include <algorithm>
#include <initializer_list>
#include <string_view>

#include "orchestrator/shell/commands/command_list.hpp"
#include "orchestrator/shell/commands/known_programs.hpp"
#include "orchestrator/shell/commands/program_scripts.hpp"

namespace pipectl::shell {

namespace {

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

std::string base_name(const Arguments& words) {
    if (words.empty()) {
        return {};
    }
    const std::string& path = words.front().text;
    return path.substr(path.rfind('/') + 1);
}

FileUse of_awk(const Arguments& words) {
    FileUse use;
    use.known = true;
    std::optional<std::string> script;
    bool files = false;
    for (std::size_t i = 1; i < words.size(); ++i) {
        const std::string& text = words[i].text;
        if (!script && (text == "-F" || text == "-v")) {
            ++i;
        } else if (!script && is_option(text)) {
            use.known = use.known && (text.starts_with("-F") || text.starts_with("-v") ||
                                      text == "--" || text == "--posix" || text == "--re-interval");
        } else if (!script) {
            script = text;
        } else if (const std::size_t size = name_length(text);
                   size == 0 || size >= text.size() || text[size] != '=') {
            use.reads.push_back(path_pattern(text));
            use.reads_stdin = use.reads_stdin || text == "-";
            files = true;
        }
    }
    use.reads_stdin = use.reads_stdin || !files;
    use.known =
        use.known && script && script->find(kAny) == std::string::npos && awk_only_filters(*script);
    return use;
}

FileUse of_sed(const Arguments& words) {
    FileUse use;
    use.known = true;
    bool scripted = false;
    bool files = false;
    const auto script = [&](const std::string& text) {
        scripted = true;
        use.known = use.known && text.find(kAny) == std::string::npos && sed_only_filters(text);
    };
    for (std::size_t i = 1; i < words.size(); ++i) {
        const std::string& text = words[i].text;
        use.known = use.known && !words[i].options;
        if (text == "-e" || text == "--expression") {
            script(i + 1 < words.size() ? words[i + 1].text : "");
            ++i;
        } else if (is_option(text)) {
            use.known = use.known && (text == "--quiet" || text == "--silent" ||
                                      text == "--null-data" || text == "--regexp-extended" ||
                                      text.find_first_not_of("nErsuz", 1) == std::string::npos);
        } else if (!scripted &&
                   std::none_of(words.begin() + static_cast<std::ptrdiff_t>(i), words.end(),
                                [](const Argument& each) { return each.text == "-e"; })) {
            script(text);
        } else {
            use.reads.push_back(path_pattern(text));
            files = true;
        }
    }
    use.reads_stdin = !files;
    return use;
}

FileUse of_find(const Arguments& words) {
    FileUse use;
    use.known = true;
    bool expression = false;
    for (std::size_t i = 1; i < words.size(); ++i) {
        const std::string& text = words[i].text;
        expression = expression || (is_option(text) && !is_one_of(text, {"-L", "-H", "-P"})) ||
                     text == "(" || text == "!";
        if (!expression && !is_option(text)) {
            use.reads.push_back(path_pattern(text));
        }
        if (is_one_of(text,
                      {"-delete", "-fls", "-fprint", "-fprint0", "-fprintf", "-ok", "-okdir"})) {
            use.known = false;
        }
        if (text == "-exec" || text == "-execdir") {
            const auto first = words.begin() + static_cast<std::ptrdiff_t>(i) + 1;
            const auto end = std::find_if(first, words.end(), [](const Argument& each) {
                return each.text == ";" || each.text == "+";
            });
            const FileUse inner = file_use(Arguments(first, end));
            use.known = use.known && inner.known && inner.writes.empty() && !inner.text;
            use.reads.insert(use.reads.end(), inner.reads.begin(), inner.reads.end());
        }
        use.known = use.known && !words[i].options;
    }
    if (use.reads.empty()) {
        use.reads.emplace_back(".");
    }
    return use;
}

FileUse of_xargs(const Arguments& words) {
    Arguments inner = behind_xargs(words);
    if (inner.empty()) {
        inner.push_back({"echo", false});
    }
    const std::string program = base_name(inner);
    inner.push_back({std::string(1, kAny), false});
    FileUse use = file_use(inner);
    use.known = use.known && use.writes.empty() && !use.text;
    use.reads.emplace_back(1, kAny);
    use.reads_stdin = true;
    return use;
}

FileUse of_dd(const Arguments& words) {
    FileUse use;
    use.known = true;
    use.reads_stdin = true;
    for (std::size_t i = 1; i < words.size(); ++i) {
        const std::string& text = words[i].text;
        if (text.starts_with("of=")) {
            use.writes.push_back(path_pattern(text.substr(3)));
        } else if (text.starts_with("if=")) {
            use.reads.push_back(path_pattern(text.substr(3)));
            use.reads_stdin = false;
        }
        use.known = use.known && !words[i].options;
    }
    return use;
}

FileUse of_tee(const Arguments& words) {
    FileUse use;
    use.known = true;
    use.reads_stdin = true;
    for (std::size_t i = 1; i < words.size(); ++i) {
        use.known = use.known && !words[i].options;
        if (!is_option(words[i].text)) {
            use.writes.push_back(path_pattern(words[i].text));
        }
    }
    return use;
}

/// gzip and its kin: with files they replace them, else they are filters.
FileUse of_compressor(const Arguments& words) {
    FileUse use;
    bool to_stdout = false;
    for (std::size_t i = 1; i < words.size(); ++i) {
        const std::string& text = words[i].text;
        if (words[i].options) {
            return use;
        }
        if (!is_option(text)) {
            use.reads.push_back(path_pattern(text));
        } else if (text.starts_with("--")) {
            to_stdout = to_stdout || text == "--stdout" || text == "--to-stdout";
        } else {
            to_stdout = to_stdout || text.find('c') != std::string::npos;
            use.writes.resize(use.writes.size() + (text.find('o') != std::string::npos ? 1 : 0));
        }
    }
    use.known = use.writes.empty() && (to_stdout || use.reads.empty());
    use.writes.clear();
    use.reads_stdin = use.reads.empty();
    return use;
}

/// Only what makes an archive of folders on stdout, or lists one.
FileUse of_tar(const Arguments& words) {
    FileUse use;
    if (words.size() < 2) {
        return use;
    }
    const std::string& mode = words[1].text;
    const bool makes = mode.find('c') != std::string::npos;
    const bool lists = mode.find('t') != std::string::npos;
    use.known = mode.find_first_not_of("-ctfzJjvhp") == std::string::npos && makes != lists;
    for (std::size_t i = 2; i < words.size(); ++i) {
        use.known =
            use.known && !words[i].options && (!is_option(words[i].text) || words[i].text == "-C");
        use.reads.push_back(path_pattern(words[i].text));
    }
    if (makes && mode.find('f') != std::string::npos) {
        use.known = use.known && words.size() > 2 && words[2].text == "-";
    }
    use.reads_stdin = lists && mode.find('f') == std::string::npos;
    return use;
}

FileUse of_git(const Arguments& words) {
    FileUse use;
    use.known = words.size() > 1 && has_trait(words[1].text, Trait::git_reading);
    for (const Argument& word : words) {
        use.known = use.known && !word.text.starts_with("--output") &&
                    !word.text.starts_with("--ext-diff") && word.text != "-O";
    }
    use.reads.emplace_back(1, kAny);
    return use;
}

/// Of its words only those behind -f, -s, ..: what is compared is no file.
FileUse of_test(const Arguments& words) {
    FileUse use;
    use.known = true;
    for (std::size_t i = 1; i < words.size(); ++i) {
        const std::string& before = words[i - 1].text;
        const bool asks =
            before.size() == 2 && before.front() == '-' &&
            std::string_view("abcdefghkLNOprsSuwxG").find(before[1]) != std::string_view::npos;
        const bool older =
            is_one_of(before, {"-nt", "-ot", "-ef"}) ||
            (i + 1 < words.size() && is_one_of(words[i + 1].text, {"-nt", "-ot", "-ef"}));
        if (asks || older || words[i].options) {
            use.reads.push_back(path_pattern(words[i].text));
        }
    }
    return use;
}

FileUse of_shell(const Arguments& words) {
    FileUse use;
    if (words.size() > 2 && words[1].text == "-c" &&
        words[2].text.find(kAny) == std::string::npos) {
        use.known = true;
        use.text = words[2].text;
    }
    use.reads_stdin = true;
    return use;
}

}  // namespace

Arguments behind_xargs(const Arguments& words) {
    std::size_t i = 1;
    for (; i < words.size() && is_option(words[i].text); ++i) {
        const std::string& text = words[i].text;
        const bool value = text.size() == 2 &&
                           std::string_view("adEIiLlnPs").find(text[1]) != std::string_view::npos &&
                           text[1] != 'i' && text[1] != 'l';
        i += value ? 1 : 0;
    }
    return {words.begin() + static_cast<std::ptrdiff_t>(std::min(i, words.size())), words.end()};
}

Arguments arguments_of(const Command& command, const PathNames& names) {
    Arguments all;
    for (const Word& word : command.words) {
        const bool alone = word.pieces.size() == 1 && !word.pieces.front().quoted &&
                           word.pieces.front().kind != Piece::Kind::text;
        std::string text = word_pattern(word, names);
        if (!alone) {
            all.push_back({std::move(text), false});
            continue;
        }
        if (text.find(kAny) != std::string::npos) {
            all.push_back({std::move(text), true});
            continue;
        }
        for (std::size_t at = text.find_first_not_of(" \t\n"); at != std::string::npos;) {
            const std::size_t end = std::min(text.find_first_of(" \t\n", at), text.size());
            all.push_back({text.substr(at, end - at), false});
            at = text.find_first_not_of(" \t\n", end);
        }
    }
    return all;
}

Arguments without_wrappers(Arguments words) {
    while (!words.empty()) {
        const std::string name = base_name(words);
        const Wrapper* const wrapper = find_wrapper(name);
        if (wrapper == nullptr || !wrapper->transparent) {
            return words;
        }
        if (name == "command" && words.size() > 1 && is_one_of(words[1].text, {"-v", "-V"})) {
            return {{":", false}};
        }
        std::size_t i = 1;
        while (i < words.size() && is_option(words[i].text)) {
            const std::string& text = words[i].text;
            const bool value =
                text.size() == 2 && wrapper->valued.find(text[1]) != std::string_view::npos;
            i += value ? 2 : 1;
        }
        while (name == "env" && i < words.size() && words[i].text.find('=') != std::string::npos) {
            ++i;
        }
        if (name == "env" && i >= words.size()) {
            return words;
        }
        i += wrapper->operands;
        words.erase(words.begin(),
                    words.begin() + static_cast<std::ptrdiff_t>(std::min(i, words.size())));
    }
    return words;
}

FileUse file_use(const Arguments& all) {
    const Arguments words = without_wrappers(all);
    const std::string name = base_name(words);
    FileUse use;
    if (words.empty() || words.front().options || name.find(kAny) != std::string::npos) {
        use.reads_stdin = true;
    } else if (words.front().text.find('/') != std::string::npos &&
               !words.front().text.starts_with("/bin/") &&
               !words.front().text.starts_with("/usr/bin/")) {
        use.reads_stdin = true;  // a program of the user's own, whatever its name
    } else if (has_trait(name, Trait::awk)) {
        use = of_awk(words);
    } else if (name == "sed") {
        use = of_sed(words);
    } else if (name == "find") {
        use = of_find(words);
    } else if (name == "xargs") {
        use = of_xargs(words);
    } else if (name == "dd") {
        use = of_dd(words);
    } else if (name == "tee") {
        use = of_tee(words);
    } else if (has_trait(name, Trait::compressor)) {
        use = of_compressor(words);
    } else if (name == "tar") {
        use = of_tar(words);
    } else if (name == "git") {
        use = of_git(words);
    } else if (has_trait(name, Trait::shell)) {
        use = of_shell(words);
    } else if (is_one_of(name, {"[", "test"})) {
        use = of_test(words);
    } else if (auto known = known_use(name, words)) {
        use = std::move(*known);
    } else {
        use.reads_stdin = true;
    }
    use.program = name.empty() || name.find(kAny) != std::string::npos ? "a command" : name;
    return use;
}

}  // namespace pipectl::shell
