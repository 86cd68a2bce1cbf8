#pragma once

// A folder of a test's own, which channels may use as a run's private folder: it knows which names
// were announced and not taken back, and is removed with all that is in it.

#include <algorithm>
#include <filesystem>
#include <set>
#include <string>

#include "stages/base/error.hpp"
#include "stages/channel/kind.hpp"
#include "stages/objects/fifo_object.hpp"
#include "stages/objects/queue_object.hpp"
#include "stages/objects/sysv_object.hpp"

namespace pipectl::test {

class TestFolder : public channel::PrivateFolder {
  public:
    TestFolder() : path_("/tmp/pipectl-test.XXXXXX") {
        if (::mkdtemp(path_.data()) == nullptr) throw SystemError("cannot make a folder", errno);
    }
    TestFolder(const TestFolder&) = delete;
    TestFolder& operator=(const TestFolder&) = delete;
    ~TestFolder() override {
        for (const std::string& name : pending_) {
            (void)(channel::remove_sysv(name) || channel::remove_queue(name) ||
                   channel::remove_fifo(name));
        }
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    const std::string& path() override { return path_; }
    void will_create(const std::string& name) override { pending_.insert(name); }
    void removed(const std::string& name) override { pending_.erase(name); }

    /// Nothing was left behind, but for System V objects: whoever runs the plan removes those.
    [[nodiscard]] bool clean() const {
        return std::ranges::all_of(pending_,
                                   [](const auto& name) { return name.starts_with("sysv:"); }) &&
               std::filesystem::is_empty(path_);
    }

  private:
    std::string path_;
    std::set<std::string> pending_;
};

}  // namespace pipectl::test
