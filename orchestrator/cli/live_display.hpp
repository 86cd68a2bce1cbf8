#pragma once

// A picture of how far something has come, on a terminal or as lines: when it may be drawn, and how
// it goes away again. What it shows is its caller's.
//
// The terminal is the user's. A block of lines, gone at the end, is drawn only where nobody else
// has the terminal: such a one writes when it likes, also half a line, and whatever was done about
// the cursor could be wrong in the next moment. Beside others the window's title tells instead,
// which takes no row.
//
// Never waits: when stderr takes nothing just now (Ctrl-S, a full pipe) a picture is left out.
// Draws nothing while pipectl is in the background, and while a program has the terminal for itself
// (less, an editor).

#include <sys/types.h>

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/report/terminal_text.hpp"
#include "orchestrator/run/teller.hpp"

namespace pipectl {

class LiveDisplay {
  public:
    /// Each is asked for only when it is shown.
    struct Picture {
        std::function<std::vector<std::string>(std::size_t columns, std::size_t rows)> block;
        std::function<std::string()> title;
        std::function<std::string()> line;
        std::optional<int> percent;
        std::function<bool()> allowed = {};  ///< asked last, of a terminal; empty: it is
    };

    /// `choice`: "auto", "always" or "never". `quiet`: automatic means never. `shared`: others have
    /// the terminal too.
    LiveDisplay(const std::string& choice, bool quiet, bool shared, Teller& teller);

    /// Whether anything will ever be shown.
    [[nodiscard]] bool on() const { return form_ != Form::none; }
    [[nodiscard]] bool is_block() const { return form_ == Form::block; }
    /// Seconds from one picture to the next.
    [[nodiscard]] double between_s() const;
    /// True when it is time for a picture, and the terminal takes one.
    [[nodiscard]] bool due(double time_s) const;
    void show(const Picture& picture, double time_s);
    /// Takes what is shown off the terminal: somebody else is about to write, or all is over. Also
    /// what another process has drawn that was forked from this one.
    void clear();

  private:
    enum class Form { none, block, title, lines };

    [[nodiscard]] std::string drawn(const Picture& picture) const;

    Teller& teller_;
    Form form_ = Form::none;
    TerminalSkills skills_;
    double shown_s_ = -1;
    pid_t owner_;  ///< who has made this: the front
    /// In memory that front and supervisor share; null: nothing is ever drawn.
    std::shared_ptr<std::atomic<bool>> drawn_;
};

}  // namespace pipectl
