#define _GNU_SOURCE 1
#include "CSystem.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

int csys_datagram_open(void) {
    int descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    return descriptor < 0 ? -errno : descriptor;
}

int csys_datagram_send(
    int socket,
    const char *address,
    const void *bytes,
    size_t count,
    int descriptor
) {
    struct sockaddr_un name;
    size_t length = strlen(address);
    if (length < 2) return -EINVAL;
    if (length >= sizeof name.sun_path) return -ENAMETOOLONG;
    memset(&name, 0, sizeof name);
    name.sun_family = AF_UNIX;
    memcpy(name.sun_path, address, length);
    int abstract = address[0] == '@';
    if (abstract) name.sun_path[0] = 0;

    struct iovec text = {.iov_base = (void *)bytes, .iov_len = count};
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(sizeof(int))];
    } control;
    struct msghdr message;
    memset(&message, 0, sizeof message);
    message.msg_name = &name;
    message.msg_namelen =
        (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + (abstract ? 0 : 1));
    message.msg_iov = &text;
    message.msg_iovlen = 1;
    if (descriptor >= 0) {
        memset(&control, 0, sizeof control);
        message.msg_control = &control;
        message.msg_controllen = sizeof control.room;
        control.head.cmsg_level = SOL_SOCKET;
        control.head.cmsg_type = SCM_RIGHTS;
        control.head.cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(&control.head), &descriptor, sizeof(int));
    }
    ssize_t sent;
    do sent = sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? -errno : 0;
}

int csys_descriptor_is(int descriptor, unsigned long long device, unsigned long long inode) {
    struct stat facts;
    if (fstat(descriptor, &facts) < 0) return 0;
    return facts.st_dev == device && facts.st_ino == inode;
}
