#define _GNU_SOURCE 1
#include "CSystem.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

int csys_watch_create(void) {
    int watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    return watch < 0 ? -errno : watch;
}

int csys_watch_folder(int watch, const char *path) {
    /* Not IN_MODIFY: a file is whole when its writer has closed it. */
    uint32_t wanted = IN_CLOSE_WRITE | IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE
                    | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
    int folder = inotify_add_watch(watch, path, wanted);
    return folder < 0 ? -errno : folder;
}

ssize_t csys_watch_read(int watch, void *events) {
    ssize_t count;
    do count = read(watch, events, CSYS_WATCH_ROOM);
    while (count < 0 && errno == EINTR);
    return count < 0 ? -errno : count;
}

int csys_watch_event(const void *events, size_t *offset, int *lost) {
    struct inotify_event event;
    memcpy(&event, (const char *)events + *offset, sizeof event);
    *offset += sizeof event + event.len;
    *lost = (event.mask & (IN_IGNORED | IN_MOVE_SELF | IN_UNMOUNT)) != 0;
    return (event.mask & IN_Q_OVERFLOW) != 0 ? -1 : event.wd;
}

int csys_file_read_version(const char *path, struct csys_file_version *into) {
    struct stat facts;
    if (stat(path, &facts) < 0) return -errno;
    into->written_nanoseconds =
        (int64_t)facts.st_mtim.tv_sec * 1000000000 + facts.st_mtim.tv_nsec;
    into->size = facts.st_size;
    into->number = facts.st_ino;
    return 0;
}

int csys_file_resolve(const char *path, char *into, size_t room) {
    char *resolved = realpath(path, NULL);
    if (resolved == NULL) return -errno;
    size_t length = strlen(resolved);
    int result = length < room ? (int)length : -ENAMETOOLONG;
    if (result >= 0) memcpy(into, resolved, length + 1);
    free(resolved);
    return result;
}
