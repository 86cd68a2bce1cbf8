#pragma once

// Everybody's objects of IPC as `ipc ls --all` shows them.

#include <span>
#include <string>

#include "orchestrator/traces/system_objects.hpp"
#include "stages/base/json.hpp"

namespace pipectl {

std::string render_objects_text(std::span<const SystemObject> objects);
std::string render_objects_json(std::span<const SystemObject> objects);

/// Its members; whoever calls ends the JSON object.
void write_system_object(JsonWriter& json, const SystemObject& object);

}  // namespace pipectl
