#pragma once

// What a text says as a whole that matters to each of its pipelines. Internal to this folder.

#include <cstddef>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "orchestrator/shell/syntax/syntax.hpp"

namespace pipectl::shell {

struct TextFacts {
    std::set<std::string> functions{};  ///< that the text, what it sources or the caller defines
    std::set<std::string> unstable{};   ///< of these: a trap or `exec` is in them, or may be
    bool noclobber = false;
    bool aliases = false;
    bool fifos = false;      ///< a file may be a named pipe, which waits for its other end
    bool last_pipe = false;  ///< the last stage may run in the shell itself
    bool evaluates = false;
    bool sources_unknown = false;  ///< from `unknown_from` on, and in all functions
    std::size_t unknown_from = 0;
};

using FileReader = std::function<std::optional<std::string>(const std::string& path)>;

/// `functions`: that the caller brings along. `read`: see CoverRequest.
TextFacts facts_of(std::string_view text, const List& list, std::set<std::string> functions,
                   const FileReader& read);

/// The command's first word, where it is fixed.
std::optional<std::string> name_of(const Command& command);

/// A trap or an `exec` there would keep a subshell from telling how it ended.
bool is_unstable(std::string_view text, const TextFacts& facts);

}  // namespace pipectl::shell
