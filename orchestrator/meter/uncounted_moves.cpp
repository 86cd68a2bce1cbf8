#include "orchestrator/meter/uncounted_moves.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "orchestrator/meter/elf_file.hpp"

namespace pipectl {

namespace {

using namespace std::string_view_literals;

constexpr std::array kCalls = {"splice"sv, "vmsplice"sv, "tee"sv, "syscall"sv};
constexpr std::array kSocketCalls = {"send"sv,       "sendto"sv,        "sendmsg"sv, "sendmmsg"sv,
                                     "recv"sv,       "recvfrom"sv,      "recvmsg"sv, "recvmmsg"sv,
                                     "__recv_chk"sv, "__recvfrom_chk"sv};

/// Libraries that move no bytes between descriptors by themselves, up to the "." of ".so".
constexpr std::array kHarmless = {
    "ld-linux-x86-64"sv, "libacl"sv,     "libattr"sv, "libbz2"sv,     "libc"sv,       "libcap"sv,
    "libcrypt"sv,        "libcrypto"sv,  "libdl"sv,   "libgcc_s"sv,   "libgmp"sv,     "libjq"sv,
    "liblz4"sv,          "liblzma"sv,    "libm"sv,    "libmpfr"sv,    "libonig"sv,    "libpcre"sv,
    "libpcre2-8"sv,      "libpthread"sv, "librt"sv,   "libselinux"sv, "libsigsegv"sv, "libstdc++"sv,
    "libtinfo"sv,        "libz"sv,       "libzstd"sv, "libreadline"sv};

/// What splices, but to nowhere: grep does so with the rest of an input that it has seen enough of.
constexpr std::array kSpliceTheirInputOnly = {"grep"sv};

template <class Names>
bool has_any(const ElfFile& file, const Names& names) {
    return std::ranges::any_of(names, [&](std::string_view name) { return file.has_name(name); });
}

bool is_harmless(const std::string& library) {
    return std::ranges::find(kHarmless, std::string_view(library).substr(0, library.find('.'))) !=
           kHarmless.end();
}

}  // namespace

UncountedMoves uncounted_moves_of(const std::string& program, bool sockets) {
    const auto file = ElfFile::open(program);
    if (!file || !file->loads_libraries() || !std::ranges::all_of(file->needed(), is_harmless) ||
        (sockets && has_any(*file, kSocketCalls))) {
        return {};
    }
    if (!has_any(*file, kCalls)) {
        return {false, false};
    }
    const std::string_view name = std::string_view(program).substr(program.rfind('/') + 1);
    return {true, std::ranges::find(kSpliceTheirInputOnly, name) == kSpliceTheirInputOnly.end()};
}

}  // namespace pipectl
