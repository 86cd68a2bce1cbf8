#pragma once

// Waiting for events instead of sleeping for a time: every wait has a limit and says whether the
// event came.

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <string>

namespace pipectl::test {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

/// Asks every 2 ms until the condition holds. False when it did not within `limit`.
bool wait_until(const std::function<bool()>& condition, milliseconds limit = 10s);

/// Waits on the process's pidfd. True when it has ended (or never was).
bool wait_for_end(pid_t pid, milliseconds limit = 10s);

/// Waits for a file to be there with something in it, and returns its content; empty when it did
/// not come. Writers that matter (`misbehave announce`) rename it into place.
std::string wait_for_file(const std::string& path, milliseconds limit = 10s);

/// The pid that a file holds, as above; fails the test when there is none.
pid_t wait_for_pid(const std::string& path, milliseconds limit = 10s);

/// The process exists and is not a zombie.
bool is_alive(pid_t pid);

/// The letter of its state in /proc/PID/stat: 'R', 'S', 'T', 'Z', ... '?' when there is none.
char state_of(pid_t pid);

/// Seconds since some moment, on the monotonic clock.
double now();

}  // namespace pipectl::test
