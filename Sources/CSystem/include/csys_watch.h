#ifndef CSYS_WATCH_H
#define CSYS_WATCH_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* An inotify descriptor, non-blocking and close-on-exec. */
int csys_watch_create(void);

/* Watches a folder for files that are written, made, renamed, removed or touched: its number. */
int csys_watch_folder(int watch, const char *path);

/* Room that one read of events may use. */
#define CSYS_WATCH_ROOM 4096

/* Reads what has happened into `events`; how many bytes, or a negated errno. */
ssize_t csys_watch_read(int watch, void *events);

/* The folder of the event at `offset`, which goes on to the next. `lost` says that the folder is
 * watched no more; -1 is the answer where events were lost and every folder may have changed. */
int csys_watch_event(const void *events, size_t *offset, int *lost);

/* What tells one content of a file from another without reading it. */
struct csys_file_version {
    int64_t written_nanoseconds;
    int64_t size;
    uint64_t number;
};

/* The version of what is at a path, symbolic links followed. */
int csys_file_read_version(const char *path, struct csys_file_version *into);

/* The path without symbolic links, into `room` bytes; its length. */
int csys_file_resolve(const char *path, char *into, size_t room);

#endif
