#ifndef CSYS_IO_H
#define CSYS_IO_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Who is at the other end of a connection, or at our own: 20 bytes instead of a sockaddr's 128. */
struct csys_peer {
    uint8_t address[16];
    uint16_t port;
    uint8_t family; /* 4, 6, or 0 for a unix socket */
};

/* Room for the text of any address, with its final NUL. */
#define CSYS_PEER_TEXT 48

/* Accepts one connection, non-blocking and closed on exec. */
int csys_connection_accept(int listener, struct csys_peer *peer);

/* Writes the address as text; answers its length, 0 for a unix socket. */
int csys_peer_format(const struct csys_peer *peer, char text[CSYS_PEER_TEXT]);

/* Reads what has arrived; 0 is the end of the stream. */
ssize_t csys_connection_receive(int connection, void *bytes, size_t count);

/* Sends what the socket takes now; never raises SIGPIPE. */
ssize_t csys_connection_send(int connection, const void *bytes, size_t count);

/* Sends two pieces with one call. */
ssize_t csys_connection_send_pair(int connection, const void *first, size_t first_count,
                                  const void *second, size_t second_count);

/* Sends from a file at an offset without copying through this process. */
ssize_t csys_connection_send_file(int connection, int file, int64_t offset, size_t count);

/* Ends our side of the stream; the peer may still send. */
int csys_connection_end(int connection);

/* Ends both directions of the stream. */
int csys_connection_end_both_ways(int connection);

/* Has the close that follows reset the connection: nothing unsent is kept for the peer. */
void csys_connection_drop_unsent(int connection);

/* Closes; a signal that interrupts it is no error on Linux, the descriptor is gone. */
int csys_descriptor_close(int descriptor);

/* Waits until a descriptor is writable or failed: 1, or 0 when the time is over. */
int csys_descriptor_wait_writable(int descriptor, int milliseconds);

/* Waits until a descriptor is readable, ended or failed: 1, or 0 when the time is over. */
int csys_descriptor_wait_readable(int descriptor, int milliseconds);

/* Reads from a pipe or a file. */
ssize_t csys_descriptor_read(int descriptor, void *bytes, size_t count);

/* A second descriptor of the same file, closed on exec, with that number or one above. */
int csys_descriptor_duplicate(int descriptor, int least);

/* An unnamed file in a directory, closed on exec: nothing to clean up, whatever happens. */
int csys_spool_create(const char *directory);

/* Appends; a short write is repeated. Answers 0 or the negated errno. */
int csys_spool_append(int file, const void *bytes, size_t count);

/* Writes at an offset; a short write is repeated. Answers 0 or the negated errno. */
int csys_spool_write(int file, const void *bytes, size_t count, int64_t offset);

/* Gives a range back to the disk; it reads as zeros from then on. */
int csys_spool_free(int file, int64_t offset, int64_t count);

/* Reads at an offset. */
ssize_t csys_spool_read(int file, void *bytes, size_t count, int64_t offset);

/* The size of a regular file, or -1 for anything that is none. */
int64_t csys_file_regular_size(int file);

/* Where the file stands. */
int64_t csys_file_position(int file);

/* Puts the file's position. */
int64_t csys_file_seek(int file, int64_t position);

/* An eventfd, non-blocking and closed on exec. */
int csys_event_create(void);

/* Adds one to an eventfd; safe in a signal handler. */
int csys_event_signal(int event);

/* Empties an eventfd. */
void csys_event_drain(int event);

#endif
