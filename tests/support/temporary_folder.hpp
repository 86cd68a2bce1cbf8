#pragma once

// A folder of a test's own. Removed with all that is in it when the test has passed so far; when an
// assertion has failed it stays and its path is printed.

#include <string>
#include <string_view>

namespace pipectl::test {

class TemporaryFolder {
  public:
    TemporaryFolder();
    ~TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;

    [[nodiscard]] const std::string& path() const { return path_; }
    /// The path of something in the folder.
    [[nodiscard]] std::string path(std::string_view name) const;

    /// Writes a file, makes it executable when the content starts with "#!", and returns its path.
    std::string write(std::string_view name, std::string_view content) const;
    /// The content of a file in the folder; fails the test when there is none.
    [[nodiscard]] std::string read(std::string_view name) const;
    [[nodiscard]] bool has(std::string_view name) const;

  private:
    std::string path_;
};

/// Whether an assertion of the test that is running has failed.
bool test_has_failed();

}  // namespace pipectl::test
