#pragma once

// Messages over datagrams that may be lost, doubled or reordered: each arrives once and in order,
// or sending fails. One direction; only acknowledgements come back.
//
// Each message is a datagram with a number. The receiver acknowledges in batches, and at once when
// it sees a gap. A sender that misses an answer does not send data again on suspicion: it sends a
// *probe*, which the receiver answers with all that has arrived before it, and sends again what is
// missing. So a receiver that is merely slow costs a few small datagrams and is never flooded.
//
// The window is fixed: as many datagrams as the receiver's socket can hold beside the probes. None
// is dropped for want of room, and a receiver that does not read stops its sender.
//
// The lifeline, which loses nothing, tells what silence means: whether the receiver waits too (then
// nothing gets through, and sending fails) or is busy; and that it has taken everything.

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <vector>

#include "stages/channel/line.hpp"
#include "stages/channel/message.hpp"
#include "stages/reliable/reliable_wire.hpp"

namespace pipectl::channel {

/// One end of a way for datagrams. None of its functions waits.
class DatagramPort {
  public:
    virtual ~DatagramPort() = default;
    /// The longest datagram, head included.
    [[nodiscard]] virtual std::size_t room() const = 0;
    /// Sends one datagram; nobody learns whether it went.
    virtual void send(std::span<const char> head, std::span<const char> body) = 0;
    /// The next datagram, whose length is returned; 0 for one that cannot be ours, nothing when
    /// none waits. `head` is filled first. Throws SystemError.
    virtual std::optional<std::size_t> receive(std::span<char> head, std::span<char> body) = 0;
    /// Readable, as poll(2) has it, when a datagram waits.
    [[nodiscard]] virtual int fd() const = 0;
};

/// What both ends agree on.
struct DatagramTerms {
    static constexpr std::size_t kLargestWindow = 64;  ///< an acknowledgement has a bit for each

    std::size_t window = 1;  ///< datagrams on the way at most
    Token to_receiver{};     ///< in each datagram of the sender
    Token to_sender{};
};

/// Tests have less patience.
struct DatagramTiming {
    std::chrono::milliseconds ack_delay{4};
    std::chrono::milliseconds first_probe{10};  ///< doubles with each that is not answered
    std::chrono::milliseconds last_probe{200};
    std::chrono::milliseconds silence{2000};  ///< then the lifeline is asked
    std::chrono::milliseconds answer{1000};   ///< a receiver that waits looks at it so often
    int silences = 5;                         ///< so many in a row, and sending fails
};

/// A thread of its own looks after what is on the way while the program does something else.
class ReliableSender : public MessagePort {
  public:
    /// The line must outlive it. Throws SystemError.
    ReliableSender(std::unique_ptr<DatagramPort> port, Line& line, const DatagramTerms& terms,
                   const DatagramTiming& timing = {});
    ~ReliableSender() override;

    [[nodiscard]] std::size_t room() const override;
    void send(std::span<const char> message) override;
    void send_buffer(std::vector<char>& buffer, std::size_t size) override;
    std::size_t receive(std::span<char> room) override;
    void finish() override;

  private:
    using Clock = std::chrono::steady_clock;
    struct Slot {
        std::vector<char> buffer;
        std::size_t size = 0;  ///< of the message in it
        bool arrived = false;
    };

    void keep();
    void wait_for_room();
    void send_slot(std::size_t size);
    void wait_for_word();
    void hear();
    void on_ack(const DatagramHead& head);
    void act_on_time();
    void judge_silence(Clock::time_point now);
    void listen_to_line();
    void transmit(std::uint64_t number);
    void probe();
    [[nodiscard]] std::uint64_t on_the_way() const { return sent_ - first_; }
    Slot& slot(std::uint64_t number) { return slots_[number % slots_.size()]; }

    const std::unique_ptr<DatagramPort> port_;
    Line& line_;
    const DatagramTerms terms_;
    const DatagramTiming timing_;

    std::mutex mutex_;  ///< of all that follows; the program has it while it waits, too
    std::condition_variable wake_;
    std::vector<Slot> slots_;
    std::uint64_t first_ = 0;  ///< not acknowledged yet
    std::uint64_t sent_ = 0;   ///< the next message's number
    std::uint64_t probe_ = 0;
    std::uint64_t probe_limit_ = 0;  ///< sent before the last probe: all below
    bool probing_ = false;           ///< the last probe is not answered yet
    Clock::time_point due_;          ///< of the next probe, while anything is on the way
    std::chrono::milliseconds interval_;
    Clock::time_point silent_since_;
    bool asked_ = false;  ///< the lifeline's question is not answered yet
    bool quiet_ = false;  ///< nothing was heard since then: no probes
    int silences_ = 0;
    bool taken_ = false;  ///< the lifeline says that all has been taken
    std::exception_ptr failure_;
    bool stop_ = false;
    bool keeper_sleeps_ = false;
    std::thread keeper_;
};

class ReliableReceiver : public MessagePort {
  public:
    /// The line must outlive it.
    ReliableReceiver(std::unique_ptr<DatagramPort> port, Line& line, const DatagramTerms& terms,
                     const DatagramTiming& timing = {});

    [[nodiscard]] std::size_t room() const override;
    void send(std::span<const char> message) override;
    std::size_t receive(std::span<char> room) override;
    void finish() override;

  private:
    struct Slot {
        std::vector<char> message;
        bool full = false;
    };

    std::optional<std::size_t> take(const DatagramHead& head, std::span<const char> body);
    void wait();
    void answer_line();
    void taken();
    void acknowledge();
    Slot& slot(std::uint64_t number) { return slots_[number % slots_.size()]; }

    const std::unique_ptr<DatagramPort> port_;
    Line& line_;
    const DatagramTerms terms_;
    const DatagramTiming timing_;
    std::vector<Slot> slots_;  ///< of what came too early
    std::uint64_t next_ = 0;
    std::uint64_t probe_ = 0;  ///< the last one seen
    std::size_t owed_ = 0;     ///< taken and not acknowledged
};

}  // namespace pipectl::channel
