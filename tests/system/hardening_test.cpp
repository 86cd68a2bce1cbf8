// Reads the programs that users run: what compiler and linker offer against mistakes in memory is
// in them.

#include <filesystem>

#include "orchestrator/meter/elf_file.hpp"
#include "tests/support/catch.hpp"

using namespace pipectl;

namespace {

#ifdef PIPECTL_HARDENED

/// How often these bytes stand in what may be executed.
int count_in_code(const ElfFile& file, std::string_view bytes) {
    int count = 0;
    for (const Elf64_Phdr& segment : file.segments()) {
        if (segment.p_type != PT_LOAD || (segment.p_flags & PF_X) == 0) {
            continue;
        }
        const std::string code = file.content(segment.p_offset, segment.p_filesz);
        for (auto at = code.find(bytes); at != std::string::npos; at = code.find(bytes, at + 1)) {
            ++count;
        }
    }
    return count;
}

ElfFile opened(const std::string& path) {
    auto file = ElfFile::open(path);
    INFO(path);
    REQUIRE(file);
    return std::move(*file);
}

#endif

}  // namespace

TEST_CASE("the programs are hardened, and so is the library for native stages") {
#ifndef PIPECTL_HARDENED
    WARN("SKIPPED: only optimised builds without sanitizers are hardened");
#else
    for (const char* path :
         {PIPECTL_BINARY, HELPER_BINARY, NET_BINARY, HISTORY_BINARY, STAGE_LIBRARY}) {
        const ElfFile file = opened(path);
        INFO(path);
        CHECK(file.is_position_independent());
        CHECK(file.segment(PT_GNU_RELRO) != nullptr);
        // all addresses are settled before main(), and then nobody can change them
        CHECK((file.dynamic(DT_FLAGS_1).value_or(0) & DF_1_NOW) != 0);
        const Elf64_Phdr* const stack = file.segment(PT_GNU_STACK);
        REQUIRE(stack != nullptr);
        CHECK((stack->p_flags & PF_X) == 0);
        for (const Elf64_Phdr& segment : file.segments()) {
            CHECK(
                (segment.p_type != PT_LOAD || (segment.p_flags & (PF_W | PF_X)) != (PF_W | PF_X)));
        }
    }
    // a static program has the C library's own names in it, a shared library only what it calls
    const ElfFile library = opened(STAGE_LIBRARY);
    CHECK(library.has_name("__stack_chk_fail"));
    // in the table of symbols that a debugger reads; without the checks nothing refers to it
    const std::string program = opened(PIPECTL_BINARY).content(0, std::uint64_t{64} << 20);
    CHECK(program.find("__snprintf_chk") != std::string::npos);
#ifdef __x86_64__
    // endbr64, where a jump by an address may arrive; the touch of each page of a large stack frame
    CHECK(count_in_code(library, "\xf3\x0f\x1e\xfa") > 100);
    CHECK(count_in_code(opened(HELPER_BINARY), std::string_view("\x48\x83\x0c\x24\x00", 5)) > 0);
#endif
#endif
}

TEST_CASE("only the program that speaks net has TLS in it") {
    const auto has_tls = [](const char* path) {
        const auto file = ElfFile::open(path);
        REQUIRE(file);
        const std::string content = file->content(0, std::filesystem::file_size(path));
        return content.find("TLS_AES_128_GCM_SHA256") != std::string::npos;
    };
    CHECK(has_tls(NET_BINARY));
    for (const char* path : {PIPECTL_BINARY, HELPER_BINARY, HISTORY_BINARY, STAGE_LIBRARY}) {
        INFO(path);
        CHECK_FALSE(has_tls(path));
    }
}
