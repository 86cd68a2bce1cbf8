#pragma once

// Where the planner's passes put what they find wrong: a list of diagnostics with short ways to
// add.

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "orchestrator/diagnostic/diagnostic.hpp"

namespace pipectl {

/// A caret under a text of the definition underlines its quotes as well.
inline constexpr std::size_t kQuotes = 2;

class Remarks {
  public:
    /// `length`: how many code points the caret underlines.
    void error(Place place, std::string message, std::string hint = {}, std::size_t length = 1) {
        add(Severity::error, place, std::move(message), std::move(hint), length);
    }
    void warning(Place place, std::string message, std::string hint = {}, std::size_t length = 1) {
        add(Severity::warning, place, std::move(message), std::move(hint), length);
    }
    void note(Place place, std::string message, std::string hint = {}, std::size_t length = 1) {
        add(Severity::note, place, std::move(message), std::move(hint), length);
    }
    [[nodiscard]] bool any_errors() const { return errors_ > 0; }
    [[nodiscard]] std::size_t errors() const { return errors_; }
    [[nodiscard]] std::vector<Diagnostic> take() { return std::move(list_); }

  private:
    void add(Severity severity, Place place, std::string message, std::string hint,
             std::size_t length) {
        if (severity == Severity::error) ++errors_;
        list_.push_back(
            {severity, place, std::move(message), std::move(hint), static_cast<int>(length)});
    }

    std::vector<Diagnostic> list_;
    std::size_t errors_ = 0;
};

}  // namespace pipectl
