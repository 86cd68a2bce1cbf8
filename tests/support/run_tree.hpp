#pragma once

// What the tests of a run's life share: a run whose stages hide what they start, and a look at the
// processes below a running pipectl.

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "tests/support/child.hpp"
#include "tests/support/definitions.hpp"
#include "tests/support/leak_check.hpp"

namespace pipectl::test {

/// Six stages that hide what they start: `first` feeds five others, of which one leaves a child in
/// the background (pid in "background") and one a daemon (pid in "daemon"); the last writes to
/// "out.txt". `keys` are those of the pipeline.
std::string six_stages(const TemporaryFolder& folder, const std::vector<std::string>& first,
                       std::string_view keys = "");

/// Waits until all of `six_stages` is there.
void wait_for_six(const TemporaryFolder& folder);

/// The living and dead children of a process, from one look at /proc.
std::vector<pid_t> children_of(pid_t parent);

/// The supervisor, a child of pipectl's first process. Waits for it.
pid_t supervisor_of(pid_t front);

/// Whether the guard of a run is there.
bool has_guard(pid_t front);

/// Waits until no process of the test is left but this one.
bool none_left(const LeakCheck& check, milliseconds limit = 2s);

/// The survivors in words, for INFO.
std::string name_survivors(const LeakCheck& check);

/// How many lines of `content` are `line`.
int count_lines(std::string_view content, std::string_view line);

/// True when the tests may take minutes: PIPECTL_TEST_LONG=1.
bool long_tests();

}  // namespace pipectl::test
