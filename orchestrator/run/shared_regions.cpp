#include "orchestrator/run/shared_regions.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "stages/base/error.hpp"
#include "stages/base/region_layout.hpp"
#include "stages/base/units.hpp"
#include "stages/objects/object_name.hpp"
#include "stages/objects/region_object.hpp"
#include "stages/objects/spool.hpp"
#include "stages/objects/sysv_object.hpp"

namespace pipectl {

namespace {

/// Beyond what any file can be.
constexpr std::uint64_t kLargest = std::uint64_t{1} << 62U;

std::string what_failed(const SharedRegion& region) {
    return "cannot make the shared region '" + region.name + "' of " + format_size(region.size);
}

}  // namespace

SharedRegions::SharedRegions(const Plan& plan, const Preflight& preflight,
                             channel::PrivateFolder& folder)
    : plan_(plan), preflight_(preflight), folder_(folder) {}

void SharedRegions::make() {
    for (const SharedRegion& region : plan_.shared) {
        if (region.size > kLargest) throw SystemError(what_failed(region), EFBIG);
        if (region.kind == SharedRegion::Kind::sysv_shm) {
            make_segment(region);
        } else {
            make_file(region);
        }
    }
}

void SharedRegions::make_file(const SharedRegion& region) {
    const bool memory_alone = region.kind == SharedRegion::Kind::shm;
    const std::string place = memory_alone ? "/dev/shm" : channel::spool_folder();
    const std::string path = place + "/" + channel::make_object_name();
    folder_.will_create(channel::region_name(path));
    Fd file(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                   S_IRUSR | S_IWUSR));
    if (!file || ::fchmod(file.get(), S_IRUSR | S_IWUSR) != 0) {
        throw SystemError(what_failed(region) + " in '" + place + "'", errno);
    }
    const std::size_t total = region_total(region.size);
    if (const int error = ::posix_fallocate(file.get(), 0, static_cast<off_t>(total)); error != 0) {
        throw SystemError(what_failed(region) + " in '" + place + "'", error,
                          memory_alone ? "'df /dev/shm' shows what is free there"
                                       : "$TMPDIR says where it is put");
    }
    void* const memory = ::mmap(nullptr, total, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
    if (memory == MAP_FAILED) {
        throw SystemError(what_failed(region), errno);
    }
    try {
        fill(region, memory);
    } catch (...) {
        ::munmap(memory, total);
        throw;
    }
    ::munmap(memory, total);
    where_.push_back(path);
    open_.push_back(std::move(file));
}

void SharedRegions::make_segment(const SharedRegion& region) {
    const std::size_t total = region_total(region.size);
    (void)folder_.path();
    const int id = ::shmget(IPC_PRIVATE, total, IPC_CREAT | S_IRUSR | S_IWUSR);
    if (id < 0) {
        throw SystemError(what_failed(region), errno,
                          "the limits are in /proc/sys/kernel/shmmax and shmall");
    }
    folder_.will_create(channel::sysv_name(channel::SysvKind::segment, id));
    void* const memory = ::shmat(id, nullptr, 0);
    if (memory == reinterpret_cast<void*>(-1)) {
        throw SystemError(what_failed(region), errno);
    }
    try {
        fill(region, memory);
    } catch (...) {
        ::shmdt(memory);
        throw;
    }
    ::shmdt(memory);
    where_.push_back(std::to_string(id));
}

void SharedRegions::fill(const SharedRegion& region, void* memory) const {
    if (const int error = make_region_control(memory, region.size); error != 0) {
        throw SystemError(what_failed(region), error);
    }
    if (region.init < 0) return;
    const int file = preflight_.inputs[region.init].get();
    const std::string& path = plan_.inputs[region.init].path;
    struct stat status {};
    if (::fstat(file, &status) == 0 && S_ISREG(status.st_mode) &&
        static_cast<std::uint64_t>(status.st_size) > region.size) {
        throw SystemError("'" + path + "' has " + std::to_string(status.st_size) +
                              " bytes, and the shared region '" + region.name +
                              "' that begins as it " + std::to_string(region.size),
                          EFBIG, "give the region a larger `size`");
    }
    auto* at = static_cast<char*>(memory);
    std::uint64_t left = region.size;
    while (left > 0) {
        const ssize_t got = ::read(file, at, left);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) throw SystemError("cannot read '" + path + "'", errno);
        if (got == 0) break;
        at += got;
        left -= static_cast<std::uint64_t>(got);
    }
}

std::vector<RegionWord> SharedRegions::replica_numbers_of(const Process& process) const {
    std::vector<RegionWord> numbers;
    for (const RegionWord& each : process.region_words) {
        if (each.region == kReplicaNumber) {
            numbers.push_back(each);
            continue;
        }
        for (RegionWord& behind : numbers) {  // from the right: what is there is behind this one
            if (behind.word == each.word && behind.variable == each.variable) {
                behind.at += where_[each.region].size();
            }
        }
    }
    return numbers;
}

void SharedRegions::name_in(const Process& process, std::vector<std::string>& argv,
                            std::vector<std::pair<std::string, std::string>>& env) const {
    for (const RegionWord& each : process.region_words) {
        if (each.region == kReplicaNumber) continue;
        if (each.word >= 0) {
            argv[each.word].insert(each.at, where_[each.region]);
            continue;
        }
        for (auto& [name, value] : env) {
            if (name == each.variable) value.insert(each.at, where_[each.region]);
        }
    }
    for (std::size_t i = 0; i < where_.size(); ++i) {
        std::string name = "PIPECTL_SHARED_" + plan_.shared[i].name;
        std::replace(name.begin(), name.end(), '-', '_');
        env.emplace_back(std::move(name), where_[i]);
    }
}

}  // namespace pipectl
