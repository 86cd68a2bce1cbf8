#include "orchestrator/files/rules.hpp"

#include <unistd.h>

namespace pipectl {
namespace {

bool is_open_to_others(const struct stat& folder) {
    return (folder.st_mode & (S_IWGRP | S_IWOTH)) != 0;
}

mode_t usual_mode() {
    const mode_t mask = ::umask(0);
    ::umask(mask);
    return 0666U & ~mask;
}

}  // namespace

bool may_touch(const struct stat& object, const struct stat& folder) noexcept {
    if ((folder.st_mode & S_ISVTX) == 0 || !is_open_to_others(folder)) {
        return true;
    }
    return object.st_uid == ::geteuid() || object.st_uid == folder.st_uid;
}

bool may_be_led(uid_t led_by, uid_t owner) noexcept {
    return led_by == 0 || led_by == ::geteuid() || owner != ::geteuid();
}

bool may_keep_owner(const struct stat& old, const struct stat& folder) noexcept {
    const uid_t us = ::geteuid();
    if (old.st_uid == us) {
        return true;
    }
    const bool sticky = (folder.st_mode & S_ISVTX) != 0;  // then may_touch() has been asked
    if (!sticky && (folder.st_mode & S_IWOTH) != 0) {
        return false;
    }
    return folder.st_uid == old.st_uid || folder.st_uid == us || folder.st_uid == 0;
}

mode_t mode_after(const struct stat& old) noexcept {
    constexpr mode_t kPermissions = 0777;
    if (old.st_uid == ::geteuid()) {
        return old.st_mode & kPermissions;
    }
    return old.st_mode & usual_mode();
}

}  // namespace pipectl
