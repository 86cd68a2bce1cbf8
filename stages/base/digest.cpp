#include "stages/base/digest.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace pipectl {

struct Digest::State {
    XXH3_state_t xxh3;
};

Digest::Digest() : state_(new State) {
    XXH3_64bits_reset(&state_->xxh3);
}

Digest::~Digest() = default;
Digest::Digest(Digest&&) noexcept = default;
Digest& Digest::operator=(Digest&&) noexcept = default;

void Digest::add(const char* data, std::size_t size) noexcept {
    XXH3_64bits_update(&state_->xxh3, data, size);
    length_ += size;
}

std::uint64_t Digest::value() const noexcept {
    return XXH3_64bits_digest(&state_->xxh3);
}

}  // namespace pipectl
