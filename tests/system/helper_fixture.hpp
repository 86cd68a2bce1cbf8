#pragma once

// What the tests of the helper program share: the helper between descriptors, streams to check, and
// inputs and outputs that never make it wait.

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <list>
#include <map>

#include "stages/channel/kind.hpp"
#include "tests/support/byte_stream.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/child.hpp"
#include "tests/support/definitions.hpp"
#include "tests/support/leak_check.hpp"
#include "tests/support/test_folder.hpp"
#include "tests/support/wait.hpp"
#include "tests/support/worker.hpp"

namespace pipectl::test {

using Table = std::vector<std::pair<int, int>>;

constexpr std::int64_t kMegabyte = 1000000;
/// The helper with its input and outputs; a number there is a descriptor here. Descriptor 1 may be
/// left out.
inline Child start_helper(std::vector<std::string> arguments, int in, Table table = {}) {
    arguments.insert(arguments.begin(), HELPER_BINARY);
    RunOptions options{.stdin_fd = in};
    const auto out = std::find_if(table.begin(), table.end(),
                                  [](const auto& entry) { return entry.first == 1; });
    if (out != table.end()) {
        options.stdout_fd = out->second;
        table.erase(out);
    }
    options.descriptors = table;
    return Child(arguments, options);
}

inline Worker stream_writer(int fd, std::int64_t size, std::uint64_t seed = 1) {
    return Worker([=] { return write_stream(1, static_cast<std::size_t>(size), 131071, seed); },
                  {{1, fd}});
}

/// Reads to the end in a process of its own and says how much was right.
class Checker {
  public:
    explicit Checker(int fd, std::uint64_t seed = 1)
        : result_(make_pipe()),
          worker_(
              [seed] {
                  const std::int64_t checked = check_stream(0, seed);
                  return ::write(1, &checked, sizeof checked) == sizeof checked ? 0 : 1;
              },
              {{0, fd}, {1, result_.writer.get()}}) {
        result_.writer.reset();
    }

    std::int64_t result() {
        std::int64_t checked = -1;
        if (worker_.wait() != exited(0)) return -1;
        return ::read(result_.reader.get(), &checked, sizeof checked) == sizeof checked ? checked
                                                                                        : -1;
    }

  private:
    PipeEnds result_;
    Worker worker_;
};

/// Two connected sockets or a pipe: what is written to `writer` comes out of `reader`.
inline PipeEnds make_link(const std::string& kind) {
    TestFolder folder;
    channel::EdgeEnds ends = channel::find_kind(kind)->create({}, folder);
    return {std::move(ends.reader), std::move(ends.writer)};
}

inline Fd file_without_name(int flags) {
    Fd file(::open("/tmp", O_TMPFILE | O_CLOEXEC | flags, 0600));
    REQUIRE(file);
    return file;
}

inline std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::size_t begin = 0;
    while (begin < text.size()) {
        const std::size_t end = std::min(text.find('\n', begin), text.size() - 1) + 1;
        lines.push_back(text.substr(begin, end - begin));
        begin = end;
    }
    return lines;
}

/// The text as input, the outputs as texts: files never make the helper wait.
inline std::vector<std::string> distribute(std::vector<std::string> arguments,
                                           const std::string& text, int outputs) {
    const Fd in = file_without_name(O_RDWR);
    REQUIRE(write_all(in.get(), text) == 0);
    ::lseek(in.get(), 0, SEEK_SET);
    std::vector<Fd> files;
    Table table;
    for (int i = 0; i < outputs; ++i) {
        files.push_back(file_without_name(O_RDWR));
        table.emplace_back(3 + i, files.back().get());
        arguments.push_back(std::to_string(3 + i));
    }
    REQUIRE(start_helper(arguments, in.get(), table).wait() == exited(0));
    std::vector<std::string> texts;
    for (const Fd& file : files) {
        ::lseek(file.get(), 0, SEEK_SET);
        texts.push_back(read_all(file.get(), 1 << 30, "output"));
    }
    return texts;
}

inline std::string numbers(int count) {
    std::string text;
    for (int i = 0; i < count; ++i) {
        text += std::to_string(i) + (i % 7 == 0 ? " x\n" : "\n");
    }
    return text;
}

}  // namespace pipectl::test
