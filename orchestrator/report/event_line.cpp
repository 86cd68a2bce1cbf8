#include "orchestrator/report/event_line.hpp"

#include <cstddef>
#include <type_traits>
#include <variant>

#include "orchestrator/json/json_value.hpp"
#include "orchestrator/report/event_fields.hpp"
#include "orchestrator/report/field_reader.hpp"
#include "orchestrator/report/field_writer.hpp"

namespace pipectl {

namespace {

using EventWhat = decltype(Event::what);

template <std::size_t Index = 0>
EventWhat read_event_as(const JsonValue& name, FieldReader& each) {
    if constexpr (Index == std::variant_size_v<EventWhat>) {
        name.refuse("there is no such event");
    } else {
        if (name.text() != kEventNames[Index]) return read_event_as<Index + 1>(name, each);
        std::variant_alternative_t<Index, EventWhat> what;
        if constexpr (!std::is_same_v<decltype(what), RunStarted>) fields(each, what);
        return what;
    }
}

}  // namespace

EventReader::EventReader(const std::vector<std::string>& names) {
    for (const std::string& name : names) {
        index_.emplace(name, index_.size());
    }
}

Event EventReader::event_of(std::string_view line) const {
    const JsonDocument document = parse_json(line);
    const JsonValue object(*document, "");
    FieldReader each(object, index_);
    return {object.at("t").number(), read_event_as(object.at("event"), each)};
}

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
