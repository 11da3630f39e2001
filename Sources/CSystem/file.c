#define _GNU_SOURCE 1
#include "CSystem.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

static int answer(int result) {
    return result < 0 ? -errno : result;
}

int csys_file_open_append(const char *path) {
    return answer(open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666));
}

int csys_file_open_null(void) {
    return answer(open("/dev/null", O_RDWR | O_CLOEXEC));
}

int csys_file_is_terminal(int descriptor) {
    return isatty(descriptor);
}

int csys_file_create(const char *path, uint32_t mode) {
    return answer(open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
}

int csys_file_read(const char *path, char *into, size_t room) {
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0) return -errno;
    ssize_t count;
    do count = read(descriptor, into, room);
    while (count < 0 && errno == EINTR);
    int result = count < 0 ? -errno : (int)count;
    close(descriptor);
    return result;
}

int64_t csys_file_write(int descriptor, const void *bytes, size_t count) {
    ssize_t taken;
    do taken = write(descriptor, bytes, count);
    while (taken < 0 && errno == EINTR);
    return taken < 0 ? -errno : taken;
}

int csys_file_takes(int descriptor, int timeout_milliseconds) {
    struct pollfd question = {.fd = descriptor, .events = POLLOUT};
    int ready = poll(&question, 1, timeout_milliseconds);
    return ready < 0 ? -errno : ready;
}

int csys_file_replace(int source, int target) {
    if (target <= 2) return answer(dup2(source, target));
    return answer(dup3(source, target, O_CLOEXEC));
}

int csys_file_close(int descriptor) {
    return answer(close(descriptor));
}

int csys_file_set_mode(int descriptor, uint32_t mode) {
    return answer(fchmod(descriptor, mode));
}

int csys_file_set_owner(const char *path, uint32_t user, uint32_t group) {
    return answer(chown(path, user, group));
}

int csys_directory_create(const char *path, uint32_t mode) {
    return mkdir(path, mode) < 0 && errno != EEXIST ? -errno : 0;
}

int csys_file_rename(const char *source, const char *target) {
    return answer(rename(source, target));
}

int csys_file_remove(const char *path) {
    return answer(unlink(path));
}

static int identify(int descriptor, const char *path, struct csys_file_identity *into) {
    struct statx facts;
    int flags = path[0] == 0 ? AT_EMPTY_PATH : 0;
    unsigned wanted = STATX_TYPE | STATX_INO | STATX_BTIME;
    if (statx(descriptor, path, flags, wanted, &facts) < 0) return -errno;
    into->device = (uint64_t)facts.stx_dev_major << 32 | facts.stx_dev_minor;
    into->number = facts.stx_ino;
    into->born = 0;
    if (facts.stx_mask & STATX_BTIME) {
        into->born = (uint64_t)facts.stx_btime.tv_sec * 1000000000u + facts.stx_btime.tv_nsec;
    }
    into->kind = S_ISREG(facts.stx_mode) ? CSYS_FILE_REGULAR
               : S_ISSOCK(facts.stx_mode) ? CSYS_FILE_SOCKET
               : S_ISDIR(facts.stx_mode) ? CSYS_FILE_DIRECTORY
               : CSYS_FILE_OTHER;
    return 0;
}

int csys_file_identify(const char *path, struct csys_file_identity *into) {
    return path[0] == 0 ? -ENOENT : identify(AT_FDCWD, path, into);
}

int csys_file_examine(int descriptor, struct csys_file_identity *into) {
    return identify(descriptor, "", into);
}

int csys_file_set_inherited(int descriptor, int wanted) {
    return answer(fcntl(descriptor, F_SETFD, wanted ? 0 : FD_CLOEXEC));
}

int csys_file_set_nonblocking(int descriptor, int wanted) {
    int flags = fcntl(descriptor, F_GETFL);
    if (flags < 0) return -errno;
    flags = wanted ? flags | O_NONBLOCK : flags & ~O_NONBLOCK;
    return answer(fcntl(descriptor, F_SETFL, flags));
}

int csys_pipe_create(int ends[2]) {
    return answer(pipe2(ends, O_CLOEXEC | O_NONBLOCK));
}

int csys_bell_create(void) {
    return answer(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
}

void csys_bell_ring(int bell) {
    uint64_t one = 1;
    ssize_t ignored = write(bell, &one, sizeof one);
    (void)ignored; /* Full means that it is ringing already. */
}

void csys_bell_silence(int bell) {
    uint64_t rings;
    ssize_t ignored = read(bell, &rings, sizeof rings);
    (void)ignored;
}

int csys_file_wait(const int *descriptors, int count, int timeout_milliseconds) {
    struct pollfd questions[8];
    if (count < 0 || count > 8) return -EINVAL;
    for (int index = 0; index < count; index++) {
        questions[index] = (struct pollfd){.fd = descriptors[index], .events = POLLIN};
    }
    return answer(poll(questions, (nfds_t)count, timeout_milliseconds));
}
