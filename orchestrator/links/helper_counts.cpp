#include "orchestrator/links/helper_counts.hpp"

#include <algorithm>
#include <thread>

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

HelperCounts::HelperCounts(const Plan& plan) : plan_(plan), size_(2 * plan.links.size()) {
    for (std::size_t i = 0; i < plan.processes.size(); ++i) {
        const int process = static_cast<int>(i);
        if (plan.processes[i].terminal) terminals_.emplace(process, size_++);
        if (!plan.processes[i].replicas) continue;
        replicas_.emplace(process, size_);
        size_ += static_cast<std::size_t>(replicas_of(process)) * job::kReplicaNumbers;
    }
}

bool HelperCounts::counts_itself(int process) const {
    return plan_.processes[process].role == Role::helper || plan_.processes[process].replicas;
}

int HelperCounts::replicas_of(int process) const {
    const auto& replicas = plan_.processes[process].replicas;
    if (!replicas) return 0;
    // the processors that we may use; 0: not known
    return replicas->count > 0 ? replicas->count
                               : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

std::size_t HelperCounts::replica_index(int process) const {
    return replicas_.at(process);
}

std::uint64_t HelperCounts::of_replica(int process, int replica, job::ReplicaNumber what) const {
    const std::size_t index = job::index_of(replica_index(process), replica, what);
    return index < counts_.size() ? counts_.at(index) : 0;
}

std::int64_t HelperCounts::by_terminal(int process) const {
    const auto found = terminals_.find(process);
    const bool counts = found != terminals_.end() && counts_.valid();
    return counts ? static_cast<std::int64_t>(counts_.at(found->second)) : 0;
}

int HelperCounts::file_for(int process) {
    if (!counts_itself(process) && !terminals_.contains(process)) {
        return -1;
    }
    if (!made_) {
        made_ = true;
        counts_ = SharedCounts::make(size_);
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

std::int64_t HelperCounts::sum_of(int process, job::ReplicaNumber what) const {
    std::uint64_t sum = 0;
    for (int i = 0; i < replicas_of(process); ++i) {
        sum += of_replica(process, i, what);
    }
    return static_cast<std::int64_t>(sum);
}

/// A helper counts the descriptors that it reads and writes: the ends of bridged kinds are none.
std::optional<std::int64_t> HelperCounts::at(int link, bool reader) const {
    const Link& what = plan_.links[link];
    if (!counts_.valid() || what.kind->ends == channel::Ends::bridged ||
        !counts_itself(reader ? what.reader : what.writer)) {
        return std::nullopt;
    }
    return static_cast<std::int64_t>(counts_.at(index_of(link, reader)));
}

std::optional<std::int64_t> HelperCounts::over(int link) const {
    const auto put = at(link, false);
    return put ? put : at(link, true);
}

std::optional<IoCount> HelperCounts::of(int process) const {
    if (!counts_itself(process) || !counts_.valid()) {
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
    if (plan_.processes[process].replicas) {
        return IoCount{read.value_or(sum_of(process, job::ReplicaNumber::bytes_in)),
                       written.value_or(sum_of(process, job::ReplicaNumber::bytes_out))};
    }
    if (!read && !written) {
        return std::nullopt;
    }
    // of a bridge one end is counted, and the same bytes went over the other one
    return IoCount{read ? *read : *written, written ? *written : *read};
}

}  // namespace pipectl
