#pragma once

// The keys of the language as the parser knows them, for what describes it to other programs
// (draw/render_schema.hpp). Each list stands beside what reads it.

#include <span>
#include <string_view>

namespace pipectl {

std::span<const std::string_view> top_keys();        ///< of the file
std::span<const std::string_view> pipeline_keys();   ///< of [pipeline]
std::span<const std::string_view> parameter_keys();  ///< of a parameter as a table
std::span<const std::string_view> stage_keys();      ///< of [[stage]]
std::span<const std::string_view> input_keys();      ///< of a stage's 'stdin' as a table
std::span<const std::string_view> output_keys();     ///< of 'stdout' and 'stderr' as a table

}  // namespace pipectl
