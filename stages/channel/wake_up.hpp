#pragma once

// Ends a system call that sleeps where poll(2) cannot look (msgsnd(2), msgrcv(2), semop(2)), now
// and then, so that the caller can look whether it still waits for somebody.
//
// A periodic timer sends a signal to the thread that made the object: periodic, because a single
// one may come just before the call. It costs nothing while no call waits: the first signal that
// finds none stops it. The calls end with EINTR, whatever SA_RESTART says; signal(7).

#include <csignal>
#include <ctime>

namespace pipectl::channel {

class WakeUp {
  public:
    /// Takes over signal SIGRTMIN + 6 of the process. Throws SystemError.
    WakeUp();
    ~WakeUp();
    WakeUp(const WakeUp&) = delete;
    WakeUp& operator=(const WakeUp&) = delete;

    /// While one lives, the thread's system calls are interrupted ten times a second.
    class Scope {
      public:
        explicit Scope(WakeUp& wake_up) : wake_up_(wake_up) { wake_up_.begin(); }
        ~Scope() { wake_up_.waiting_ = 0; }
        Scope(const Scope&) = delete;
        Scope& operator=(const Scope&) = delete;

      private:
        WakeUp& wake_up_;
    };

  private:
    static void on_signal(int signal, siginfo_t* info, void* context);
    void begin();

    timer_t timer_{};
    volatile std::sig_atomic_t waiting_ = 0;
    volatile std::sig_atomic_t armed_ = 0;
};

}  // namespace pipectl::channel
