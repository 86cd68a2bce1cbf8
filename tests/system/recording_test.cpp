// Recordings: every prefix is valid, and damage is never taken for data.

#include <fcntl.h>
#include <unistd.h>

#include <string>

#include "stages/base/fd.hpp"
#include "stages/recording/reader.hpp"
#include "stages/recording/writer.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace pipectl;
using namespace pipectl::test;
using recording::RecordedEdge;
using recording::Sort;

namespace {

std::string recorded_bytes(const recording::Reader& reader, std::size_t edge) {
    std::string all;
    reader.read(edge, [&](std::string_view bytes) {
        all += bytes;
        return true;
    });
    return all;
}

/// Two edges, "abcdef" in three blocks and "xyz" in one.
std::string small_recording(const TemporaryFolder& folder, bool with_finish = true) {
    const std::string path = folder.path("small.rec");
    const Fd file(::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600));
    recording::begin(file.get());
    const recording::Writer writer(file.get());
    writer.append({Sort::head, 0, 0, 0}, "{}");
    writer.append({Sort::data, 0, 0, 0}, "ab");
    writer.append({Sort::data, 1, 0, 0}, "xyz");
    writer.append({Sort::data, 0, 2, 0}, "cd");
    writer.append({Sort::left, 1, 3, 0}, {});
    writer.append({Sort::data, 0, 4, 0}, "ef");
    writer.append({Sort::ended, 0, 6, 0}, {});
    if (with_finish) writer.append({Sort::finish, 0, 0, 0}, "{}");
    return folder.read("small.rec");
}

}  // namespace

TEST_CASE("each prefix of a recording is valid, and only all of it whole", "[recording][R46]") {
    const TemporaryFolder folder;
    const std::string all = small_recording(folder);
    for (std::size_t size = recording::kBeginning.size(); size <= all.size(); ++size) {
        const recording::Reader reader(folder.write("cut.rec", all.substr(0, size)));
        const std::string first = recorded_bytes(reader, 0);
        CHECK(std::string("abcdef").starts_with(first));
        CHECK(std::string("xyz").starts_with(recorded_bytes(reader, 1)));
        CHECK((size == all.size()) == !reader.finish().empty());
        const bool whole = !reader.edges().empty() && reader.edges()[0].has_end();
        CHECK((!whole || first == "abcdef"));
    }
}

TEST_CASE("a changed byte costs its block and what comes behind it of that edge",
          "[recording][R46]") {
    const TemporaryFolder folder;
    const std::string all = small_recording(folder);
    for (std::size_t at = recording::kBeginning.size() + recording::kMarkSize; at < all.size();
         ++at) {
        std::string damaged = all;
        damaged[at] = static_cast<char>(damaged[at] ^ 0x20);
        const recording::Reader reader(folder.write("damaged.rec", damaged));
        CHECK(reader.damaged() > 0);
        CHECK(std::string("abcdef").starts_with(recorded_bytes(reader, 0)));
        CHECK(std::string("xyz").starts_with(recorded_bytes(reader, 1)));
    }
}

TEST_CASE("a torn block between others is passed over, even when it holds a recording",
          "[recording][R46]") {
    const TemporaryFolder folder;
    const std::string inner = small_recording(folder);
    const std::string path = folder.path("outer.rec");
    const Fd file(::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    recording::begin(file.get());
    const recording::Writer writer(file.get());
    writer.append({Sort::data, 0, 0, 0}, "good");
    writer.append({Sort::data, 1, 0, 0}, inner);
    REQUIRE(::ftruncate(file.get(), ::lseek(file.get(), 0, SEEK_END) - 5) == 0);
    writer.append({Sort::data, 0, 4, 0}, "more");
    writer.append({Sort::data, 1, inner.size(), 0}, "late");
    const recording::Reader reader(path);
    CHECK(recorded_bytes(reader, 0) == "goodmore");
    CHECK(recorded_bytes(reader, 1).empty());
    CHECK(reader.edges()[1].gap);
    CHECK(reader.damaged() == recording::kHeaderSize + inner.size() - 5);
}

TEST_CASE("what is no recording is refused", "[recording]") {
    const TemporaryFolder folder;
    CHECK_THROWS_WITH(recording::Reader(folder.write("x", "[[stage]]")),
                      Catch::Matchers::ContainsSubstring("is no recording"));
    CHECK_THROWS_WITH(recording::Reader(folder.path()),
                      Catch::Matchers::ContainsSubstring("is no recording"));
}
