#include <fcntl.h>

#include <algorithm>

#include "stages/flow/jobs.hpp"
#include "stages/flow/readers.hpp"

namespace pipectl::helper {

namespace {

void check_open(int fd) {
    if (::fcntl(fd, F_GETFD) < 0) {
        throw UsageError{"descriptor " + std::to_string(fd) + " is not open"};
    }
}

}  // namespace

void check_descriptors(job::Job job) {
    std::vector<int> numbers = job::descriptors_of(job);
    std::ranges::for_each(numbers, check_open);
    std::ranges::sort(numbers);
    if (const auto twice = std::ranges::adjacent_find(numbers); twice != numbers.end()) {
        throw UsageError{"descriptor " + std::to_string(*twice) + " is named twice"};
    }
    const job::Outputs* const outputs = job::outputs_of(job);
    if (outputs != nullptr && outputs->tell >= 0) {
        check_open(outputs->tell);
        tell_of_finished(outputs->tell);
    }
}

std::string cannot_write(int fd) {
    return "cannot write to descriptor " + std::to_string(fd);
}

std::string cannot_read(int fd) {
    return "cannot read from descriptor " + std::to_string(fd);
}

}  // namespace pipectl::helper
