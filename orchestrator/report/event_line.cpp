#include "orchestrator/report/event_line.hpp"

#include "orchestrator/report/event_fields.hpp"
#include "orchestrator/report/field_writer.hpp"

namespace pipectl {

std::string EventLines::line(const Event& event) {
    if (const auto* start = std::get_if<RunStarted>(&event.what)) {
        names_.clear();
        for (const auto& process : start->processes) {
            names_.push_back(process.name);
        }
    }
    JsonWriter json;
    json.begin_object().member("t", event.time_s).member("event", kEventNames[event.what.index()]);
    std::visit(
        [&](const auto& what) {
            FieldWriter each(json, names_);
            fields(each, what);
        },
        event.what);
    json.end_object();
    return json.take() + "\n";
}

}  // namespace pipectl
