#pragma once

// A program that does one named thing wrong (or tells what it sees), for the tests of pipectl:
// `misbehave NAME [ARGUMENTS]`. Each name is one function and one line in a table of its file;
// without a name all are listed. Nothing lives longer than a thousand seconds.

#include <span>
#include <string>
#include <vector>

namespace pipectl::test {

using Arguments = std::vector<std::string>;

struct Misbehaviour {
    const char* name;
    const char* arguments;  ///< for the list; one in [brackets] may be left out
    const char* summary;
    int (*function)(const Arguments&);  ///< returns the exit status
};

std::span<const Misbehaviour> processes();   ///< signals, ends, children
std::span<const Misbehaviour> streams();     ///< reading and writing
std::span<const Misbehaviour> movers();      ///< bytes from stdin to stdout by other calls
std::span<const Misbehaviour> inspection();  ///< what the program was started with
std::span<const Misbehaviour> terminals();
std::span<const Misbehaviour> talks();   ///< questions and answers
std::span<const Misbehaviour> shared();  ///< regions and their guards
std::span<const Misbehaviour> native();  ///< linked to the channel library

/// A number among the arguments, or `otherwise` when it is left out. Ends the program on nonsense.
long long number(const Arguments& arguments, std::size_t index, long long otherwise = -1);
/// A text among the arguments. Ends the program when it is missing.
const std::string& text(const Arguments& arguments, std::size_t index);
/// A signal among the arguments, by name or number.
int signal_in(const Arguments& arguments, std::size_t index);

/// Writes a file that appears complete or not at all.
void announce(const std::string& path, const std::string& content);
/// Writes to a descriptor; ends the program with status 1 and a message when that fails.
void say(int fd, const std::string& text);

[[noreturn]] void sleep_long();
void sleep_ms(long long milliseconds);

}  // namespace pipectl::test
