#pragma once

// Tells when one of some files has changed, been replaced, made or removed; inotify(7).
//
// The folders are watched, by which a file is seen that comes under another's name. Nothing is lost
// between two looks: what happens in between waits in the kernel. Writing through a mapping is not
// told by inotify.

#include <map>
#include <set>
#include <string>

#include "stages/base/fd.hpp"

namespace pipectl {

class InputWatch {
  public:
    /// Throws SystemError.
    InputWatch();

    /// Watches these paths, and from now on no others; of a folder, all that is in it. A path that
    /// is not there is watched where it would appear. Throws SystemError.
    void watch(const std::set<std::string>& paths);

    [[nodiscard]] int fd() const { return inotify_.get(); }
    /// Takes what has happened; never waits. The name of the last file that changed, or empty.
    std::string take();

  private:
    void add(const std::string& path);
    void add_place(const std::string& folder, const std::string& name);

    struct Place {
        std::string folder;
        std::set<std::string> names;  ///< that count
        bool all = false;
    };
    Fd inotify_;
    std::map<int, Place> places_;  ///< by watch descriptor
    std::map<int, Place> old_;     ///< of the paths before
};

}  // namespace pipectl
