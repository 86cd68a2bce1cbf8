#include "stages/net/tls.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <array>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

#include "stages/base/error.hpp"

namespace pipectl::channel {

namespace {

constexpr const char* kSuite = "TLS_AES_128_GCM_SHA256";
constexpr unsigned char kSuiteNumber[] = {0x13, 0x01};  // RFC 8446, appendix B.4
constexpr const char* kGroups = "X25519:P-256";
constexpr std::string_view kPurpose = "pipectl net 1\n";  // another protocol has other keys
constexpr std::string_view kIdentity = "pipectl";         // goes in clear, and says nothing
constexpr std::size_t kKeySize = 32;
constexpr std::size_t kReadAhead = std::size_t{128} << 10;
/// AES-GCM may encrypt 2^24.5 records with a key (RFC 8446, section 5.5), of 16 KiB each or less.
constexpr std::uint64_t kRecordsPerKey = std::uint64_t{1} << 23;
constexpr std::size_t kRecord = 16 << 10;

using Key = std::array<unsigned char, kKeySize>;

template <auto Free>
struct Freed {
    template <class T>
    void operator()(T* what) const {
        Free(what);
    }
};
using Context = std::unique_ptr<SSL_CTX, Freed<SSL_CTX_free>>;
using Connection = std::unique_ptr<SSL, Freed<SSL_free>>;

/// The first reason on OpenSSL's list, which is emptied.
std::string reason() {
    const unsigned long code = ERR_get_error();
    const char* const text = ERR_reason_error_string(code);
    ERR_clear_error();
    return text != nullptr ? text : "no reason was given";
}

[[noreturn]] void fail_library(const char* what) {
    throw SystemError("cannot " + std::string(what) + ": " + reason(), EPROTO);
}

/// RFC 5869.
Key derive_key(std::span<const char> secret, std::string_view context) {
    const std::unique_ptr<EVP_KDF, Freed<EVP_KDF_free>> kdf(
        EVP_KDF_fetch(nullptr, OSSL_KDF_NAME_HKDF, nullptr));
    const std::unique_ptr<EVP_KDF_CTX, Freed<EVP_KDF_CTX_free>> state(
        kdf ? EVP_KDF_CTX_new(kdf.get()) : nullptr);
    std::string info(kPurpose);
    info += context;
    std::string hash = "SHA256";
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, hash.data(), hash.size()),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, const_cast<char*>(secret.data()),
                                          secret.size()),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info.data(), info.size()),
        OSSL_PARAM_construct_end()};
    Key key{};
    if (!state || EVP_KDF_derive(state.get(), key.data(), key.size(), parameters) != 1) {
        fail_library("make a channel's key");
    }
    return key;
}

}  // namespace

/// Lies between OpenSSL and the socket, as its BIO: records are gathered in memory and go out
/// together, instead of in a system call each.
struct TlsStream::State {
    Fd socket;
    Key key{};
    std::vector<char> out;
    std::size_t sent = 0;  ///< of `out`
    bool at_end = false;   ///< the peer says no more, or the connection was lost
    std::uint64_t records = 0;
    Context context;
    Connection connection;  ///< last: it may still use the others when it goes

    State(Fd taken, const Key& made) : socket(std::move(taken)), key(made) {}
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() { OPENSSL_cleanse(key.data(), key.size()); }

    [[nodiscard]] SSL* ssl() const { return connection.get(); }
    [[nodiscard]] SSL_SESSION* session() const;

    static int put(BIO* bio, const char* bytes, int size);
    static int get(BIO* bio, char* room, int size);
    static long control(BIO* bio, int command, long number, void* what);
    static BIO_METHOD* method();

    static int offer_key(SSL* ssl, const EVP_MD* hash, const unsigned char** identity,
                         std::size_t* size, SSL_SESSION** session);
    static int find_key(SSL* ssl, const unsigned char* identity, std::size_t size,
                        SSL_SESSION** session);
};

int TlsStream::State::put(BIO* bio, const char* bytes, int size) {
    auto* const state = static_cast<State*>(BIO_get_data(bio));
    state->out.insert(state->out.end(), bytes, bytes + size);
    return size;
}

int TlsStream::State::get(BIO* bio, char* room, int size) {
    auto* const state = static_cast<State*>(BIO_get_data(bio));
    BIO_clear_retry_flags(bio);
    ssize_t got = 0;
    do {
        got = ::recv(state->socket.get(), room, static_cast<std::size_t>(size), MSG_DONTWAIT);
    } while (got < 0 && errno == EINTR);
    if (got < 0 && errno == EAGAIN) {
        BIO_set_retry_read(bio);
        return -1;
    }
    state->at_end = got <= 0;
    return static_cast<int>(got);
}

long TlsStream::State::control(BIO* /*bio*/, int command, long /*number*/, void* /*what*/) {
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

BIO_METHOD* TlsStream::State::method() {
    static BIO_METHOD* const method = [] {
        BIO_METHOD* const made = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "pipectl");
        BIO_meth_set_write(made, put);
        BIO_meth_set_read(made, get);
        BIO_meth_set_ctrl(made, control);
        return made;
    }();
    return method;
}

/// The key as OpenSSL wants to be given one: a session that never was.
SSL_SESSION* TlsStream::State::session() const {
    std::unique_ptr<SSL_SESSION, Freed<SSL_SESSION_free>> made(SSL_SESSION_new());
    const SSL_CIPHER* const suite = SSL_CIPHER_find(ssl(), kSuiteNumber);
    const bool whole = made && suite != nullptr &&
                       SSL_SESSION_set1_master_key(made.get(), key.data(), key.size()) == 1 &&
                       SSL_SESSION_set_cipher(made.get(), suite) == 1 &&
                       SSL_SESSION_set_protocol_version(made.get(), TLS1_3_VERSION) == 1;
    return whole ? made.release() : nullptr;
}

int TlsStream::State::offer_key(SSL* ssl, const EVP_MD* /*hash*/, const unsigned char** identity,
                                std::size_t* size, SSL_SESSION** session) {
    *session = static_cast<State*>(SSL_get_app_data(ssl))->session();
    *identity = reinterpret_cast<const unsigned char*>(kIdentity.data());
    *size = kIdentity.size();
    return *session != nullptr ? 1 : 0;
}

int TlsStream::State::find_key(SSL* ssl, const unsigned char* identity, std::size_t size,
                               SSL_SESSION** session) {
    const bool ours = std::string_view(reinterpret_cast<const char*>(identity), size) == kIdentity;
    *session = ours ? static_cast<State*>(SSL_get_app_data(ssl))->session() : nullptr;
    return 1;
}

TlsStream::TlsStream(Fd socket, Role role, std::span<const char> secret, std::string_view context) {
    // a machine's openssl.cnf is not for us
    OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr);
    state_ = std::make_unique<State>(std::move(socket), derive_key(secret, context));
    State& state = *state_;
    state.context.reset(
        SSL_CTX_new(role == Role::client ? TLS_client_method() : TLS_server_method()));
    SSL_CTX* const settings = state.context.get();
    if (settings == nullptr || SSL_CTX_set_min_proto_version(settings, TLS1_3_VERSION) != 1 ||
        SSL_CTX_set_max_proto_version(settings, TLS1_3_VERSION) != 1 ||
        SSL_CTX_set_ciphersuites(settings, kSuite) != 1 ||
        SSL_CTX_set1_groups_list(settings, kGroups) != 1 ||
        SSL_CTX_set_num_tickets(settings, 0) != 1) {
        fail_library("set up TLS");
    }
    SSL_CTX_set_session_cache_mode(settings, SSL_SESS_CACHE_OFF);
    // no server's certificate is good enough, whoever has signed it
    if (role == Role::client) SSL_CTX_set_verify(settings, SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_psk_use_session_callback(settings, State::offer_key);
    SSL_CTX_set_psk_find_session_callback(settings, State::find_key);
    SSL_CTX_set_read_ahead(settings, 1);
    SSL_CTX_set_default_read_buffer_len(settings, kReadAhead);
    state.connection.reset(SSL_new(settings));
    BIO* const bio = BIO_new(State::method());
    if (!state.connection || bio == nullptr) fail_library("set up TLS");
    BIO_set_data(bio, &state);
    BIO_set_init(bio, 1);
    SSL_set_bio(state.ssl(), bio, bio);
    SSL_set_app_data(state.ssl(), &state);
    role == Role::client ? SSL_set_connect_state(state.ssl()) : SSL_set_accept_state(state.ssl());
}

TlsStream::~TlsStream() = default;

int TlsStream::fd() const {
    return state_->socket.get();
}

bool TlsStream::shake_hands() {
    ERR_clear_error();
    const int done = SSL_do_handshake(state_->ssl());
    if (done != 1 && SSL_get_error(state_->ssl(), done) == SSL_ERROR_WANT_READ) {
        flush();
        return false;
    }
    const bool has_key = done == 1 && SSL_session_reused(state_->ssl()) == 1;
    const std::string why = has_key ? "" : reason();
    if (!has_key && state_->at_end) throw SystemError("the other end has gone", EPIPE);
    flush();  // of a failure, too: the peer is told
    if (!has_key) {
        throw SystemError(
            "the other end of the connection has another key, or is no pipectl (" + why + ")",
            EACCES);
    }
    return true;
}

void TlsStream::write(std::span<const char> bytes) {
    if (bytes.empty()) return;
    state_->records += bytes.size() / kRecord + 1;
    if (state_->records > kRecordsPerKey) {
        state_->records = 0;
        SSL_key_update(state_->ssl(), SSL_KEY_UPDATE_NOT_REQUESTED);
    }
    ERR_clear_error();
    std::size_t written = 0;
    const int done = SSL_write_ex(state_->ssl(), bytes.data(), bytes.size(), &written);
    if (done != 1) fail_library("encrypt");
    assert(written == bytes.size());
}

bool TlsStream::flush() {
    State& state = *state_;
    while (state.sent < state.out.size()) {
        const ssize_t went = ::send(state.socket.get(), state.out.data() + state.sent,
                                    state.out.size() - state.sent, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (went >= 0) {
            state.sent += static_cast<std::size_t>(went);
        } else if (errno == EAGAIN) {
            return false;
        } else if (errno != EINTR) {
            throw SystemError("the other end has gone", EPIPE);
        }
    }
    state.out.clear();
    state.sent = 0;
    return true;
}

std::optional<std::size_t> TlsStream::read(std::span<char> room) {
    ERR_clear_error();
    std::size_t got = 0;
    const int done = SSL_read_ex(state_->ssl(), room.data(), room.size(), &got);
    if (done == 1) return got;
    const int error = SSL_get_error(state_->ssl(), done);
    if (error == SSL_ERROR_WANT_READ) return std::nullopt;
    if (error == SSL_ERROR_ZERO_RETURN || state_->at_end) return 0;
    throw SystemError("the channel is corrupt (" + reason() + ")", EBADMSG);
}

bool TlsStream::has_pending() const {
    return SSL_has_pending(state_->ssl()) == 1;
}

}  // namespace pipectl::channel
