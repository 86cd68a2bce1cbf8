#include "stages/net/compression.hpp"

#include <zstd.h>

#include <cerrno>
#include <string>

#include "stages/base/error.hpp"

namespace pipectl::channel {

namespace {

constexpr int kLevel = 1;
constexpr int kWindowLog = 19;  // what level 1 uses for a stream of unknown length

}  // namespace

struct Compressor::State {
    struct Free {
        void operator()(ZSTD_CCtx* freed) const { ZSTD_freeCCtx(freed); }
    };
    std::unique_ptr<ZSTD_CCtx, Free> context{ZSTD_createCCtx()};
};

struct Decompressor::State {
    struct Free {
        void operator()(ZSTD_DCtx* freed) const { ZSTD_freeDCtx(freed); }
    };
    std::unique_ptr<ZSTD_DCtx, Free> context{ZSTD_createDCtx()};
};

Compressor::Compressor() : state_(std::make_unique<State>()) {
    ZSTD_CCtx* const context = state_->context.get();
    if (context == nullptr ||
        ZSTD_isError(ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, kLevel)) != 0 ||
        ZSTD_isError(ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, kWindowLog)) != 0) {
        throw SystemError("cannot set up zstd", ENOMEM);
    }
}

Compressor::~Compressor() = default;

std::size_t Compressor::longest(std::size_t size) {
    constexpr std::size_t kFlushes = 64;  // a frame's head, and the blocks that flushing ends early
    return ZSTD_compressBound(size) + kFlushes;
}

std::span<const char> Compressor::add(std::span<const char> message) {
    room_.resize(std::max(room_.size(), longest(message.size())));
    ZSTD_inBuffer in{message.data(), message.size(), 0};
    ZSTD_outBuffer out{room_.data(), room_.size(), 0};
    const std::size_t left = ZSTD_compressStream2(state_->context.get(), &out, &in, ZSTD_e_flush);
    if (left != 0) {  // an error, or more than can be
        throw SystemError("cannot compress: " + std::string(ZSTD_getErrorName(left)), EPROTO);
    }
    return std::span<const char>(room_).first(out.pos);
}

Decompressor::Decompressor() : state_(std::make_unique<State>()) {
    ZSTD_DCtx* const context = state_->context.get();
    if (context == nullptr ||
        ZSTD_isError(ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, kWindowLog)) != 0) {
        throw SystemError("cannot set up zstd", ENOMEM);
    }
}

Decompressor::~Decompressor() = default;

std::size_t Decompressor::add(std::span<const char> compressed, std::span<char> room) {
    ZSTD_inBuffer in{compressed.data(), compressed.size(), 0};
    ZSTD_outBuffer out{room.data(), room.size(), 0};
    for (;;) {
        const std::size_t before = in.pos + out.pos;
        const std::size_t hint = ZSTD_decompressStream(state_->context.get(), &out, &in);
        if (ZSTD_isError(hint) != 0) {
            throw SystemError(
                "the channel is corrupt (" + std::string(ZSTD_getErrorName(hint)) + ")", EBADMSG);
        }
        // it may hold back what there was no room for
        if (in.pos == in.size && out.pos < out.size) return out.pos;
        if (in.pos + out.pos == before) break;
    }
    if (in.pos == in.size) return out.pos;
    throw SystemError("the channel is corrupt: a message is too long", EBADMSG);
}

}  // namespace pipectl::channel
