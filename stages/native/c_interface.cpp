// The C interface: the C++ one with errno instead of exceptions.

#include <cerrno>
#include <exception>
#include <string>

#include "stages/include/pipectl/stage.h"
#include "stages/include/pipectl/stage.hpp"

struct pipectl_input {
    pipectl::Input port;
};

struct pipectl_output {
    pipectl::Output port;
};

struct pipectl_region {
    pipectl::Region region;
};

namespace {

thread_local std::string last_error;

/// Runs it; on an exception sets errno and the text, and returns `failed`.
template <class Result, class Function>
Result guarded(Result failed, Function function) {
    try {
        return function();
    } catch (const std::system_error& error) {
        last_error = error.what();
        errno = error.code().value();
    } catch (const std::exception& error) {
        last_error = error.what();
        errno = ENOMEM;
    }
    return failed;
}

}  // namespace

extern "C" {

pipectl_input* pipectl_input_open(const char* port) {
    return guarded<pipectl_input*>(nullptr,
                                   [&] { return new pipectl_input{pipectl::Input(port)}; });
}

ssize_t pipectl_input_peek(pipectl_input* input, const void** bytes, int* ends_record) {
    return guarded<ssize_t>(-1, [&]() -> ssize_t {
        for (;;) {
            const auto piece = input->port.peek();
            if (ends_record != nullptr) *ends_record = piece && piece->ends_record ? 1 : 0;
            *bytes = piece ? piece->bytes.data() : nullptr;
            // 0 means the end to those who do not ask for records
            if (piece && piece->bytes.empty() && ends_record == nullptr) {
                input->port.release(0);
                continue;
            }
            return piece ? static_cast<ssize_t>(piece->bytes.size()) : 0;
        }
    });
}

void pipectl_input_release(pipectl_input* input, size_t size) {
    guarded(0, [&] {
        input->port.release(size);
        return 0;
    });
}

ssize_t pipectl_input_read(pipectl_input* input, void* buffer, size_t size) {
    return guarded<ssize_t>(-1, [&] {
        return static_cast<ssize_t>(input->port.read({static_cast<char*>(buffer), size}));
    });
}

void pipectl_input_close(pipectl_input* input) {
    delete input;
}

pipectl_output* pipectl_output_open(const char* port) {
    return guarded<pipectl_output*>(nullptr,
                                    [&] { return new pipectl_output{pipectl::Output(port)}; });
}

void* pipectl_output_reserve(pipectl_output* output, size_t wanted, size_t* size) {
    return guarded<void*>(nullptr, [&]() -> void* {
        const auto room = output->port.reserve(wanted);
        *size = room.size();
        return room.data();
    });
}

int pipectl_output_commit(pipectl_output* output, size_t size, int ends_record) {
    return guarded(-1, [&] {
        output->port.commit(size, ends_record != 0);
        return 0;
    });
}

int pipectl_output_write(pipectl_output* output, const void* bytes, size_t size, int ends_record) {
    return guarded(-1, [&] {
        output->port.write({static_cast<const char*>(bytes), size}, ends_record != 0);
        return 0;
    });
}

int pipectl_output_finish(pipectl_output* output) {
    const int result = guarded(-1, [&] {
        output->port.finish();
        return 0;
    });
    const int error = errno;
    delete output;
    errno = error;
    return result;
}

void pipectl_output_abandon(pipectl_output* output) {
    delete output;
}

pipectl_region* pipectl_region_open(const char* name) {
    return guarded<pipectl_region*>(nullptr,
                                    [&] { return new pipectl_region{pipectl::Region(name)}; });
}

void* pipectl_region_bytes(pipectl_region* region, size_t* size) {
    const auto bytes = region->region.bytes();
    if (size != nullptr) *size = bytes.size();
    return bytes.data();
}

int pipectl_region_lock(pipectl_region* region) {
    return guarded(-1, [&] { return region->region.lock() ? 0 : 1; });
}

int pipectl_region_unlock(pipectl_region* region) {
    return guarded(-1, [&] {
        region->region.unlock();
        return 0;
    });
}

void pipectl_region_close(pipectl_region* region) {
    delete region;
}

const char* pipectl_error(void) {
    return last_error.c_str();
}

}  // extern "C"
