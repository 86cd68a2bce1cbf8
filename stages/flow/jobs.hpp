#pragma once

// What the jobs of pipectl-helper share: their arguments, their errors, how they end.
//
// A helper's input and output descriptors are numbers on its command line; each job moves bytes
// between them until its inputs end or nobody reads any more. It exits with 0 when all data was
// delivered, dies of SIGPIPE when all its readers have left, exits with 1 after an error of the
// system and with 125 after wrong usage, with a message on standard error.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pipectl::helper {

using Arguments = std::vector<std::string_view>;

/// One job. `arguments` are those after its name. Returns the exit status.
using Job = int (*)(const Arguments& arguments);

int copy(const Arguments& arguments);
int deal(const Arguments& arguments);
int hash(const Arguments& arguments);
int route(const Arguments& arguments);
int concat(const Arguments& arguments);
int lines(const Arguments& arguments);
int follow(const Arguments& arguments);
int send(const Arguments& arguments);
int receive(const Arguments& arguments);
int get(const Arguments& arguments);
int put(const Arguments& arguments);
int guard(const Arguments& arguments);
// the stages of `use`: stages/base/shipped_stages.hpp
int fill(const Arguments& arguments);
int pass(const Arguments& arguments);
int digest(const Arguments& arguments);
int count(const Arguments& arguments);

/// Thrown for wrong usage: exit status 125.
struct UsageError {
    std::string message;
};

/// Checked reading of an argument. Throw UsageError.
std::uint64_t number_argument(std::string_view text, std::string_view what);
/// `--tell FD` before the descriptors of a job with several outputs: see tell_of_finished. Returns
/// how many arguments it was. Throws UsageError.
std::size_t tell_argument(const Arguments& arguments, std::size_t at);
/// Descriptors that are open, each once, at least one.
std::vector<int> descriptor_arguments(const Arguments& arguments, std::size_t from);

/// "cannot write to descriptor 4", as SystemError wants its first argument.
std::string cannot_write(int fd);
std::string cannot_read(int fd);

}  // namespace pipectl::helper
