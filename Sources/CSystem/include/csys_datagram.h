#ifndef CSYS_DATAGRAM_H
#define CSYS_DATAGRAM_H

#include <stddef.h>

/* An unbound datagram socket of this machine, close-on-exec. */
int csys_datagram_open(void);

/* Sends to a path, or to an abstract name written with an `@` in front; never waits, so a reader
 * whose queue is full is -EAGAIN. A descriptor that is not negative goes with it. */
int csys_datagram_send(
    int socket,
    const char *address,
    const void *bytes,
    size_t count,
    int descriptor
);

/* Whether the standard stream (or any descriptor) is the one that `device:inode` names. */
int csys_descriptor_is(int descriptor, unsigned long long device, unsigned long long inode);

#endif
