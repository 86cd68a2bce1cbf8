#include "tests/support/own_world.hpp"

#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "orchestrator/process/cgroup.hpp"

namespace pipectl::test {

namespace {

namespace fs = std::filesystem;

bool mount_memory(const std::string& folder, const char* options) {
    return ::mount("none", folder.c_str(), "tmpfs", 0, options) == 0;
}

bool others_may_enter(const fs::path& folder) {
    struct stat status {};
    return ::stat(folder.c_str(), &status) == 0 && (status.st_mode & S_IXOTH) != 0;
}

/// Tests become other users, who must get at the programs in the checkout: a folder above it that
/// they may not enter (/root, a home folder) is open to them in our view of it.
void open_folders_above(const fs::path& programs) {
    fs::path folder;
    bool covered = false;
    for (const fs::path& part : programs) {
        folder /= part;
        if (others_may_enter(folder)) continue;
        if (!covered) {
            std::string layers = "/tmp/pipectl-test-layers.XXXXXX";
            if (::mkdtemp(layers.data()) == nullptr) return;
            const bool ready = mount_memory(layers, "mode=0755");
            if (ready) {
                fs::create_directory(layers + "/upper");
                fs::create_directory(layers + "/work");
                const std::string options = "lowerdir=" + folder.string() + ",upperdir=" + layers +
                                            "/upper,workdir=" + layers + "/work";
                covered = ::mount("none", folder.c_str(), "overlay", 0, options.c_str()) == 0;
                ::umount2(layers.c_str(), MNT_DETACH);
            }
            ::rmdir(layers.c_str());
            if (!covered) return;
        }
        ::chmod(folder.c_str(), 0755);
    }
}

/// A control group below the one we are in; left and removed at the end of the process.
class OwnGroup {
  public:
    OwnGroup() : above_(Cgroup::own_folder()) {
        path_ = above_ + "/pipectl-test." + std::to_string(::getpid());
        std::error_code error;
        if (above_.empty() || !fs::create_directory(path_, error) || !join(path_)) path_.clear();
    }
    ~OwnGroup() {
        if (path_.empty() || !join(above_)) return;
        // what was killed takes a moment to leave it
        for (int tries = 0; tries < kMostTries && ::rmdir(path_.c_str()) != 0; ++tries) {
            ::usleep(5000);
        }
    }
    OwnGroup(const OwnGroup&) = delete;
    OwnGroup& operator=(const OwnGroup&) = delete;

  private:
    static constexpr int kMostTries = 200;

    static bool join(const std::string& folder) {
        std::ofstream list(folder + "/cgroup.procs");
        list << ::getpid() << std::flush;
        return list.good();
    }

    std::string above_;
    std::string path_;
};

bool enter() {
    if (::geteuid() != 0 || ::unshare(CLONE_NEWNS | CLONE_NEWIPC) != 0 ||
        ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        !mount_memory("/dev/shm", "mode=1777")) {
        return false;
    }
    ::mount("none", "/dev/mqueue", "mqueue", 0, nullptr);  // where it is mounted at all
    open_folders_above(fs::path(PIPECTL_BINARY).parent_path());
    static const OwnGroup group;
    return true;
}

}  // namespace

bool enter_own_world() {
    static const bool entered = enter();
    return entered;
}

}  // namespace pipectl::test
