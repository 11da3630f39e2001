#ifndef CSYS_SOCKET_H
#define CSYS_SOCKET_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/* What a socket may be bound or connected to. */
enum {
    CSYS_FAMILY_OTHER = 0,
    CSYS_FAMILY_IPV4 = 1,
    CSYS_FAMILY_IPV6 = 2,
    CSYS_FAMILY_UNIX = 3,
};

/* An address of any family, as the kernel wants it. */
struct csys_address {
    struct sockaddr_storage storage;
    socklen_t length;
};

/* Reads a numeric IPv4 or IPv6 host; -EINVAL when it is a name. */
int csys_address_read(struct csys_address *address, const char *host, uint16_t port);

/* Asks the resolver for the first IPv4 address of a name; its own negative code when it has none
 * (csys_address_complaint has the words). An empty name is every address. */
int csys_address_resolve(struct csys_address *address, const char *host, uint16_t port);

/* The resolver's words for its code. */
const char *csys_address_complaint(int code);

/* A path in the file system, or an abstract name when the first byte is zero. */
int csys_address_unix(struct csys_address *address, const char *path, size_t length);

/* One of the families above. */
int csys_address_family(const struct csys_address *address);

/* The port, 0 for families without one. */
int csys_address_port(const struct csys_address *address);

/* Writes the numeric host, or the path (abstract names keep their zero byte); its length. */
int csys_address_write(const struct csys_address *address, char *into, size_t room);

/* A stream socket, non-blocking and close-on-exec. */
int csys_socket_create(int family);

/* Options of a socket that will listen. */
int csys_socket_reuse_address(int descriptor);
int csys_socket_reuse_port(int descriptor);
int csys_socket_no_delay(int descriptor, int wanted);

int csys_socket_bind(int descriptor, const struct csys_address *address);
int csys_socket_listen(int descriptor, int backlog);

/* Takes a waiting connection: non-blocking, close-on-exec. */
int csys_socket_accept(int descriptor, struct csys_address *peer);

/* Connects (tests, and asking whether somebody listens on a unix path). */
int csys_socket_connect(int descriptor, const struct csys_address *address);

/* The address a descriptor is bound to. */
int csys_socket_name(int descriptor, struct csys_address *address);

/* The address of the other side. */
int csys_socket_peer(int descriptor, struct csys_address *address);

/* 1 for a stream socket that listens, 0 for any other socket, -ENOTSOCK and others else. */
int csys_socket_listens(int descriptor);

/* Connections waiting to be accepted on a TCP listener; -EOPNOTSUPP for others. */
int csys_socket_backlog(int descriptor);

#endif
