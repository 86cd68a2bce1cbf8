#pragma once

// What replicas write, on its way to standard output.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "stages/flow/kept_output.hpp"
#include "stages/flow/line_queue.hpp"
#include "stages/flow/output.hpp"

namespace pipectl::helper {

class Gathering {
  public:
    virtual ~Gathering() = default;

    /// A process of this replica has started; what it writes stands behind what was begun before.
    virtual void begin(std::size_t replica) = 0;
    /// Its output may be read now.
    [[nodiscard]] virtual bool wants(std::size_t replica) const = 0;
    /// Throws SystemError.
    virtual void add(std::size_t replica, std::string_view bytes) = 0;
    /// All that the process wrote was added.
    virtual void end(std::size_t replica) = 0;

    /// Writes what goes without waiting; true when something went. Throws SystemError.
    virtual bool flush() = 0;
    /// All that was added is written.
    [[nodiscard]] virtual bool empty() const = 0;
    /// There is so much that no more work should be begun.
    [[nodiscard]] virtual bool full() const = 0;

    /// After poll(2) for standard output.
    virtual void look(short events) = 0;
    [[nodiscard]] virtual const Output& out() const = 0;

  protected:
    Gathering() = default;
    Gathering(const Gathering&) = default;
    Gathering& operator=(const Gathering&) = default;
};

/// One process's output after the other, in the order in which they began. What has to wait for an
/// earlier one is kept, in memory and then on disk. When it is the reader that is slow, nothing
/// goes to disk: the processes wait.
class InOrder : public Gathering {
  public:
    InOrder(std::size_t replicas, std::size_t memory) : turn_of_(replicas), kept_(memory) {}

    void begin(std::size_t replica) override;
    [[nodiscard]] bool wants(std::size_t replica) const override;
    void add(std::size_t replica, std::string_view bytes) override;
    void end(std::size_t replica) override;
    bool flush() override;
    [[nodiscard]] bool empty() const override { return turns_.empty(); }
    [[nodiscard]] bool full() const override { return reader_waits() || turns_.size() >= kMost; }
    void look(short events) override;
    [[nodiscard]] const Output& out() const override { return out_; }

  private:
    /// Of outputs that were begun; more of them, though small, would make memory without a bound.
    static constexpr std::size_t kMost = 100'000;

    struct Turn {
        KeptOutput::Queue queue;
        bool complete = false;
    };

    [[nodiscard]] bool is_first(std::size_t replica) const { return turn_of_[replica] == first_; }
    /// Memory is full, and what stands first could go.
    [[nodiscard]] bool reader_waits() const;

    std::deque<Turn> turns_;
    std::uint64_t first_ = 0;             ///< number of the first turn
    std::vector<std::uint64_t> turn_of_;  ///< [replica]
    KeptOutput kept_;
    Output out_{1};
    bool blocked_ = false;
};

/// Whole lines as they come. A last line without its newline gets one when others follow.
class AsTheyCome : public Gathering {
  public:
    explicit AsTheyCome(std::size_t replicas) : unfinished_(replicas) {}

    void begin(std::size_t /*replica*/) override {}
    [[nodiscard]] bool wants(std::size_t /*replica*/) const override { return !queue_.full(); }
    void add(std::size_t replica, std::string_view bytes) override;
    void end(std::size_t replica) override;
    bool flush() override { return queue_.flush(); }
    [[nodiscard]] bool empty() const override { return queue_.empty(); }
    [[nodiscard]] bool full() const override { return false; }
    void look(short events) override { queue_.look(events); }
    [[nodiscard]] const Output& out() const override { return queue_.out(); }

  private:
    std::vector<std::string> unfinished_;  ///< [replica]: the beginning of a line
    LineQueue queue_{1};
};

}  // namespace pipectl::helper
