#pragma once

// The definition language as a JSON Schema (draft-07), made from its tables.

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "orchestrator/definition/language.hpp"

namespace pipectl {

class Schema {
  public:
    /// `via`: the schema of a channel, since the kinds are not known here.
    explicit Schema(std::string via) : via_(std::move(via)) {}

    /// The whole document.
    std::string document();

    /// A value of that type.
    std::string value(const AnyType& type);
    /// A table with keys, and nothing else. `rules`: more members of the schema.
    std::string object(std::span<const Key> keys, std::string_view rules = {});
    std::string object(const AnyTable& table) { return object(table.keys, table.rules); }

    [[nodiscard]] const std::string& via() const { return via_; }

  private:
    std::string members(const AnyType& type);
    std::string parts(const AnyType& type);

    std::string via_;
    std::vector<const AnyType*> named_;  ///< in the order in which they were found
};

}  // namespace pipectl
