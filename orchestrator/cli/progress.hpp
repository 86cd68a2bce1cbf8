#pragma once

// Shows how far a run has come while it goes on: on a terminal, or by a line a second elsewhere.
//
// The terminal is the user's. A block of lines, gone at the end, is drawn only where no process of
// the run has the terminal too: such a one writes when it likes, also half a line, and whatever was
// done about the cursor could be wrong in the next moment. Beside such processes the window's title
// tells instead, which takes no row; and once data may have gone to the terminal nothing is written
// at all, because a title between two halves of a character would break it.
//
// Never waits: when stderr takes nothing just now (Ctrl-S, a full pipe) a picture is left out.
// Draws nothing while pipectl is in the background, and while a stage has the terminal for itself
// (less, an editor).

#include <sys/types.h>

#include <atomic>
#include <deque>
#include <memory>
#include <string>

#include "orchestrator/preflight/terminal_use.hpp"
#include "orchestrator/report/summary.hpp"
#include "orchestrator/report/terminal_text.hpp"
#include "orchestrator/run/teller.hpp"

namespace pipectl {

class Progress {
  public:
    /// `choice`: "auto", "always" or "never". `quiet`: automatic means never.
    Progress(const std::string& choice, bool quiet, TerminalUse use, Teller& teller);

    /// Whether anything will ever be shown.
    [[nodiscard]] bool on() const { return form_ != Form::none; }

    /// A look at the run. `summary` is of its events so far; its moments are filled in here.
    void show(Summary summary, double time_s, const Sampled& seen);

    /// True when `show` at that time would draw; so that nobody makes a summary for nothing.
    [[nodiscard]] bool due(double time_s) const;

    /// Takes what is shown off the terminal: somebody else is about to write, or the run has ended.
    /// Also what another process has drawn that was forked from this one.
    void clear();

  private:
    enum class Form { none, block, title, lines };

    [[nodiscard]] bool data_was_shown(const Summary& summary) const;
    [[nodiscard]] std::string drawn(const Summary& summary) const;

    Teller& teller_;
    Form form_ = Form::none;
    TerminalUse use_;
    TerminalSkills skills_;
    std::deque<Moment> window_;  ///< of the last second or so
    double shown_s_ = -1;
    pid_t owner_;  ///< who has made this: the front
    /// In memory that front and supervisor share; null: nothing is ever drawn.
    std::shared_ptr<std::atomic<bool>> drawn_;
};

}  // namespace pipectl
