#pragma once

// Which files a text names more than once. Internal to this folder.
//
// Such a file is written in place, as the shell does, so that whoever reads it sees the same.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/shell/translate/statements.hpp"

namespace pipectl::shell {

class SharedFiles {
  public:
    /// Borrows `text` and `names`.
    SharedFiles(std::string_view text, const List& list, const std::vector<Statement>& all,
                const PathNames& names);

    /// Another word of the text may be the file that this one is.
    [[nodiscard]] bool holds(const Word& target) const;

  private:
    [[nodiscard]] std::string raw(const Word& word) const;

    std::string_view text_;
    const PathNames& names_;
    std::vector<std::string> used_;     ///< paths, each as often as the text names it
    std::map<std::string, int> words_;  ///< .. and words as they are written
};

}  // namespace pipectl::shell
