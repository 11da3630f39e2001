#define _GNU_SOURCE
#include "CSystem.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static void read_peer(const struct sockaddr_storage *from, struct csys_peer *peer) {
    memset(peer, 0, sizeof *peer);
    if (from->ss_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)from;
        memcpy(peer->address, &v4->sin_addr, 4);
        peer->port = ntohs(v4->sin_port);
        peer->family = 4;
    } else if (from->ss_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)from;
        memcpy(peer->address, &v6->sin6_addr, 16);
        peer->port = ntohs(v6->sin6_port);
        peer->family = 6;
    }
}

int csys_connection_accept(int listener, struct csys_peer *peer) {
    struct sockaddr_storage from;
    socklen_t size = sizeof from;
    from.ss_family = AF_UNSPEC;
    int connection =
        accept4(listener, (struct sockaddr *)&from, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (connection < 0) return -errno;
    read_peer(&from, peer);
    return connection;
}

int csys_peer_format(const struct csys_peer *peer, char text[CSYS_PEER_TEXT]) {
    text[0] = 0;
    if (peer->family == 0) return 0;
    int family = peer->family == 4 ? AF_INET : AF_INET6;
    if (!inet_ntop(family, peer->address, text, CSYS_PEER_TEXT)) return 0;
    return (int)strlen(text);
}

ssize_t csys_connection_receive(int connection, void *bytes, size_t count) {
    ssize_t result;
    do result = recv(connection, bytes, count, 0);
    while (result < 0 && errno == EINTR);
    return result < 0 ? -errno : result;
}

ssize_t csys_connection_send(int connection, const void *bytes, size_t count) {
    ssize_t result;
    do result = send(connection, bytes, count, MSG_NOSIGNAL);
    while (result < 0 && errno == EINTR);
    return result < 0 ? -errno : result;
}

ssize_t csys_connection_send_pair(int connection, const void *first, size_t first_count,
                                  const void *second, size_t second_count) {
    struct iovec pieces[2] = {{(void *)first, first_count}, {(void *)second, second_count}};
    struct msghdr message = {.msg_iov = pieces, .msg_iovlen = 2};
    ssize_t result;
    do result = sendmsg(connection, &message, MSG_NOSIGNAL);
    while (result < 0 && errno == EINTR);
    return result < 0 ? -errno : result;
}

ssize_t csys_connection_send_file(int connection, int file, int64_t offset, size_t count) {
    off_t position = offset;
    ssize_t result;
    do result = sendfile(connection, file, &position, count);
    while (result < 0 && errno == EINTR);
    return result < 0 ? -errno : result;
}

int csys_connection_end(int connection) {
    return shutdown(connection, SHUT_WR) < 0 ? -errno : 0;
}

int csys_connection_end_both_ways(int connection) {
    return shutdown(connection, SHUT_RDWR) < 0 ? -errno : 0;
}

void csys_connection_drop_unsent(int connection) {
    struct linger never = {.l_onoff = 1, .l_linger = 0};
    (void)setsockopt(connection, SOL_SOCKET, SO_LINGER, &never, sizeof never);
}

int csys_descriptor_close(int descriptor) {
    return close(descriptor) < 0 && errno != EINTR ? -errno : 0;
}

static int wait_for(int descriptor, short events, int milliseconds) {
    struct pollfd one = {.fd = descriptor, .events = events};
    int result;
    do result = poll(&one, 1, milliseconds);
    while (result < 0 && errno == EINTR);
    return result < 0 ? -errno : result;
}

int csys_descriptor_wait_writable(int descriptor, int milliseconds) {
    return wait_for(descriptor, POLLOUT, milliseconds);
}

int csys_descriptor_wait_readable(int descriptor, int milliseconds) {
    return wait_for(descriptor, POLLIN, milliseconds);
}

ssize_t csys_descriptor_read(int descriptor, void *bytes, size_t count) {
    ssize_t result;
    do result = read(descriptor, bytes, count);
    while (result < 0 && errno == EINTR);
    return result < 0 ? -errno : result;
}

int csys_descriptor_duplicate(int descriptor, int least) {
    int copy = fcntl(descriptor, F_DUPFD_CLOEXEC, least);
    return copy < 0 ? -errno : copy;
}

int csys_spool_create(const char *directory) {
    int file = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (file >= 0) return file;
    /* Not every file system knows O_TMPFILE (overlay of old kernels, NFS). */
    char name[PATH_MAX];
    int length = snprintf(name, sizeof name, "%s/swiftcorn-XXXXXX", directory);
    if (length < 0 || (size_t)length >= sizeof name) return -ENAMETOOLONG;
    file = mkostemp(name, O_CLOEXEC);
    if (file < 0) return -errno;
    unlink(name);
    return file;
}

int csys_spool_append(int file, const void *bytes, size_t count) {
    const char *next = bytes;
    while (count > 0) {
        ssize_t written = write(file, next, count);
        if (written < 0) {
            if (errno == EINTR) continue;
            return -errno;
        }
        next += written;
        count -= (size_t)written;
    }
    return 0;
}

int csys_spool_write(int file, const void *bytes, size_t count, int64_t offset) {
    const char *next = bytes;
    while (count > 0) {
        ssize_t written = pwrite(file, next, count, offset);
        if (written < 0) {
            if (errno == EINTR) continue;
            return -errno;
        }
        next += written;
        offset += written;
        count -= (size_t)written;
    }
    return 0;
}

int csys_spool_free(int file, int64_t offset, int64_t count) {
    int mode = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
    return fallocate(file, mode, offset, count) < 0 ? -errno : 0;
}

ssize_t csys_spool_read(int file, void *bytes, size_t count, int64_t offset) {
    ssize_t result;
    do result = pread(file, bytes, count, offset);
    while (result < 0 && errno == EINTR);
    return result < 0 ? -errno : result;
}

int64_t csys_file_regular_size(int file) {
    struct stat about;
    if (fstat(file, &about) < 0 || !S_ISREG(about.st_mode)) return -1;
    return about.st_size;
}

int64_t csys_file_position(int file) {
    off_t position = lseek(file, 0, SEEK_CUR);
    return position < 0 ? -errno : position;
}

int64_t csys_file_seek(int file, int64_t position) {
    off_t result = lseek(file, position, SEEK_SET);
    return result < 0 ? -errno : result;
}

int csys_event_create(void) {
    int event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    return event < 0 ? -errno : event;
}

int csys_event_signal(int event) {
    uint64_t one = 1;
    int saved = errno;
    ssize_t written = write(event, &one, sizeof one);
    int result = written < 0 ? -errno : 0;
    errno = saved;
    return result;
}

void csys_event_drain(int event) {
    uint64_t count;
    ssize_t got = read(event, &count, sizeof count);
    (void)got;
}
