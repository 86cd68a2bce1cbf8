#include "orchestrator/shell/commands/known_programs.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace pipectl::shell {

namespace {

/// What the words behind the options are.
enum class Operands {
    files,   ///< read; stdin when there are none
    script,  ///< the first is none, the others are files that are read
    second,  ///< the first is read, the second written
    below,   ///< files and folders with all that is in them; "." when there are none
    paths,   ///< read, and stdin never
    none,
    filter,  ///< none, and stdin is read
};

struct Known {
    std::string_view name;
    Operands operands = Operands::files;
    std::string_view values;  ///< short options that take one
    std::string_view writes;  ///< of these: the value is a file that is written
    std::string_view reads;   ///< .. that is read
};

/// Sorted. None of them changes anything but its stdout and the files that it writes as said here.
constexpr auto kKnown = std::to_array<Known>({
    {":", Operands::none, "", "", ""},
    {"arch", Operands::none, "", "", ""},
    {"b2sum", Operands::files, "l", "", ""},
    {"base32", Operands::files, "w", "", ""},
    {"base64", Operands::files, "w", "", ""},
    {"basename", Operands::none, "s", "", ""},
    {"bc", Operands::files, "", "", ""},
    {"break", Operands::none, "", "", ""},
    {"bzcat", Operands::files, "", "", ""},
    {"cat", Operands::files, "", "", ""},
    {"cksum", Operands::files, "a", "", ""},
    {"cmp", Operands::files, "in", "", ""},
    {"col", Operands::filter, "l", "", ""},
    {"colrm", Operands::filter, "", "", ""},
    {"column", Operands::files, "cEHlNOoRrsTW", "", ""},
    {"comm", Operands::files, "", "", ""},
    {"continue", Operands::none, "", "", ""},
    {"cut", Operands::files, "bcdf", "", ""},
    {"date", Operands::none, "dfr", "", "fr"},
    {"declare", Operands::none, "", "", ""},
    {"df", Operands::below, "Btx", "", ""},
    {"diff", Operands::below, "CFIUWxX", "", "X"},
    {"dirname", Operands::none, "", "", ""},
    {"du", Operands::below, "BdtX", "", "X"},
    {"echo", Operands::none, "", "", ""},
    {"egrep", Operands::script, "ABCDdefm", "", "f"},
    {"env", Operands::none, "", "", ""},
    {"exit", Operands::none, "", "", ""},
    {"expand", Operands::files, "t", "", ""},
    {"export", Operands::none, "", "", ""},
    {"expr", Operands::none, "", "", ""},
    {"factor", Operands::filter, "", "", ""},
    {"false", Operands::none, "", "", ""},
    {"fgrep", Operands::script, "ABCDdefm", "", "f"},
    {"file", Operands::paths, "FfmP", "", "fm"},
    {"fmt", Operands::files, "gpw", "", ""},
    {"fold", Operands::files, "w", "", ""},
    {"free", Operands::none, "cs", "", ""},
    {"getent", Operands::none, "s", "", ""},
    {"getopts", Operands::none, "", "", ""},
    {"grep", Operands::script, "ABCDdefm", "", "f"},
    {"gzcat", Operands::files, "", "", ""},
    {"head", Operands::files, "cn", "", ""},
    {"hexdump", Operands::files, "efns", "", "f"},
    {"iconv", Operands::files, "fot", "o", ""},
    {"id", Operands::none, "", "", ""},
    {"join", Operands::files, "12aejotv", "", ""},
    {"jq", Operands::script, "", "", ""},
    {"let", Operands::none, "", "", ""},
    {"local", Operands::none, "", "", ""},
    {"logname", Operands::none, "", "", ""},
    {"look", Operands::paths, "t", "", ""},
    {"ls", Operands::below, "ITw", "", ""},
    {"mapfile", Operands::filter, "", "", ""},
    {"md5sum", Operands::files, "", "", ""},
    {"nl", Operands::files, "bdfhilnsvw", "", ""},
    {"nproc", Operands::none, "", "", ""},
    {"numfmt", Operands::filter, "d", "", ""},
    {"od", Operands::files, "ANSjtw", "", ""},
    {"paste", Operands::files, "d", "", ""},
    {"pgrep", Operands::none, "", "", ""},
    {"pr", Operands::files, "DehilNnosSw", "", ""},
    {"printenv", Operands::none, "", "", ""},
    {"printf", Operands::none, "", "", ""},
    {"ps", Operands::none, "", "", ""},
    {"pv", Operands::files, "BLNHDRsiw", "", ""},
    {"pwd", Operands::none, "", "", ""},
    {"read", Operands::filter, "", "", ""},
    {"readarray", Operands::filter, "", "", ""},
    {"readlink", Operands::paths, "", "", ""},
    {"realpath", Operands::paths, "", "", ""},
    {"return", Operands::none, "", "", ""},
    {"rev", Operands::files, "", "", ""},
    {"seq", Operands::none, "fs", "", ""},
    {"set", Operands::none, "", "", ""},
    {"sha1sum", Operands::files, "", "", ""},
    {"sha224sum", Operands::files, "", "", ""},
    {"sha256sum", Operands::files, "", "", ""},
    {"sha384sum", Operands::files, "", "", ""},
    {"sha512sum", Operands::files, "", "", ""},
    {"shift", Operands::none, "", "", ""},
    {"shuf", Operands::files, "ino", "o", ""},
    {"sleep", Operands::none, "", "", ""},
    {"sort", Operands::files, "koStT", "o", ""},
    {"stat", Operands::paths, "c", "", ""},
    {"strings", Operands::files, "enstT", "", ""},
    {"sum", Operands::files, "", "", ""},
    {"tac", Operands::files, "s", "", ""},
    {"tail", Operands::files, "cns", "", ""},
    {"tr", Operands::filter, "", "", ""},
    {"tree", Operands::below, "LPIHT", "", ""},
    {"true", Operands::none, "", "", ""},
    {"tsort", Operands::files, "", "", ""},
    {"type", Operands::none, "", "", ""},
    {"typeset", Operands::none, "", "", ""},
    {"uname", Operands::none, "", "", ""},
    {"unexpand", Operands::files, "t", "", ""},
    {"uniq", Operands::second, "fsw", "", ""},
    {"unset", Operands::none, "", "", ""},
    {"uptime", Operands::none, "", "", ""},
    {"users", Operands::none, "", "", ""},
    {"wait", Operands::none, "", "", ""},
    {"wc", Operands::files, "", "", ""},
    {"who", Operands::none, "", "", ""},
    {"whoami", Operands::none, "", "", ""},
    {"xxd", Operands::second, "clgos", "", ""},
    {"xzcat", Operands::files, "", "", ""},
    {"yes", Operands::none, "", "", ""},
    {"zcat", Operands::files, "", "", ""},
    {"zgrep", Operands::script, "ABCDdefm", "", "f"},
    {"zstdcat", Operands::files, "", "", ""},
});

static_assert(std::is_sorted(kKnown.begin(), kKnown.end(),
                             [](const Known& a, const Known& b) { return a.name < b.name; }));

const Known* find_known(std::string_view name) {
    const auto* found = std::lower_bound(
        kKnown.begin(), kKnown.end(), name,
        [](const Known& each, std::string_view wanted) { return each.name < wanted; });
    return found != kKnown.end() && found->name == name ? found : nullptr;
}

/// Words, told apart by a program's own rules.
class Reader {
  public:
    Reader(const Arguments& words, const Known& known) : words_(words), known_(known) {}

    FileUse read() {
        use_.known = true;
        bool options = true;
        for (at_ = 1; at_ < words_.size(); ++at_) {
            const Argument& word = words_[at_];
            if (word.options && !known_.writes.empty()) {
                use_.known = false;
            }
            if (options && word.text == "--") {
                options = false;
            } else if (options && word.text.starts_with("--")) {
                long_option(word.text);
            } else if (options && is_option(word.text)) {
                short_options(word.text);
            } else {
                operands_.push_back(word);
            }
        }
        settle();
        return std::move(use_);
    }

  private:
    void add(std::vector<std::string>& list, const std::string& path) {
        if (path != "-") {
            list.push_back(path_pattern(path));
        }
    }

    /// The words behind `at_` may be the option's value; then they are taken for operands as well,
    /// which says too much rather than too little.
    void long_option(const std::string& text) {
        const std::size_t sign = text.find('=');
        const std::string name = text.substr(0, sign);
        const auto value = [&] {
            return sign != std::string::npos ? text.substr(sign + 1)
                   : at_ + 1 < words_.size() ? words_[at_ + 1].text
                                             : std::string();
        };
        // an option may be cut short: --out, --comp
        if (name.size() > 2 &&
            (std::string_view("--output").starts_with(name) || name.starts_with("--output"))) {
            known_.writes.empty() ? void() : add(use_.writes, value());
        } else if (name.starts_with("--comp") || name.starts_with("--set") ||
                   name.starts_with("--pre") || name.starts_with("--hostname-bin")) {
            use_.known = false;  // a program of its own, the clock
        } else if (name.find("file") != std::string::npos ||
                   name.find("from") != std::string::npos ||
                   name.find("reference") != std::string::npos) {
            add(use_.reads, value());
            if (name.find("files") != std::string::npos) {
                add(use_.reads, std::string(1, kAny));  // a list of names
            }
            scripted_ = scripted_ || name == "--file";
        }
        scripted_ = scripted_ || name == "--regexp";
        recursive_ = recursive_ || name.find("recursive") != std::string::npos;
    }

    void short_options(const std::string& text) {
        for (std::size_t i = 1; i < text.size(); ++i) {
            const char letter = text[i];
            if (known_.name == "date" && letter == 's') {
                use_.known = false;
            }
            recursive_ = recursive_ || letter == 'r' || letter == 'R';
            if (known_.values.find(letter) == std::string_view::npos) {
                continue;
            }
            scripted_ = scripted_ || letter == 'e' || letter == 'f';
            std::string value = text.substr(i + 1);
            if (value.empty() && at_ + 1 < words_.size()) {
                value = words_[++at_].text;
            }
            if (known_.writes.find(letter) != std::string_view::npos) {
                add(use_.writes, value);
            } else if (known_.reads.find(letter) != std::string_view::npos) {
                add(use_.reads, value);
            }
            return;
        }
    }

    void settle() {
        const bool stdin_named = std::any_of(
            operands_.begin(), operands_.end(),
            [](const auto& each) { return each.text == "-" || each.text == "/dev/stdin"; });
        const bool script = known_.operands == Operands::script && !scripted_;
        const std::size_t first = script && !operands_.empty() ? 1 : 0;
        const bool empty = operands_.size() <= first;
        switch (known_.operands) {
            case Operands::none: return;
            case Operands::filter: use_.reads_stdin = true; return;
            case Operands::second:
                use_.reads_stdin = empty || stdin_named;
                for (const Argument& word : operands_) {
                    use_.known = use_.known && !word.options;
                }
                if (!empty) {
                    add(use_.reads, operands_[0].text);
                }
                for (std::size_t i = 1; i < operands_.size(); ++i) {
                    add(use_.writes, operands_[i].text);
                }
                return;
            case Operands::below:
                if (empty && known_.name != "df") {
                    add(use_.reads, ".");
                }
                use_.reads_stdin = stdin_named;
                break;
            case Operands::script:
                if (empty && recursive_) {
                    add(use_.reads, ".");
                }
                use_.reads_stdin = (empty && !recursive_) || stdin_named;
                break;
            case Operands::files: use_.reads_stdin = empty || stdin_named; break;
            case Operands::paths: break;
        }
        for (std::size_t i = first; i < operands_.size(); ++i) {
            add(use_.reads, operands_[i].text);
        }
    }

    const Arguments& words_;
    const Known& known_;
    FileUse use_;
    Arguments operands_;
    std::size_t at_ = 0;
    bool scripted_ = false;  ///< the script or pattern stands in an option
    bool recursive_ = false;
};

}  // namespace

bool is_option(const std::string& text) {
    return text.size() > 1 && text.front() == '-';
}

std::optional<FileUse> known_use(const std::string& name, const Arguments& words) {
    const Known* known = find_known(name);
    return known != nullptr ? std::optional(Reader(words, *known).read()) : std::nullopt;
}

}  // namespace pipectl::shell
