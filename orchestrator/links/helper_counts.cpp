#include "orchestrator/links/helper_counts.hpp"

namespace pipectl {

namespace {

std::size_t index_of(int link, bool reader) {
    return 2 * static_cast<std::size_t>(link) + (reader ? 1 : 0);
}

bool is_end_of_link(const Descriptor& descriptor) {
    return descriptor.what == Descriptor::What::link_writer ||
           descriptor.what == Descriptor::What::link_reader;
}

}  // namespace

bool HelperCounts::is_helper(int process) const {
    return plan_.processes[process].role == Role::helper;
}

int HelperCounts::file_for(int process) {
    if (!is_helper(process)) {
        return -1;
    }
    if (!made_) {
        made_ = true;
        counts_ = SharedCounts::make(2 * plan_.links.size());
    }
    return counts_.valid() ? counts_.file() : -1;
}

std::string HelperCounts::variable_for(int process, int number) const {
    std::string text = "PIPECTL_COUNTS=" + std::to_string(number);
    for (const Descriptor& descriptor : plan_.processes[process].descriptors) {
        if (is_end_of_link(descriptor)) {
            const bool reader = descriptor.what == Descriptor::What::link_reader;
            text += " " + std::to_string(descriptor.number) + "=" +
                    std::to_string(index_of(descriptor.index, reader));
        }
    }
    return text;
}

/// A helper counts the descriptors that it reads and writes: the ends of bridged kinds are none.
std::optional<std::int64_t> HelperCounts::at(int link, bool reader) const {
    const Link& what = plan_.links[link];
    if (!counts_.valid() || what.kind->ends == channel::Ends::bridged ||
        !is_helper(reader ? what.reader : what.writer)) {
        return std::nullopt;
    }
    return static_cast<std::int64_t>(counts_.at(index_of(link, reader)));
}

std::optional<std::int64_t> HelperCounts::over(int link) const {
    const auto put = at(link, false);
    return put ? put : at(link, true);
}

std::optional<IoCount> HelperCounts::of(int process) const {
    if (!is_helper(process) || !counts_.valid()) {
        return std::nullopt;
    }
    std::optional<std::int64_t> read;
    std::optional<std::int64_t> written;
    for (const Descriptor& descriptor : plan_.processes[process].descriptors) {
        if (is_end_of_link(descriptor)) {
            const bool reader = descriptor.what == Descriptor::What::link_reader;
            if (const auto bytes = at(descriptor.index, reader)) {
                auto& sum = reader ? read : written;
                sum = sum.value_or(0) + *bytes;
            }
        }
    }
    if (!read && !written) {
        return std::nullopt;
    }
    // of a bridge one end is counted, and the same bytes went over the other one
    return IoCount{read ? *read : *written, written ? *written : *read};
}

}  // namespace pipectl
