#pragma once

// The channel library for native stages, in C++.
//
// A native stage is an ordinary filter: it opens its ports by name and gets whatever the definition
// says, shared memory, a queue, a socket, or plain stdin and stdout when it is started by hand.
// Data is filled and read in place: on shared memory no byte is copied on its way.
//
//     pipectl::Input in;
//     pipectl::Output out;
//     while (const auto piece = in.peek()) {
//         out.write(piece->bytes);
//         in.release(piece->bytes.size());
//     }
//     out.finish();
//
// Every port is for one thread at a time. See stage.h for the same in C.

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <system_error>

namespace pipectl {

/// Bytes of an input, in place until they are released.
struct InputPiece {
    std::span<const char> bytes;
    bool ends_record = false;  ///< a record ends after them; `bytes` may be empty then
};

class Input {
  public:
    /// Opens "stdin" or a named input of the definition; a port can be opened once. Throws
    /// std::system_error: ENOENT (no such input), EBADF (closed), EPROTO (cannot be taken over).
    explicit Input(std::string_view port = "stdin");
    /// Before the end of data the writer is ended, as by SIGPIPE.
    ~Input();
    Input(Input&&) noexcept;
    Input& operator=(Input&&) noexcept;

    /// The next bytes; waits for some. Nothing at the true end of data. Throws std::system_error:
    /// ECONNRESET when the writer died before the end, EBADMSG when the channel is corrupt.
    std::optional<InputPiece> peek();

    /// The first `size` bytes of what peek() showed are not needed any more.
    void release(std::size_t size);

    /// As read(2): copies what is there, 0 at the end of data.
    std::size_t read(std::span<char> room);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

class Output {
  public:
    /// Opens "stdout" or a named output of the definition. Throws as Input.
    explicit Output(std::string_view port = "stdout");
    /// Without finish() the reader is shown no end of data.
    ~Output();
    Output(Output&&) noexcept;
    Output& operator=(Output&&) noexcept;

    /// Room to fill in place, at least one and at most `wanted` bytes; waits for it. It stays the
    /// same until commit(). When the reader has gone the process gets SIGPIPE; where that is
    /// ignored, std::system_error with EPIPE is thrown.
    std::span<char> reserve(std::size_t wanted);

    /// The first `size` bytes of the room are data, which the reader can see from now on.
    /// `ends_record`: a record ends after them.
    void commit(std::size_t size, bool ends_record = false);

    /// Copies all bytes into the channel.
    void write(std::span<const char> bytes, bool ends_record = false);

    /// All data was written: the true end of data. Nothing can be written afterwards.
    void finish();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

/// Memory that several stages share: `[shared.NAME]` of the definition. It ends with the run.
///
///     pipectl::Region table("table");
///     {
///         pipectl::Guard guard(table);
///         if (guard.holder_died()) ...;  // what it was about to change may be half done
///         ... change table.bytes() ...
///     }
class Region {
  public:
    /// Maps the region whose path, or id, is in PIPECTL_SHARED_NAME ('_' for '-'). Throws
    /// std::system_error: ENOENT (there is none of that name), EPROTO (what is there was not made
    /// by pipectl), or what open(2), mmap(2), shmat(2) say.
    explicit Region(std::string_view name);
    ~Region();
    Region(Region&&) noexcept;
    Region& operator=(Region&&) noexcept;

    /// All of it, as large as the definition says, for as long as this object lives.
    [[nodiscard]] std::span<std::byte> bytes() const;

    /// Waits until nobody else holds it. False: it is held now, and the process that held it before
    /// died without unlock(). Throws std::system_error, EDEADLK when this thread holds it already.
    bool lock();
    /// By the thread that has locked it. Throws std::system_error with EPERM otherwise.
    void unlock();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

/// Holds a region for as long as it lives. One at a time, whatever the process.
class Guard {
  public:
    explicit Guard(Region& region);
    ~Guard();
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;

    /// The process that held the region before has died while it did.
    [[nodiscard]] bool holder_died() const { return holder_died_; }

  private:
    Region& region_;
    bool holder_died_;
};

}  // namespace pipectl
