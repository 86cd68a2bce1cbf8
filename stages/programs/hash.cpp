// hash: lines with the same key to the same output.

#include "stages/flow/distribute.hpp"
#include "stages/flow/fields.hpp"
#include "stages/flow/jobs.hpp"
#include "stages/flow/readers.hpp"

namespace pipectl::helper {

namespace {

/// FNV-1a, and a last mixing because its low bits alone depend on little of the key. The same on
/// every machine, so that a key's output does not change from run to run.
std::uint64_t hash_of(std::string_view key) {
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const char letter : key) {
        hash = (hash ^ static_cast<unsigned char>(letter)) * 0x100000001b3;
    }
    hash = (hash ^ hash >> 32) * 0x9e3779b97f4a7c15;
    hash = (hash ^ hash >> 29) * 0xbf58476d1ce4e5b9;
    return hash ^ hash >> 32;
}

}  // namespace

int run(const job::Hash& what) {
    watch_readers();
    Distributor(what.outputs.numbers, [field = what.field](std::string_view line, std::size_t n) {
        return hash_of(field_of(line, field)) % n;
    }).run();
    return 0;
}

}  // namespace pipectl::helper
