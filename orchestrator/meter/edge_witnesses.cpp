#include "orchestrator/meter/edge_witnesses.hpp"

#include <algorithm>

namespace pipectl {

namespace {

/// Bounds that are apart by less than one part in so many are as good as a number.
constexpr std::int64_t kCloseBounds = 20;

/// The consumer read what was written, and little else.
bool agree(std::int64_t wrote, std::int64_t read) {
    return read >= wrote && is_close(read, wrote);
}

/// Nobody can have read more than that: less by what it read to start, at least.
Moved at_most_read(std::int64_t read, bool likely) {
    return {read, likely && is_close(read, read - kStartingTakes) ? Exactness::sampled
                                                                  : Exactness::at_most};
}

}  // namespace

bool is_close(std::int64_t most, std::int64_t least) {
    return most == 0 || most - least < most / kCloseBounds;
}

Moved moved_between(const Witness& wrote, const Witness& read, bool read_is_all,
                    std::optional<std::int64_t> surely_wrote) {
    if (!wrote.bytes && !read.bytes) {
        return {};
    }
    if (!wrote.bytes || !read.bytes) {
        const Witness& one = wrote.bytes ? wrote : read;
        const bool alone = &one == &wrote || read_is_all;
        return one.counts_all && alone
                   ? (wrote.bytes ? Moved{wrote.bytes} : at_most_read(*read.bytes, true))
                   : Moved{};
    }
    const std::int64_t least = std::min(*wrote.bytes, *read.bytes);
    if (surely_wrote && is_close(least, *surely_wrote)) {
        return {least, Exactness::sampled};
    }
    if (wrote.counts_all && *read.bytes >= *wrote.bytes) {
        return {wrote.bytes, Exactness::sampled};
    }
    if (read_is_all && agree(*wrote.bytes, *read.bytes) &&
        !(wrote.seen_to_miss && read.seen_to_miss)) {
        return {wrote.bytes, Exactness::sampled};
    }
    // its own programs are known not to miss, and what is read more is what a start takes
    if (read.counts_all && wrote.by_others && *read.bytes >= *wrote.bytes &&
        *read.bytes - *wrote.bytes <= kStartingTakes) {
        return {wrote.bytes, Exactness::at_most};
    }
    if (read.counts_all) {
        const bool likely = read_is_all && *wrote.bytes >= *read.bytes && !surely_wrote;
        return at_most_read(*read.bytes, likely);
    }
    if (wrote.counts_all) {
        return {wrote.bytes, Exactness::at_most};
    }
    if (wrote.seen_to_miss && read.seen_to_miss) {
        return {};
    }
    return {std::max(*wrote.bytes, *read.bytes), Exactness::at_most};
}

}  // namespace pipectl
