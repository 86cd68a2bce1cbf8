#include "orchestrator/shell/order.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <array>

#include "orchestrator/shell/fragment.hpp"
#include "orchestrator/shell/places.hpp"

namespace pipectl::shell {

namespace {

bool has(const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

/// A word that may name files, as a pattern for fnmatch(3).
struct Pattern {
    std::string text;
    bool wild = false;  ///< it has '*' in it, from the text or for what only a shell can tell
};

void append_literal(Pattern& pattern, std::string_view text) {
    for (const char c : text) {
        if (std::string_view("*?[]\\").find(c) != std::string_view::npos) {
            pattern.text += '\\';
        }
        pattern.text += c;
    }
}

/// Braces are taken for "anything"; what is too wide refuses too much, which can be seen.
void append_unquoted(Pattern& pattern, std::string_view text) {
    int depth = 0;
    for (const char c : text) {
        if (c == '{' && depth++ == 0) {
            pattern.text += '*';
            pattern.wild = true;
        } else if (c == '}' && depth > 0) {
            --depth;
        } else if (depth == 0) {
            pattern.wild = pattern.wild || c == '*' || c == '?' || c == '[';
            pattern.text += c;
        }
    }
}

Pattern pattern_of(const Word& word, const PathNames& names) {
    Pattern pattern;
    for (const Piece& piece : word.pieces) {
        const auto value = names.values.find(piece.value);
        if (piece.kind == Piece::Kind::text) {
            piece.quoted ? append_literal(pattern, piece.value)
                         : append_unquoted(pattern, piece.value);
        } else if (piece.kind == Piece::Kind::parameter && value != names.values.end()) {
            piece.quoted ? append_literal(pattern, value->second)
                         : append_unquoted(pattern, value->second);
        } else if (piece.kind == Piece::Kind::parameter &&
                   names.temporaries.contains(piece.value)) {
            append_literal(pattern, "${" + piece.value + "}");
        } else {
            pattern.text += '*';
            pattern.wild = true;
        }
    }
    while (pattern.text.starts_with("./")) {
        pattern.text.erase(0, 2);
    }
    while (pattern.text.size() > 1 && pattern.text.ends_with('/')) {
        pattern.text.pop_back();
    }
    return pattern;
}

/// Whether the word names the file, or a folder above it.
bool covers(const Word& word, const std::string& path, const PathNames& names) {
    const bool is_glob = needs(word) == Need::glob || needs(word) == Need::brace;
    const Pattern pattern = pattern_of(word, names);
    if (pattern.text.empty() || (pattern.text == "*" && !is_glob)) {
        return false;  // "$x": it could be anything, and mostly is no path
    }
    if (pattern.text == "." || pattern.text == "${PWD}") {
        return !path.starts_with('/') && !path.starts_with("${");
    }
    return fnmatch(pattern.text.c_str(), path.c_str(), 0) == 0 ||
           fnmatch((pattern.text + "/*").c_str(), path.c_str(), 0) == 0;
}

/// ls, find, ..: without an operand they look at the folder that they are in.
bool looks_around(const Command& command) {
    constexpr auto kPrograms = std::to_array<std::string_view>({"du", "find", "ls", "tree"});
    const auto name = command.words.empty() ? std::nullopt : literal(command.words.front());
    if (!name || std::find(kPrograms.begin(), kPrograms.end(), *name) == kPrograms.end()) {
        return false;
    }
    const auto is_option = [](const Word& word) {
        const auto text = literal(word);
        return text && text->starts_with('-');
    };
    return command.words.size() == 1 || is_option(command.words.at(1))
               ? *name == "find" ||
                     std::all_of(command.words.begin() + 1, command.words.end(), is_option)
               : false;
}

class Order {
  public:
    Order(std::string_view text, const PathNames& names,
          const std::function<bool(const std::string&)>& is_edge, std::vector<Refusal>& refusals)
        : text_(text), names_(names), is_edge_(is_edge), refusals_(refusals) {}

    void check(const std::vector<Statement>& all) {
        std::vector<Uses> before;
        for (const Statement& each : all) {
            if (each.kind != Statement::Kind::pipeline) {
                continue;
            }
            List one;
            one.chains.push_back(*each.chain);
            const Paths paths = paths_of(one, names_);
            for (const Uses& earlier : before) {
                check_pair(earlier, one, paths, each);
            }
            before.push_back({&each, paths});
        }
    }

  private:
    struct Uses {
        const Statement* statement;
        Paths paths;
    };

    bool is_file(const std::string& name) const {
        return !is_edge_(name) && !name.starts_with("/dev/") && !name.starts_with('-');
    }

    /// The commands of the later one may read the file.
    bool uses(const List& list, const std::string& path) const {
        bool found = false;
        visit_commands(list, [&](const Command& command) {
            found = found || (looks_around(command) && !path.starts_with('/'));
            visit_words(command, [&](const Word& word) {
                const auto text = literal(word);
                found = found || covers(word, path, names_) || (text && mentions(*text, path));
            });
        });
        return found;
    }

    void check_pair(const Uses& earlier, const List& list, const Paths& second,
                    const Statement& later) {
        const Paths& first = earlier.paths;
        const std::string line =
            std::to_string(Places(text_).at(earlier.statement->chain->range.begin).line);
        for (const std::string& name : first.written) {
            if (!is_file(name)) {
                continue;
            }
            const bool writes = has(second.written, name);
            if (!writes && uses(list, name)) {
                refusals_.push_back(
                    {later.chain->range,
                     "this reads '" + name + "', which line " + line +
                         " writes: the two run in order",
                     "when nothing else needs the file, remove it at the end: 'rm' makes it an "
                     "edge"});
                return;
            }
            if (writes) {
                refusals_.push_back({later.chain->range,
                                     "this writes '" + name + "', which line " + line +
                                         " writes: the two run in order",
                                     "the stages of a definition run at the same time"});
                return;
            }
        }
        for (const std::string& name : second.written) {
            if (is_file(name) && (has(first.read, name) || has(first.named, name))) {
                refusals_.push_back({later.chain->range,
                                     "this writes '" + name + "', which line " + line +
                                         " reads: the two run in order",
                                     "the stages of a definition run at the same time"});
                return;
            }
        }
    }

    std::string_view text_;
    const PathNames& names_;
    const std::function<bool(const std::string&)>& is_edge_;
    std::vector<Refusal>& refusals_;
};

}  // namespace

void check_order(std::string_view text, const std::vector<Statement>& all, const PathNames& names,
                 const std::function<bool(const std::string&)>& is_edge,
                 std::vector<Refusal>& refusals) {
    Order(text, names, is_edge, refusals).check(all);
}

}  // namespace pipectl::shell
