#include "orchestrator/diagnostic/diagnostic_json.hpp"

#include "orchestrator/diagnostic/fixes.hpp"
#include "orchestrator/diagnostic/order.hpp"

namespace pipectl {

void write_diagnostics(JsonWriter& json, const SourceText& source,
                       std::vector<Diagnostic> diagnostics) {
    note_users(source, diagnostics);
    sort_and_join(diagnostics);
    json.begin_array();
    for (const Diagnostic& one : diagnostics) {
        json.begin_object().member("severity", severity_name(one.severity));
        if (one.place.file > 0) json.member("file", source.used.at(one.place.file - 1).name);
        json.key("line");
        one.place.known() ? json.value(one.place.line) : json.null();
        json.key("column");
        one.place.known() ? json.value(one.place.column) : json.null();
        json.member("length", one.length)
            .member("message", source.secrets.masked(one.message))
            .key("hint");
        one.hint.empty() ? json.null() : json.value(source.secrets.masked(one.hint));
        json.key("fix");
        if (const auto fix = fix_of(source, one)) {
            json.begin_object()
                .member("line", fix->place.line)
                .member("column", fix->place.column)
                .member("length", fix->length)
                .member("text", fix->text)
                .end_object();
        } else {
            json.null();
        }
        json.end_object();
    }
    json.end_array();
}

}  // namespace pipectl
