// Types of what a stage says of its replicas.

#include "orchestrator/definition/parse_parts.hpp"
#include "orchestrator/definition/schema.hpp"
#include "orchestrator/definition/toml_text.hpp"
#include "orchestrator/definition/types.hpp"

namespace pipectl::type {

namespace {

constexpr std::int64_t kMostReplicas = 1000;
constexpr std::uint64_t kLargestBlock = std::uint64_t{1} << 30;

std::optional<Located<int>> read_replicas(Reading& reading, const Entry& entry) {
    const Span where = span_of(*entry.value);
    if (const auto* word = entry.value->as_string()) {
        if (word->get() == "cpus") return Located<int>{kForEachProcessor, where.place};
        reading.reader.error(where,
                             "'replicas' must be a number or \"cpus\", not '" + word->get() + "'",
                             "\"cpus\" is one process for each processor");
        return std::nullopt;
    }
    const auto count = reading.reader.integer(entry, 1, kMostReplicas);
    if (!count) return std::nullopt;
    return Located<int>{static_cast<int>(*count), where.place};
}

std::string write_replicas(const Located<int>& count, std::size_t /*column*/) {
    return count.value == kForEachProcessor ? "\"cpus\"" : std::to_string(count.value);
}

std::optional<std::uint64_t> read_block(Reading& reading, const Entry& entry) {
    const auto size = reading.reader.size(entry);
    if (size && (*size == 0 || *size > kLargestBlock)) {
        reading.reader.error(span_of(*entry.value), "'block' must be from 1 byte to 1GiB",
                             "a block is as many whole lines as fit into it, and at least one");
        return std::nullopt;
    }
    return size;
}

std::string write_block(const std::uint64_t& size, std::size_t column) {
    return kSize.write(size, column);
}

}  // namespace

const Type<Located<int>> kReplicas = {
    {"number from 1 to 1000, or `\"cpus\"`",
     R"("anyOf":[{"const":"cpus"},{"type":"integer","minimum":1,"maximum":1000}])"},
    read_replicas,
    write_replicas};
const Type<std::uint64_t> kBlock = {{.name = "size above 0",
                                     .schema = R"("allOf":[@part],"not":{"anyOf":[{"const":0},)"
                                               R"({"pattern":"^[0.]+[^1-9]*$"}]})",
                                     .part = &kSize},
                                    read_block,
                                    write_block};

}  // namespace pipectl::type
