#ifndef CSYS_FILE_H
#define CSYS_FILE_H

#include <stddef.h>
#include <stdint.h>

/* What a path or a descriptor leads to. */
enum {
    CSYS_FILE_OTHER = 0,
    CSYS_FILE_REGULAR = 1,
    CSYS_FILE_SOCKET = 2,
    CSYS_FILE_DIRECTORY = 3,
};

/* One file of one device, so that a path can be recognised later. Numbers are given away again, so
 * the moment of birth belongs to it (0 where the file system keeps none). */
struct csys_file_identity {
    uint64_t device, number, born;
    int kind;
};

/* Opens for appending, making the file when there is none. */
int csys_file_open_append(const char *path);

/* Opens the device that swallows everything, for reading and writing. */
int csys_file_open_null(void);

/* Whether a descriptor is a terminal. */
int csys_file_is_terminal(int descriptor);

/* Makes a file that must not exist yet, for writing. */
int csys_file_create(const char *path, uint32_t mode);

/* Reads at most `room` bytes of a small file; how many. */
int csys_file_read(const char *path, char *into, size_t room);

/* One write: how many bytes were taken. */
int64_t csys_file_write(int descriptor, const void *bytes, size_t count);

/* 1 when a write of a few bytes would not block, 0 when it would. */
int csys_file_takes(int descriptor, int timeout_milliseconds);

/* Makes `target` another name of what `source` has open, close-on-exec except for 0, 1 and 2. */
int csys_file_replace(int source, int target);

/* Makes a directory; one that is there already is no failure. */
int csys_directory_create(const char *path, uint32_t mode);

int csys_file_close(int descriptor);
int csys_file_set_mode(int descriptor, uint32_t mode);
int csys_file_set_owner(const char *path, uint32_t user, uint32_t group);
int csys_file_rename(const char *source, const char *target);
int csys_file_remove(const char *path);

/* What is at a path, a symbolic link followed. */
int csys_file_identify(const char *path, struct csys_file_identity *into);

/* What a descriptor has open. */
int csys_file_examine(int descriptor, struct csys_file_identity *into);

/* Sets or clears close-on-exec and non-blocking. */
int csys_file_set_inherited(int descriptor, int wanted);
int csys_file_set_nonblocking(int descriptor, int wanted);

/* A pipe: ends[0] reads, ends[1] writes; both close-on-exec, non-blocking. */
int csys_pipe_create(int ends[2]);

/* An event descriptor that several processes may ring; close-on-exec, non-blocking. */
int csys_bell_create(void);
void csys_bell_ring(int bell);
void csys_bell_silence(int bell);

/* Waits until one of a few descriptors is readable (or closed by the other side): how many are. */
int csys_file_wait(const int *descriptors, int count, int timeout_milliseconds);

#endif
