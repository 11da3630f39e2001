#ifndef CSYS_CHANNEL_H
#define CSYS_CHANNEL_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* One piece of a message. */
struct csys_piece {
    const void *bytes;
    size_t count;
};

/* The most pieces one message is put together from. */
#define CSYS_PIECES 5

/* Two ends of a socket that keeps messages apart; non-blocking, closed on exec. */
int csys_channel_create(int ends[2]);

/* Sends one message and a descriptor with it, whole or not at all: 0 or the negated errno. */
int csys_channel_send(int channel, int descriptor, const struct csys_piece *pieces, int count);

/* Receives one message into memory, and the descriptor that came with it (-1 for none), which is
 * closed on exec. How many bytes; -EMSGSIZE when there was no room for all of it (the descriptor is
 * closed then). */
ssize_t csys_channel_receive(int channel, int *descriptor, void *bytes, size_t room);

#endif
