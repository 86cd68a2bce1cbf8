#pragma once

// What an ELF file says of itself: its segments, what it is linked with, the names of its symbols.
// elf(5).
//
// For files of this machine's word size and byte order. Nothing in a file is believed: it is read
// piece by piece, never mapped (who truncates a mapped file ends who looks at it), and what does
// not fit makes it no ELF file.

#include <elf.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "stages/base/fd.hpp"

namespace pipectl {

class ElfFile {
  public:
    /// Nothing when the file cannot be read or is none.
    static std::optional<ElfFile> open(const std::string& path);

    /// A shared library, or a program that is loaded at a random address.
    [[nodiscard]] bool is_position_independent() const { return type_ == ET_DYN; }
    [[nodiscard]] const std::vector<Elf64_Phdr>& segments() const { return segments_; }
    [[nodiscard]] const Elf64_Phdr* segment(std::uint32_t type) const;
    /// The value of a dynamic entry; nothing when there is none.
    [[nodiscard]] std::optional<std::uint64_t> dynamic(std::int64_t tag) const;
    [[nodiscard]] bool loads_libraries() const { return !needed().empty(); }
    /// The names of the libraries that it is linked with.
    [[nodiscard]] std::vector<std::string> needed() const;
    /// Whether a dynamic symbol, imported or exported, has this name or one that ends so: the
    /// linker lets a name stand for the end of a longer one.
    [[nodiscard]] bool has_name(std::string_view name) const;
    /// A part of the file, or all of it that is there.
    [[nodiscard]] std::string content(std::uint64_t offset, std::uint64_t size) const;

  private:
    explicit ElfFile(Fd file) : file_(std::move(file)) {}
    bool read();

    Fd file_;
    std::uint16_t type_ = ET_NONE;
    std::vector<Elf64_Phdr> segments_;
    std::vector<Elf64_Dyn> dynamic_;
    std::string names_;  ///< of the dynamic symbols, each with its NUL
};

}  // namespace pipectl
