#pragma once

// Suggestions for a text that may have any number of slips, in linear time.

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "stages/base/text.hpp"

namespace pipectl {

/// Past a hundred questions, or 300,000 comparisons, there is no answer any more.
class Suggestions {
  public:
    /// "; did you mean 'x'?" or empty.
    std::string did_you_mean(std::string_view word, std::span<const std::string> candidates) {
        if (!answers()) return {};
        ++asked_;
        work_ += candidates.size();
        return pipectl::did_you_mean(word,
                                     candidates.first(std::min(candidates.size(), kMostWork)));
    }

    /// False when no question would be answered any more, so that candidates need not be gathered.
    [[nodiscard]] bool answers() const { return asked_ < kMostQuestions && work_ < kMostWork; }

  private:
    static constexpr std::size_t kMostQuestions = 100;
    static constexpr std::size_t kMostWork = 300'000;

    std::size_t asked_ = 0;
    std::size_t work_ = 0;
};

}  // namespace pipectl
