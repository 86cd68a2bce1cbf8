#include "orchestrator/shell/cover/text_facts.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "orchestrator/shell/syntax/fragment.hpp"
#include "orchestrator/shell/syntax/parser.hpp"
#include "orchestrator/shell/syntax/words.hpp"

namespace pipectl::shell {

namespace {

constexpr int kDeepestSource = 8;

class FactFinder {
  public:
    FactFinder(std::set<std::string> functions, const FileReader& read) : read_(read) {
        // nobody sees what is in them
        facts_.unstable = functions;
        facts_.functions = std::move(functions);
    }

    TextFacts run(std::string_view text, const List& list) {
        look_at_top(text, list);
        for (bool more = true; more;) {
            more = false;
            for (const auto& [name, body] : bodies_) {
                more = (is_unstable(body, facts_) && facts_.unstable.insert(name).second) || more;
            }
        }
        return std::move(facts_);
    }

  private:
    void look_at_top(std::string_view text, const List& list) {
        facts_.last_pipe = has_last_pipe(text);
        for (const Chain& chain : list.chains) {
            const bool before = facts_.sources_unknown;
            visit_commands(chain, [&](const Command& command) { look_at(text, command); });
            if (facts_.sources_unknown && !before) facts_.unknown_from = chain.range.begin;
        }
    }

    static bool has_last_pipe(std::string_view text) { return mentions(text, "lastpipe"); }

    void look_at(std::string_view text, const List& list) {
        facts_.last_pipe = facts_.last_pipe || has_last_pipe(text);
        visit_commands(list, [&](const Command& command) { look_at(text, command); });
    }

    void look_at(std::string_view text, const Command& command) {
        if (command.kind == Command::Kind::function) {
            facts_.functions.insert(command.name);
            bodies_[command.name] +=
                text.substr(command.range.begin, command.range.end - command.range.begin);
        }
        if (command.kind != Command::Kind::simple) return;
        const auto name = name_of(command);
        if (name == "eval") facts_.evaluates = true;
        if (name == "." || name == "source") look_at_source(command);
        if (name == "mkfifo" || name == "mknod") facts_.fifos = true;
        if (name == "alias" || name == "enable") facts_.aliases = true;
        if (name != "set") return;
        for (const Word& word : command.words) {
            const std::string option = literal(word).value_or("");
            const bool letters = option.size() > 1 && option.front() == '-' && option[1] != '-';
            facts_.noclobber = facts_.noclobber || option == "noclobber" ||
                               (letters && option.find('C') != std::string::npos);
        }
    }

    /// What it defines counts.
    void look_at_source(const Command& command) {
        const auto path = command.words.size() < 2 ? std::nullopt : literal(command.words[1]);
        const auto text = path && read_ && depth_ < kDeepestSource ? read_(*path) : std::nullopt;
        const Parsed parsed = text ? parse(*text) : Parsed();
        if (!text || parsed.error) {
            facts_.sources_unknown = true;
            return;
        }
        ++depth_;
        look_at(*text, parsed.script.list);
        --depth_;
    }

    const FileReader& read_;
    TextFacts facts_;
    std::map<std::string, std::string> bodies_;  ///< of functions, all definitions of each
    int depth_ = 0;                              ///< of files that source others
};

}  // namespace

TextFacts facts_of(std::string_view text, const List& list, std::set<std::string> functions,
                   const FileReader& read) {
    return FactFinder(std::move(functions), read).run(text, list);
}

std::optional<std::string> name_of(const Command& command) {
    return command.words.empty() ? std::nullopt : literal(command.words.front());
}

bool is_unstable(std::string_view text, const TextFacts& facts) {
    return mentions(text, "trap") || mentions(text, "exec") ||
           std::ranges::any_of(facts.unstable,
                               [&](const std::string& name) { return mentions(text, name); });
}

}  // namespace pipectl::shell
