#define _GNU_SOURCE 1
#include "CSystem.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/un.h>

static struct sockaddr *general(struct csys_address *address) {
    return (struct sockaddr *)&address->storage;
}

int csys_address_read(struct csys_address *address, const char *host, uint16_t port) {
    memset(address, 0, sizeof *address);
    struct sockaddr_in *four = (struct sockaddr_in *)&address->storage;
    if (inet_pton(AF_INET, host, &four->sin_addr) == 1) {
        four->sin_family = AF_INET;
        four->sin_port = htons(port);
        address->length = sizeof *four;
        return 0;
    }
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)&address->storage;
    if (inet_pton(AF_INET6, host, &six->sin6_addr) == 1) {
        six->sin6_family = AF_INET6;
        six->sin6_port = htons(port);
        address->length = sizeof *six;
        return 0;
    }
    return -EINVAL;
}

int csys_address_resolve(struct csys_address *address, const char *host, uint16_t port) {
    memset(address, 0, sizeof *address);
    struct addrinfo wish, *found = NULL;
    memset(&wish, 0, sizeof wish);
    wish.ai_family = AF_INET;
    wish.ai_socktype = SOCK_STREAM;
    wish.ai_flags = AI_PASSIVE;
    int code = getaddrinfo(host[0] == 0 ? NULL : host, "0", &wish, &found);
    if (code != 0) return code > 0 ? -code : code;
    memcpy(&address->storage, found->ai_addr, found->ai_addrlen);
    address->length = found->ai_addrlen;
    ((struct sockaddr_in *)&address->storage)->sin_port = htons(port);
    freeaddrinfo(found);
    return 0;
}

const char *csys_address_complaint(int code) {
    return gai_strerror(code);
}

int csys_address_unix(struct csys_address *address, const char *path, size_t length) {
    memset(address, 0, sizeof *address);
    struct sockaddr_un *name = (struct sockaddr_un *)&address->storage;
    int abstract = length > 0 && path[0] == 0;
    if (length == 0) return -EINVAL;
    if (length > sizeof name->sun_path - (abstract ? 0 : 1)) return -ENAMETOOLONG;
    name->sun_family = AF_UNIX;
    memcpy(name->sun_path, path, length);
    address->length = offsetof(struct sockaddr_un, sun_path) + length + (abstract ? 0 : 1);
    return 0;
}

int csys_address_family(const struct csys_address *address) {
    switch (address->storage.ss_family) {
    case AF_INET: return CSYS_FAMILY_IPV4;
    case AF_INET6: return CSYS_FAMILY_IPV6;
    case AF_UNIX: return CSYS_FAMILY_UNIX;
    default: return CSYS_FAMILY_OTHER;
    }
}

int csys_address_port(const struct csys_address *address) {
    switch (address->storage.ss_family) {
    case AF_INET: return ntohs(((const struct sockaddr_in *)&address->storage)->sin_port);
    case AF_INET6: return ntohs(((const struct sockaddr_in6 *)&address->storage)->sin6_port);
    default: return 0;
    }
}

static int write_path(const struct csys_address *address, char *into, size_t room) {
    const struct sockaddr_un *name = (const struct sockaddr_un *)&address->storage;
    size_t start = offsetof(struct sockaddr_un, sun_path);
    size_t length = address->length > start ? address->length - start : 0;
    if (length > sizeof name->sun_path) length = sizeof name->sun_path;
    if (length > 0 && name->sun_path[0] != 0) length = strnlen(name->sun_path, length);
    if (length > room) length = room;
    memcpy(into, name->sun_path, length);
    return (int)length;
}

int csys_address_write(const struct csys_address *address, char *into, size_t room) {
    const void *host;
    switch (address->storage.ss_family) {
    case AF_INET: host = &((const struct sockaddr_in *)&address->storage)->sin_addr; break;
    case AF_INET6: host = &((const struct sockaddr_in6 *)&address->storage)->sin6_addr; break;
    case AF_UNIX: return write_path(address, into, room);
    default: return 0;
    }
    if (inet_ntop(address->storage.ss_family, host, into, (socklen_t)room) == NULL) return -errno;
    return (int)strlen(into);
}

int csys_socket_create(int family) {
    int domain = family == CSYS_FAMILY_IPV4 ? AF_INET
               : family == CSYS_FAMILY_IPV6 ? AF_INET6
               : AF_UNIX;
    int descriptor = socket(domain, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    return descriptor < 0 ? -errno : descriptor;
}

static int set(int descriptor, int level, int option, int value) {
    return setsockopt(descriptor, level, option, &value, sizeof value) < 0 ? -errno : 0;
}

int csys_socket_reuse_address(int descriptor) {
    return set(descriptor, SOL_SOCKET, SO_REUSEADDR, 1);
}

int csys_socket_reuse_port(int descriptor) {
    return set(descriptor, SOL_SOCKET, SO_REUSEPORT, 1);
}

int csys_socket_no_delay(int descriptor, int wanted) {
    return set(descriptor, IPPROTO_TCP, TCP_NODELAY, wanted);
}

int csys_socket_bind(int descriptor, const struct csys_address *address) {
    const struct sockaddr *name = (const struct sockaddr *)&address->storage;
    return bind(descriptor, name, address->length) < 0 ? -errno : 0;
}

int csys_socket_listen(int descriptor, int backlog) {
    return listen(descriptor, backlog) < 0 ? -errno : 0;
}

int csys_socket_accept(int descriptor, struct csys_address *peer) {
    peer->length = sizeof peer->storage;
    int flags = SOCK_CLOEXEC | SOCK_NONBLOCK;
    int connection = accept4(descriptor, general(peer), &peer->length, flags);
    return connection < 0 ? -errno : connection;
}

int csys_socket_connect(int descriptor, const struct csys_address *address) {
    const struct sockaddr *name = (const struct sockaddr *)&address->storage;
    return connect(descriptor, name, address->length) < 0 ? -errno : 0;
}

int csys_socket_name(int descriptor, struct csys_address *address) {
    memset(address, 0, sizeof *address);
    address->length = sizeof address->storage;
    return getsockname(descriptor, general(address), &address->length) < 0 ? -errno : 0;
}

int csys_socket_peer(int descriptor, struct csys_address *address) {
    memset(address, 0, sizeof *address);
    address->length = sizeof address->storage;
    return getpeername(descriptor, general(address), &address->length) < 0 ? -errno : 0;
}

int csys_socket_listens(int descriptor) {
    int type = 0, listening = 0;
    socklen_t size = sizeof type;
    if (getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &size) < 0) return -errno;
    size = sizeof listening;
    if (getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) < 0) return -errno;
    return type == SOCK_STREAM && listening ? 1 : 0;
}

int csys_socket_backlog(int descriptor) {
    struct tcp_info facts;
    socklen_t size = sizeof facts;
    memset(&facts, 0, sizeof facts);
    if (getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &facts, &size) < 0) return -errno;
    return (int)facts.tcpi_unacked; /* On a listening socket: the length of its accept queue. */
}
