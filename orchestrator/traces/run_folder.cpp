#include "orchestrator/traces/run_folder.hpp"

#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <utility>

#include "stages/base/error.hpp"
#include "stages/base/private_folder.hpp"
#include "stages/objects/fifo_object.hpp"
#include "stages/objects/region_object.hpp"
#include "stages/objects/run_remains.hpp"
#include "stages/objects/spool.hpp"
#include "stages/objects/sysv_object.hpp"

namespace pipectl {

namespace {

std::string base_folder() {
    std::string runtime = runtime_folder();
    if (!runtime.empty() && channel::takes_files(runtime)) return runtime;
    const std::vector<std::string> places = shared_run_places();
    const auto usable = std::ranges::find_if(places, channel::takes_files);
    return usable == places.end() ? places.front() : *usable;
}

}  // namespace

std::vector<std::string> shared_run_places() {
    std::vector<std::string> places;
    const char* const temporary = std::getenv("TMPDIR");
    if (temporary != nullptr && temporary[0] == '/') places.emplace_back(temporary);
    // the others where a machine has made /tmp read-only
    places.insert(places.end(), {"/tmp", "/dev/shm", "/var/tmp"});
    return places;
}

std::string make_run_id() {
    unsigned char random[16];
    if (::getrandom(random, sizeof random, 0) != static_cast<ssize_t>(sizeof random)) {
        throw SystemError("cannot get random bytes", errno);
    }
    std::string id;
    for (const unsigned char byte : random) {
        constexpr char kDigits[] = "0123456789abcdef";
        id += kDigits[byte >> 4];
        id += kDigits[byte & 15];
    }
    return id;
}

std::string run_folder_path(const std::string& run_id) {
    return base_folder() + "/pipectl." + run_id;
}

RunFolder::RunFolder(std::string run_id, Ledger& ledger)
    : run_id_(std::move(run_id)), ledger_(ledger) {}

const std::string& RunFolder::path() {
    if (path_.empty()) {
        const std::string path = run_folder_path(run_id_);
        ledger_.add(path);
        try {
            lock_ = channel::make_owned_folder(path);
        } catch (...) {
            ledger_.remove(path);
            throw;
        }
        path_ = path;
        if (will_list_) make_list();
    }
    return path_;
}

void RunFolder::make_list() {
    ledger_.add(channel::object_list_path(path_));
    list_ = channel::open_object_list(path_);
}

void RunFolder::will_create(const std::string& path) {
    ledger_.add(path);
    if (channel::is_sysv_name(path) || channel::is_fifo_name(path) ||
        channel::is_region_name(path)) {
        (void)this->path();
        if (!list_) make_list();
        channel::list_object(list_.get(), path);
    }
}

void RunFolder::removed(const std::string& path) {
    ledger_.remove(path);
}

void RunFolder::close() noexcept {
    if (!path_.empty() && (::rmdir(path_.c_str()) == 0 || errno == ENOENT)) {
        ledger_.remove(path_);
        path_.clear();
        lock_.reset();
        list_.reset();
    }
}

}  // namespace pipectl
