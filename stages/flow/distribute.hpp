#pragma once

// Standard input's lines to several outputs, each line to one of them.

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "stages/flow/line_input.hpp"
#include "stages/flow/line_queue.hpp"
#include "stages/flow/waiting.hpp"

namespace pipectl::helper {

class Distributor {
  public:
    /// `choose` says which of n outputs gets a line; without it they take turns. The lines of an
    /// output whose reader has left go to the others when they take turns, and nowhere otherwise: a
    /// line never goes where its key does not belong.
    using Choose = std::function<std::size_t(std::string_view line, std::size_t n)>;
    Distributor(const std::vector<int>& outputs, Choose choose);

    /// Until the end of the input. Dies of SIGPIPE when the last reader has left; throws
    /// SystemError.
    void run();

  private:
    bool distribute();
    std::size_t target(std::string_view line) const;
    void next_turn();
    void look();
    void deal_again(std::string_view lines);
    void finish_complete();
    [[nodiscard]] bool open(std::size_t output) const;
    [[nodiscard]] bool delivered() const;
    void wait();

    LineInput in_{0};
    std::vector<LineQueue> queues_;
    std::vector<bool> left_;      ///< those whose departure was dealt with
    std::vector<bool> finished_;  ///< those that got everything
    Choose choose_;
    std::size_t turn_ = 0;
    Waiting waiting_;
};

}  // namespace pipectl::helper
