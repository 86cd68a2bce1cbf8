#include "orchestrator/definition/schema.hpp"

#include <algorithm>

#include "stages/base/json.hpp"

namespace pipectl {

namespace {

/// Help for people as plain text.
std::string description_of(const Key& key) {
    std::string text(key.help);
    if (!key.fallback.empty()) text += "; default: " + std::string(key.fallback);
    std::erase(text, '`');
    return text;
}

void replace_all(std::string& text, std::string_view word, const std::string& by) {
    for (std::size_t at = text.find(word); at != std::string::npos;
         at = text.find(word, at + by.size())) {
        text.replace(at, word.size(), by);
    }
}

}  // namespace

std::string Schema::members(const AnyType& type) {
    if (type.shared_as.empty()) return parts(type);
    if (std::find(named_.begin(), named_.end(), &type) == named_.end()) named_.push_back(&type);
    // beside a "$ref" draft-07 knows no other member
    return R"("allOf":[{"$ref":)" + json_quoted("#/definitions/" + std::string(type.shared_as)) +
           "}]";
}

std::string Schema::parts(const AnyType& type) {
    std::string text =
        type.make_schema != nullptr ? type.make_schema(*this) : std::string(type.schema);
    if (type.part != nullptr) replace_all(text, "@part", value(*type.part));
    if (type.table != nullptr) replace_all(text, "@table", "{" + object(*type.table) + "}");
    return text;
}

std::string Schema::value(const AnyType& type) {
    return "{" + members(type) + "}";
}

std::string Schema::object(std::span<const Key> keys, std::string_view rules) {
    std::string text = R"("type":"object","additionalProperties":false,)";
    if (!rules.empty()) text += std::string(rules) + ",";
    text += "\"properties\":{";
    for (const Key& key : keys) {
        text += (text.ends_with('{') ? "\n" : ",\n") + json_quoted(key.name) +
                ":{\"description\":" + json_quoted(description_of(key)) + "," + members(*key.type) +
                "}";
    }
    return text + "}";
}

std::string Schema::document() {
    std::string text = R"({"$schema":"http://json-schema.org/draft-07/schema#",
"title":"pipectl definition",
"description":"A pipeline: its stages, how they are wired, and what becomes of their output",
)" + object(kFileTable) +
                       ",\n\"definitions\":{";
    // a type may name others
    for (std::size_t i = 0; i < named_.size(); ++i) {
        text += (i == 0 ? "\n" : ",\n") + json_quoted(named_[i]->shared_as) + ":{" +
                parts(*named_[i]) + "}";
    }
    return text + "}}\n";
}

}  // namespace pipectl
