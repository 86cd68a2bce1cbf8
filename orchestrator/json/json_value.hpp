#pragma once

// A value of a JSON document that was read, with its path in it, for errors that say where.
//
// Each accessor states what it expects and throws JsonError when something else is there. A
// value refers to its document, which must outlive it. Only json_value.cpp knows the JSON library.

#include <cstdint>
#include <limits>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace pipectl {

/// What is wrong with a document, and where in it: "stages[2].exit: expected a number, found null".
class JsonError : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

using JsonDocument = std::shared_ptr<const nlohmann::json>;

/// Throws JsonError with line and column; also for a document that is nested too deeply.
JsonDocument parse_json(std::string_view text);

class JsonValue {
  public:
    JsonValue(const nlohmann::json& value, std::string path)
        : value_(&value), path_(std::move(path)) {}

    /// A member that must be there; it may be null.
    [[nodiscard]] JsonValue at(const std::string& name) const;
    /// A member that is there and not null.
    [[nodiscard]] std::optional<JsonValue> find(const char* name) const;
    [[nodiscard]] bool is_array() const;
    [[nodiscard]] bool is_text() const;
    [[nodiscard]] bool is_flag() const;
    [[nodiscard]] bool is_number() const;
    /// The elements of an array.
    [[nodiscard]] std::vector<JsonValue> elements() const;
    /// The names of an object's members.
    [[nodiscard]] std::vector<std::string> names() const;

    [[nodiscard]] std::string text() const;
    [[nodiscard]] bool flag() const;
    /// Finite.
    [[nodiscard]] double number() const;
    /// A whole number from `least` to `most`.
    [[nodiscard]] std::int64_t whole(
        std::int64_t least, std::int64_t most = std::numeric_limits<std::int64_t>::max()) const;

    /// A whole number from 0, up to what 64 bits hold.
    [[nodiscard]] std::uint64_t whole_unsigned() const;

    [[noreturn]] void refuse(const std::string& reason) const;

  private:
    [[noreturn]] void expected(const char* what) const;

    const nlohmann::json* value_;
    std::string path_;  ///< "stages[2].exit"; empty: the document
};

}  // namespace pipectl
