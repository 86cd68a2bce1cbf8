#pragma once

// What the tests of output files share: a folder, files in it, and outputs of each sort.

#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "orchestrator/files/outputs.hpp"
#include "stages/base/fd.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/files.hpp"
#include "tests/support/users.hpp"

namespace pipectl::test {

namespace fs = std::filesystem;

inline const std::string kRun = "0123abcd";

/// A folder of a test's own, removed at its end; on request a small file system of its own.
struct Folder {
    Folder() {
        char name[] = "/tmp/pipectl-outputs-XXXXXX";
        path = ::mkdtemp(name);
    }
    ~Folder() {
        if (mounted) ::umount2(path.c_str(), MNT_DETACH);
        std::error_code ignored;
        fs::remove_all(path, ignored);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    std::string operator/(const std::string& name) const { return path + "/" + name; }

    bool mount_small() {
        mounted = ::mount("none", path.c_str(), "tmpfs", 0, "size=1m") == 0;
        return mounted;
    }

    [[nodiscard]] std::size_t count() const {
        return static_cast<std::size_t>(
            std::distance(fs::directory_iterator(path), fs::directory_iterator()));
    }

    std::string path;
    bool mounted = false;
};

inline void write_file(const std::string& path, const std::string& text) {
    std::ofstream(path, std::ios::binary) << text;
}

inline std::string content(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream all;
    all << file.rdbuf();
    return all.str();
}

inline OutputRequest output(const std::string& path) {
    OutputRequest file;
    file.path = path;
    return file;
}

inline OutputRequest appended(const std::string& path) {
    auto file = output(path);
    file.append = true;
    return file;
}

inline OutputRequest in_place(const std::string& path) {
    auto file = output(path);
    file.atomic = false;
    return file;
}

inline void put(const OutputSet& set, std::size_t i, const std::string& text) {
    REQUIRE(pipectl::write_all(set.descriptor(i), text) == 0);
}

inline std::string message_of(const std::vector<OutputRequest>& outputs) {
    try {
        OutputSet::open(outputs, kRun);
    } catch (const OutputError& error) {
        std::string text;
        for (const auto& failure : error.failures()) {
            text += (text.empty() ? "" : "\n") + failure.message +
                    (failure.hint.empty() ? "" : " (" + failure.hint + ")");
        }
        return text;
    }
    return "no error";
}

inline bool all_replaced(const std::vector<pipectl::OutputResult>& results) {
    bool good = true;
    for (const auto& result : results) {
        INFO(result.error);
        CHECK(result.error.empty());
        good = good && result.replaced;
    }
    return good;
}

}  // namespace pipectl::test
