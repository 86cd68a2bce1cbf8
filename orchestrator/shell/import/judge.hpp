#pragma once

// What an import makes of statements that are no plain pipelines: needless, steps of their own, or
// a reason against the import. Internal to this folder.

#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/shell/translate/machine.hpp"
#include "orchestrator/shell/translate/statements.hpp"
#include "orchestrator/shell/translate/translator.hpp"

namespace pipectl::shell {

class Judge {
  public:
    /// Borrows everything.
    Judge(std::string_view text, const std::vector<Statement>& all, const PathNames& names,
          const Machine& machine)
        : text_(text), all_(all), names_(names), machine_(machine) {}

    /// A program that is there for what it does to files, not for what it prints.
    static bool is_step(const Statement& statement);
    /// A `sleep` at the end, for jobs to finish, unless a stage is a shell, which may have some;
    /// `mkdir -p` of folders that are there.
    bool is_needless(const Statement& statement, bool in_shell) const;
    /// exit 0 or ':' at the end: whatever came before, the text ends well.
    bool is_success(const Statement& statement) const;
    /// Behind a pipeline it has a status of its own, which is 0.
    bool settles(const Statement& statement) const;
    /// A function or a group, at the top, that sets what others may use.
    bool changes_shell(const Statement& statement) const;
    /// Adds the reason against a statement of another kind, if there is one.
    void refuse(const Statement& statement, std::vector<Refusal>& refusals) const;

  private:
    /// The words of a statement that is one plain command.
    static std::vector<std::string> plain_words(const Statement& statement);
    bool is_last(const Statement& statement) const;
    /// exit, exit 0, exit $? as the last statement: the run says how it ended.
    bool is_plain_end(const Statement& statement) const;
    /// trap 'rm -f "$file"' EXIT; or a function that does nothing else.
    bool is_cleanup(const Command& command) const;
    static bool checks_only(const Chain& chain);
    /// It does nothing but remove.
    bool is_cleaning_function(const std::string& name) const;

    std::string_view text_;
    const std::vector<Statement>& all_;
    const PathNames& names_;
    const Machine& machine_;
};

}  // namespace pipectl::shell
