#include "orchestrator/meter/elf_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cstring>

namespace pipectl {

namespace {

static_assert(sizeof(void*) == 8, "the other word size has other structures");

/// More than any linker makes, and little enough to read at once.
constexpr std::uint64_t kMostNames = std::uint64_t{16} << 20;
constexpr std::uint64_t kMostDynamic = std::uint64_t{64} << 10;

constexpr unsigned char kByteOrder =
    std::endian::native == std::endian::little ? ELFDATA2LSB : ELFDATA2MSB;

template <class Entry>
std::vector<Entry> entries_of(const std::string& content) {
    std::vector<Entry> entries(content.size() / sizeof(Entry));
    if (entries.empty()) {
        return entries;  // memcpy(3) takes no null pointer
    }
    std::memcpy(entries.data(), content.data(), entries.size() * sizeof(Entry));
    return entries;
}

}  // namespace

std::optional<ElfFile> ElfFile::open(const std::string& path) {
    ElfFile file(Fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)));
    if (!file.file_ || !file.read()) {
        return std::nullopt;
    }
    return file;
}

std::string ElfFile::content(std::uint64_t offset, std::uint64_t size) const {
    std::string text(size, '\0');
    const ssize_t got = ::pread(file_.get(), text.data(), size, static_cast<off_t>(offset));
    text.resize(got > 0 ? got : 0);
    return text;
}

bool ElfFile::read() {
    const auto header = entries_of<Elf64_Ehdr>(content(0, sizeof(Elf64_Ehdr)));
    if (header.empty() || std::memcmp(header[0].e_ident, ELFMAG, SELFMAG) != 0 ||
        header[0].e_ident[EI_CLASS] != ELFCLASS64 || header[0].e_ident[EI_DATA] != kByteOrder ||
        header[0].e_phentsize != sizeof(Elf64_Phdr)) {
        return false;
    }
    type_ = header[0].e_type;
    segments_ = entries_of<Elf64_Phdr>(
        content(header[0].e_phoff, std::uint64_t{header[0].e_phnum} * sizeof(Elf64_Phdr)));
    const Elf64_Phdr* const linking = segment(PT_DYNAMIC);
    if (linking == nullptr) {
        return true;
    }
    dynamic_ = entries_of<Elf64_Dyn>(
        content(linking->p_offset, std::min(linking->p_filesz, kMostDynamic)));
    const auto at = dynamic(DT_STRTAB);
    const auto size = dynamic(DT_STRSZ);
    if (!at || !size) {
        return true;
    }
    const auto loaded = std::ranges::find_if(segments_, [&](const Elf64_Phdr& segment) {
        return segment.p_type == PT_LOAD && *at >= segment.p_vaddr &&
               *at - segment.p_vaddr < segment.p_filesz;
    });
    if (loaded == segments_.end() || *size > kMostNames) {
        return false;
    }
    names_ = content(*at - loaded->p_vaddr + loaded->p_offset, *size);
    return true;
}

const Elf64_Phdr* ElfFile::segment(std::uint32_t type) const {
    const auto found = std::ranges::find(segments_, type, &Elf64_Phdr::p_type);
    return found == segments_.end() ? nullptr : &*found;
}

std::optional<std::uint64_t> ElfFile::dynamic(std::int64_t tag) const {
    const auto found = std::ranges::find(dynamic_, tag, &Elf64_Dyn::d_tag);
    return found == dynamic_.end() ? std::nullopt : std::optional(found->d_un.d_val);
}

std::vector<std::string> ElfFile::needed() const {
    std::vector<std::string> libraries;
    for (const Elf64_Dyn& entry : dynamic_) {
        if (entry.d_tag == DT_NEEDED && entry.d_un.d_val < names_.size()) {
            libraries.emplace_back(names_.c_str() + entry.d_un.d_val);
        }
    }
    return libraries;
}

bool ElfFile::has_name(std::string_view name) const {
    return names_.find(std::string(name) + '\0') != std::string::npos;
}

}  // namespace pipectl
