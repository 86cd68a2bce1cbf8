#pragma once

// How a stage's ports are numbered, named and reached: the one place that knows.
//
// Input ports: 0 is stdin, then `inputs`. Output ports: 0 is stdout, 1 stderr, then `outputs`.
// Named ports stand at descriptors from 3 upward, inputs first, in the order of the definition, and
// are opened through their path, /dev/fd/N.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/definition/definition.hpp"

namespace pipectl {

inline constexpr int kStdinPort = 0;
inline constexpr int kStdoutPort = 0;
inline constexpr int kStderrPort = 1;

[[nodiscard]] int input_count(const Stage& stage);
[[nodiscard]] int output_count(const Stage& stage);

/// "stdin", "left"
[[nodiscard]] const std::string& input_name(const Stage& stage, int port);
/// "stdout", "stderr", "bad"
[[nodiscard]] const std::string& output_name(const Stage& stage, int port);

/// The port of that name, or nothing.
[[nodiscard]] std::optional<int> find_input(const Stage& stage, std::string_view name);
[[nodiscard]] std::optional<int> find_output(const Stage& stage, std::string_view name);

/// All output names, for suggestions.
[[nodiscard]] std::vector<std::string> output_names(const Stage& stage);

/// Another stage has a two-way edge to the one of this name (`talks-to`).
[[nodiscard]] bool is_talked_to(const std::vector<Stage>& stages, std::string_view name);

/// The descriptor at which the port stands in the stage's process.
[[nodiscard]] int input_descriptor(const Stage& stage, int port);
[[nodiscard]] int output_descriptor(const Stage& stage, int port);

/// True for those that the program opens by a path, other than the three that it starts with.
[[nodiscard]] bool input_is_named(int port);
[[nodiscard]] bool output_is_named(int port);

/// "/dev/fd/3"
[[nodiscard]] std::string descriptor_path(int number);

}  // namespace pipectl
