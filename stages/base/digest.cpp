#include "stages/base/digest.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cinttypes>
#include <cstdio>

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

struct Fingerprint::State {
    XXH3_state_t xxh3;
};

Fingerprint::Fingerprint() : state_(new State) {
    XXH3_128bits_reset(&state_->xxh3);
}

Fingerprint::~Fingerprint() = default;
Fingerprint::Fingerprint(Fingerprint&&) noexcept = default;
Fingerprint& Fingerprint::operator=(Fingerprint&&) noexcept = default;

Fingerprint& Fingerprint::add(std::string_view text) noexcept {
    add(static_cast<std::uint64_t>(text.size()));
    add_piece(text.data(), text.size());
    return *this;
}

Fingerprint& Fingerprint::add(std::uint64_t number) noexcept {
    XXH3_128bits_update(&state_->xxh3, &number, sizeof number);
    return *this;
}

void Fingerprint::add_piece(const char* data, std::size_t size) noexcept {
    XXH3_128bits_update(&state_->xxh3, data, size);
}

std::string Fingerprint::text() const {
    const XXH128_hash_t hash = XXH3_128bits_digest(&state_->xxh3);
    char text[33];
    std::snprintf(text, sizeof text, "%016" PRIx64 "%016" PRIx64, hash.high64, hash.low64);
    return static_cast<const char*>(text);
}

}  // namespace pipectl
