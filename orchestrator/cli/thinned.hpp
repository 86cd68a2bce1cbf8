#pragma once

// A bounded number of things that come one after the other, evenly from the whole time: when there
// are too many every other one goes, and from then on every other one of those that come.

#include <cstddef>
#include <utility>
#include <vector>

namespace pipectl {

template <class Thing>
class Thinned {
  public:
    /// Between half of `most` and all are kept.
    explicit Thinned(std::size_t most) : most_(most) {}

    void add(Thing thing) {
        if (seen_++ % stride_ != 0) {
            return;
        }
        if (kept_.size() == most_) {
            std::size_t kept = 0;
            for (std::size_t i = 0; i < kept_.size(); i += 2) {
                kept_[kept++] = std::move(kept_[i]);
            }
            kept_.erase(kept_.begin() + static_cast<std::ptrdiff_t>(kept), kept_.end());
            stride_ *= 2;
        }
        kept_.push_back(std::move(thing));
    }

    [[nodiscard]] const std::vector<Thing>& kept() const { return kept_; }

  private:
    std::size_t most_;
    std::vector<Thing> kept_;
    std::size_t seen_ = 0;
    std::size_t stride_ = 1;
};

}  // namespace pipectl
