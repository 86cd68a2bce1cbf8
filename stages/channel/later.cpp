// Kinds that the definition language knows and that cannot carry an edge yet: named so that a
// definition is told "not yet supported" rather than "unknown".

#include "stages/channel/kind_list.hpp"

namespace pipectl::channel {

namespace {

constexpr Kind later(std::string_view name, std::string_view summary, std::string_view object,
                     std::span<const Option> options) {
    return {.name = name,
            .summary = summary,
            .kernel_object = object,
            .ends = Ends::bridged,
            .keeps_records = true,
            .supported = false,
            .reopenable = false,
            .follower = false,
            .reader_gone = ReaderGone::kernel_tells,
            .options = options,
            .create = nullptr,
            .writer_goes_on = nullptr};
}

constexpr Option kQueue[] = {
    {"message-size", OptionType::size, "", "bytes in a message at most"},
    {"messages", OptionType::integer, "", "messages that wait at most"},
    {"priority", OptionType::integer, "", "priority of the messages"},
};
constexpr Option kTypedQueue[] = {
    {"type", OptionType::integer, "", "the message type that this reader takes"},
};

}  // namespace

constinit const Kind kMq = later("mq", "messages with priorities", "POSIX message queue", kQueue);
constinit const Kind kSysvMq = later("sysv-mq", "messages with types, for several readers",
                                     "System V message queue", kTypedQueue);

}  // namespace pipectl::channel
