#pragma once

// What the jobs of pipectl-helper share: their errors, how they end.
//
// Each job moves bytes between its descriptors until its inputs end or nobody reads any more. It
// exits with 0 when all data was delivered, dies of SIGPIPE when all its readers have left, exits
// with 1 after an error of the system and with 125 after wrong usage, with a message on standard
// error.

#include <string>
#include <string_view>
#include <vector>

#include "stages/job/job.hpp"

namespace pipectl::helper {

using job::UsageError;

/// What follows the name of a job that no plan asks for.
using Arguments = std::vector<std::string_view>;

// Each returns the exit status.
int run(const job::Copy& what);
int run(const job::Keep& what);
int run(const job::Deal& what);
int run(const job::Hash& what);
int run(const job::Route& what);
int run(const job::Concat& what);
int run(const job::Lines& what);
int run(const job::Follow& what);
int run(const job::Send& what);
int run(const job::Receive& what);
int run(const job::Record& what);
int run(const job::Tap& what);
int run(const job::Get& what);
int run(const job::Put& what);
int guard(const Arguments& arguments);
int hold(const Arguments& arguments);
int replicas(const Arguments& arguments);
int tty(const Arguments& arguments);
/// A stream that an earlier run kept, from the file at standard input.
int play(const Arguments& arguments);
/// An end of an edge that `pipectl bench` measures.
int measure(const Arguments& arguments);
// the stages of `use`: stages/base/shipped_stages.hpp
int fill(const Arguments& arguments);
int pass(const Arguments& arguments);
int digest(const Arguments& arguments);
int count(const Arguments& arguments);

/// Throws UsageError unless the job's own descriptors are open, each of them once. What it tells of
/// complete outputs goes where the job says.
void check_descriptors(job::Job job);

/// "cannot write to descriptor 4", as SystemError wants its first argument.
std::string cannot_write(int fd);
std::string cannot_read(int fd);

}  // namespace pipectl::helper
