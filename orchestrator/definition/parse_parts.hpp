#pragma once

// The parts of a definition that parse.cpp is made of, one function for each value of the language.
//
// All of them leave what they do not understand out of the result and an error in the reader.
// Internal to this folder.

#include <optional>
#include <string_view>
#include <vector>

#include "orchestrator/definition/template.hpp"
#include "orchestrator/definition/toml_reader.hpp"

namespace pipectl {

// parse_edge.cpp: what an edge carries
std::optional<Via> read_via(Reader& reader, const Entry& entry);
std::optional<Buffer> read_buffer(Reader& reader, const Entry& entry);
std::optional<FanOut> read_fan_out(Reader& reader, const Entry& entry);
std::optional<Located<FanInKind>> read_fan_in(Reader& reader, const Entry& entry);
std::vector<Feed> read_feeds(Reader& reader, const Entry& entry);

// parse_ends.cpp: what stands at a stage's ports when it is no edge
InputSpec read_input(Reader& reader, const Entry& entry, const TemplateScope& scope);
OutputSpec read_output(Reader& reader, const Entry& entry, const TemplateScope& scope);
/// A path that looks like a shell's.
void warn_of_path(Reader& reader, const Entry& entry, const std::string& path);

// parse_process.cpp: what a process is given
using Environment = std::vector<std::pair<std::string, Template>>;
Environment read_environment(Reader& reader, const Entry& entry, const TemplateScope& scope);
SignalSettings read_signals(Reader& reader, const Entry& entry);
std::optional<unsigned> read_umask(Reader& reader, const Entry& entry);
std::optional<Located<std::string>> read_user(Reader& reader, const Entry& entry);
void read_ok(Reader& reader, const Entry& entry, Stage& stage);
std::vector<InputPort> read_inputs(Reader& reader, const Entry& entry);
std::vector<Located<std::string>> read_outputs(Reader& reader, const Entry& entry);

// parse_later.cpp: what the language has and the program does not yet do
void refuse_replicas(Reader& reader, const Entry& entry);
void refuse_order(Reader& reader, const Entry& entry);
void refuse_after(Reader& reader, const Entry& entry);
void refuse_needs(Reader& reader, const Entry& entry);
void refuse_restart(Reader& reader, const Entry& entry);
void refuse_idle_timeout(Reader& reader, const Entry& entry);
void refuse_limits(Reader& reader, const Entry& entry);
void refuse_host(Reader& reader, const Entry& entry);
void refuse_retries(Reader& reader, const Entry& entry);
void refuse_retry_delay(Reader& reader, const Entry& entry);
void refuse_lock(Reader& reader, const Entry& entry);
void refuse_lock_wait(Reader& reader, const Entry& entry);
void refuse_semaphores(Reader& reader, const Entry& entry);

// parse_stage.cpp, stage_names.cpp
Stage read_stage(Reader& reader, const toml::table& table,
                 const std::vector<std::string>& parameters);
/// Names those that have none, and finds names that are there twice.
void settle_names(Reader& reader, std::vector<Stage>& stages);

/// "letters, digits, '-' and '_'", for messages.
inline constexpr std::string_view kNameRule = "letters, digits, '-' and '_'";

}  // namespace pipectl
