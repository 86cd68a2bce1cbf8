#pragma once

// Shows how far a run has come while it goes on: a block on a terminal that is drawn again in its
// place and gone at the end, or a line a second elsewhere.
//
// Never waits: when stderr takes nothing just now (Ctrl-S, a full pipe) a picture is left out.
// Draws nothing while pipectl is in the background, and while a stage has the terminal for itself
// (less, an editor).

#include <sys/types.h>

#include <atomic>
#include <deque>
#include <memory>
#include <string>

#include "orchestrator/report/summary.hpp"

namespace pipectl {

class Progress {
  public:
    /// `choice`: "auto", "always" or "never". `quiet`: automatic means never.
    Progress(const std::string& choice, bool quiet);

    /// Whether anything will ever be shown.
    [[nodiscard]] bool on() const { return form_ != Form::none; }

    /// A look at the run. `summary` is of its events so far; its moments are filled in here.
    void show(Summary summary, double time_s, const Sampled& seen);

    /// True when `show` at that time would draw; so that nobody makes a summary for nothing.
    [[nodiscard]] bool due(double time_s) const;

    /// Takes the block off the terminal: somebody else is about to write, or the run has ended.
    /// Also what another process has drawn that was forked from this one.
    void clear();

  private:
    enum class Form { none, block, lines };

    void draw(const Summary& summary);

    Form form_ = Form::none;
    std::deque<Moment> window_;  ///< of the last second or so
    double shown_s_ = -1;
    pid_t owner_;  ///< who has made this: the front
    /// In memory that front and supervisor share; null: nothing is ever drawn.
    std::shared_ptr<std::atomic<bool>> drawn_;
};

}  // namespace pipectl
