#pragma once

// A recording with its texts taken apart: what was run, and what is there of each edge.

#include <cstddef>
#include <optional>
#include <string>

#include "orchestrator/cli/recording_text.hpp"
#include "orchestrator/cli/replay_definition.hpp"
#include "stages/recording/reader.hpp"

namespace pipectl {

/// "ended", "breaks off", ..
std::string replay_end(const recording::RecordedEdge& edge);

struct Replay {
    /// Throws std::runtime_error for what is no recording, and RecordError for another pipectl's.
    explicit Replay(const std::string& file);

    [[nodiscard]] recording::RecordedEdge edge(std::size_t number) const;
    /// "read.stdout->awk.stdin"
    [[nodiscard]] std::string name(std::size_t number) const;
    /// Its reader had all that it wanted.
    [[nodiscard]] bool is_whole(std::size_t number) const;
    /// Why it is not whole; empty: it is.
    [[nodiscard]] std::string flaw() const;
    [[nodiscard]] std::string flaw_of(std::size_t number) const;
    /// What came from pipectl's own stdin, and went to its stdout.
    [[nodiscard]] ReplayedOutside outside() const;
    /// "read->awk", "read.stdout->awk.stdin"; nothing that has another name.
    [[nodiscard]] std::optional<std::size_t> find(const std::string& word) const;

    std::string path;
    recording::Reader data;
    RecordedRun run;
    RecordedEnd end;
};

}  // namespace pipectl
