#define _GNU_SOURCE
#include "CSystem.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

long csys_user_number(const char *name) {
    const struct passwd *entry = getpwnam(name);
    return entry ? (long)entry->pw_uid : -1;
}

long csys_group_number(const char *name) {
    const struct group *entry = getgrnam(name);
    return entry ? (long)entry->gr_gid : -1;
}

char **csys_environment(void) { return environ; }

const char *csys_environment_variable(const char *name) { return getenv(name); }

long csys_directory_current(char *path, size_t room) {
    return getcwd(path, room) ? (long)strlen(path) : -errno;
}

int csys_path_same(const char *first, const char *second) {
    struct stat one, other;
    if (stat(first, &one) < 0 || stat(second, &other) < 0) return 0;
    return one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

int csys_terminal_columns(void) {
    struct winsize size;
    return ioctl(1, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}
