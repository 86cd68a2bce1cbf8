// The type of `notify`: signals that a stage gets about others.

#include "orchestrator/definition/parse_parts.hpp"
#include "orchestrator/definition/toml_text.hpp"
#include "orchestrator/definition/types.hpp"

namespace pipectl::type {

namespace {

constexpr const char* kForInstance =
    "for instance notify = [{ when = \"ended\", stage = \"load\", signal = \"SIGUSR1\" }]";

std::optional<std::vector<Notice>> read_notices(Reading& reading, const Entry& entry) {
    Reader& reader = reading.reader;
    const auto elements = reader.elements(entry, "an array of tables", kForInstance);
    if (!elements) return std::nullopt;
    std::vector<Notice> notices;
    for (const Entry& element : *elements) {
        const toml::table* table = reader.table(element, "a table { when, stage, signal }");
        if (table == nullptr) continue;
        Notice notice;
        read_keys(reading, *table, kNotifyTable, notice);
        for (const char* needed : {"stage", "signal"}) {
            if (table->get(needed) == nullptr) {
                reader.error(span_of(*element.value),
                             "an entry of 'notify' needs '" + std::string(needed) + "'",
                             kForInstance);
            }
        }
        if (!notice.stage.value.empty() && notice.signal != 0) notices.push_back(notice);
    }
    return notices;
}

std::string write_notices(const std::vector<Notice>& notices, std::size_t column) {
    std::vector<std::string> values;
    values.reserve(notices.size());
    for (const Notice& notice : notices) {
        values.push_back(toml_table(toml_entries(kNotifyTable, notice, column)));
    }
    return toml_array(values, column);
}

}  // namespace

const Type<std::vector<Notice>> kNotify = {{.name = "array of tables",
                                            .schema = R"("type":"array","items":@table)",
                                            .table = &kNotifyTable},
                                           read_notices,
                                           write_notices};

}  // namespace pipectl::type
