#pragma once

// What all programs of a machine share (System V objects, message queues, /dev/shm, control groups)
// is taken apart from theirs for a test's process and what it starts, where the machine lets us: as
// root. The leak check then sees this test's objects alone, and tests may run side by side.

namespace pipectl::test {

/// Enters namespaces and a control group of its own; the first call of a process does it, while it
/// has one thread. False where that cannot be: then tests have to run one at a time.
bool enter_own_world();

}  // namespace pipectl::test
