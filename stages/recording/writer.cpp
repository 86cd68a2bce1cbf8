#include "stages/recording/writer.hpp"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "stages/base/error.hpp"
#include "stages/base/fd.hpp"

namespace pipectl::recording {

void begin(int file) {
    Mark mark{};
    if (::getrandom(mark.data(), mark.size(), 0) != static_cast<ssize_t>(mark.size())) {
        throw SystemError("cannot get random bytes", errno);
    }
    const std::string text = std::string(kBeginning) + std::string(mark.data(), mark.size());
    if (const int error = write_all(file, text); error != 0) {
        throw SystemError("cannot write the recording", error);
    }
}

Writer::Writer(int file) : file_(file) {
    const std::string path = "/proc/self/fd/" + std::to_string(file);
    const Fd again(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!again || ::pread(again.get(), mark_.data(), mark_.size(), kBeginning.size()) !=
                      static_cast<ssize_t>(mark_.size())) {
        throw SystemError("cannot read the recording", errno);
    }
}

void Writer::append(const Header& header, std::string_view content) const {
    HeaderBytes bytes = encode(mark_, header, content);
    iovec parts[2] = {{bytes.data(), bytes.size()},
                      {const_cast<char*>(content.data()), content.size()}};
    const auto size = static_cast<ssize_t>(bytes.size() + content.size());
    ssize_t written = 0;
    do {
        written = ::writev(file_, parts, content.empty() ? 1 : 2);
    } while (written < 0 && errno == EINTR);
    if (written != size) {
        throw SystemError("cannot write the recording", written < 0 ? errno : ENOSPC);
    }
}

}  // namespace pipectl::recording
