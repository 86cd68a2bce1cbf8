// Asio and Boost.Process v2, compiled once: everyone else includes declarations only
// (BOOST_ASIO_SEPARATE_COMPILATION and BOOST_PROCESS_V2_SEPARATE_COMPILATION come from the build).
//
// Asio's resolver is left without its name service: nobody here resolves names, and getaddrinfo(3)
// would bring the C library's loadable services into a static program, with a linker warning.

#include <netdb.h>

static int no_getaddrinfo(const char*, const char*, const addrinfo*, addrinfo**) {
    return EAI_FAIL;
}
static void no_freeaddrinfo(addrinfo*) {}
static int no_getnameinfo(const sockaddr*, socklen_t, char*, socklen_t, char*, socklen_t, int) {
    return EAI_FAIL;
}
#define getaddrinfo no_getaddrinfo
#define freeaddrinfo no_freeaddrinfo
#define getnameinfo no_getnameinfo

#include <boost/asio/impl/src.hpp>
#include <boost/process/v2/src.hpp>
