// The type of `talks-to`: a stage by name, and the channel both ways.

#include "orchestrator/definition/parse_parts.hpp"
#include "orchestrator/definition/toml_text.hpp"
#include "orchestrator/definition/types.hpp"

namespace pipectl::type {

namespace {

std::optional<Feed> read_talk(Reading& reading, const Entry& entry) {
    Reader& reader = reading.reader;
    Feed talk;
    const toml::table* table = entry.value->as_table();
    if (table != nullptr) {
        read_keys(reading, *table, kTalkTable, talk);
        if (table->get("stage") == nullptr) {
            reader.error(span_of(*entry.value), "'talks-to' as a table needs 'stage'",
                         "for instance talks-to = { stage = \"calc\", via = \"unix\" }");
        }
    } else if (!entry.value->is_string()) {
        reader.wrong_type(entry, "the name of a stage or a table { stage, via }");
    } else if (const auto text = reader.text(entry)) {
        const Span where = span_of(*entry.value);
        const std::size_t dot = text->find('.');
        if (is_name(*text)) {
            talk.stage = {*text, where.place};
        } else if (dot != std::string::npos && is_name(text->substr(0, dot))) {
            reader.error(where, "'talks-to' names a stage, not one of its ports",
                         "it is about stdin and stdout of both: talks-to = \"" +
                             text->substr(0, dot) + "\"");
        } else {
            reader.error(where, "'" + *text + "' is no name of a stage",
                         "names have " + std::string(kNameRule));
        }
    }
    return talk.stage.value.empty() ? std::nullopt : std::optional(std::move(talk));
}

std::string write_talk(const Feed& talk, std::size_t column) {
    if (talk.via) return toml_table(toml_entries(kTalkTable, talk, column));
    return toml_basic(talk.stage.value);
}

}  // namespace

const Type<Feed> kTalk = {
    {.name = "name of a stage, or a table",
     .schema = R"("anyOf":[{"type":"string","pattern":"^[A-Za-z0-9_-]+$"},@table])",
     .table = &kTalkTable},
    read_talk,
    write_talk};

}  // namespace pipectl::type
