#define CATCH_CONFIG_EXTERNAL_INTERFACES  // version 2 shows its listeners only on request

#include "tests/support/temporary_folder.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "stages/base/error.hpp"
#include "tests/support/catch.hpp"

namespace pipectl::test {

namespace {

#if CATCH_VERSION_MAJOR >= 3
using ListenerBase = Catch::EventListenerBase;
using ListenerAnswer = void;
#else
using ListenerBase = Catch::TestEventListenerBase;
using ListenerAnswer = bool;
#endif

bool failed_so_far = false;

/// Notes a failed assertion: CHECK goes on without an exception.
struct FailureListener : ListenerBase {
    using ListenerBase::ListenerBase;

    void testCaseStarting(const Catch::TestCaseInfo&) override { failed_so_far = false; }

    ListenerAnswer assertionEnded(const Catch::AssertionStats& stats) override {
        failed_so_far = failed_so_far || !stats.assertionResult.isOk();
        return ListenerAnswer(true);
    }
};

CATCH_REGISTER_LISTENER(FailureListener)

}  // namespace

bool test_has_failed() {
    return failed_so_far || std::uncaught_exceptions() > 0;
}

TemporaryFolder::TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) {
        throw SystemError("cannot create folder '" + name + "'", errno);
    }
    path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
    if (test_has_failed()) {
        std::fprintf(stderr, "the test's folder is kept: %s\n", path_.c_str());
        return;
    }
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

std::string TemporaryFolder::path(std::string_view name) const {
    return path_ + "/" + std::string(name);
}

std::string TemporaryFolder::write(std::string_view name, std::string_view content) const {
    std::string file = path(name);
    std::ofstream(file, std::ios::binary) << content;
    if (content.starts_with("#!")) {
        ::chmod(file.c_str(), 0755);
    }
    return file;
}

std::string TemporaryFolder::read(std::string_view name) const {
    std::ifstream file(path(name), std::ios::binary);
    INFO("reading " << path(name));
    REQUIRE(file);
    std::ostringstream content;
    content << file.rdbuf();
    return content.str();
}

bool TemporaryFolder::has(std::string_view name) const {
    return std::filesystem::exists(std::filesystem::symlink_status(path(name)));
}

}  // namespace pipectl::test
