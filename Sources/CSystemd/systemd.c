#define _GNU_SOURCE 1
#include "CSystemd.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static int (*notify)(int, const char *);
static int (*take_descriptors)(int, char ***);
static int (*is_socket)(int, int, int, int);

static int load(void) {
    static int state; /* 0 not tried, 1 here, -1 not here. */
    if (state == 0) {
        void *library = dlopen("libsystemd.so.0", RTLD_NOW | RTLD_LOCAL);
        if (library != NULL) {
            *(void **)&notify = dlsym(library, "sd_notify");
            *(void **)&take_descriptors = dlsym(library, "sd_listen_fds_with_names");
            *(void **)&is_socket = dlsym(library, "sd_is_socket");
        }
        state = notify && take_descriptors && is_socket ? 1 : -1;
    }
    return state > 0 ? 0 : -ELIBACC;
}

int csystemd_notify(const char *state) {
    if (getenv("NOTIFY_SOCKET") == NULL) return 0;
    int loaded = load();
    return loaded < 0 ? loaded : notify(0, state);
}

int csystemd_take_descriptors(char ***names) {
    *names = NULL;
    const char *count = getenv("LISTEN_FDS");
    if (getenv("LISTEN_PID") == NULL || count == NULL || strcmp(count, "0") == 0) return 0;
    int loaded = load();
    return loaded < 0 ? loaded : take_descriptors(1, names);
}

void csystemd_free_names(char **names, int count) {
    if (names == NULL) return;
    for (int index = 0; index < count; index++) free(names[index]);
    free(names);
}

int csystemd_is_listening(int descriptor) {
    int loaded = load();
    return loaded < 0 ? loaded : is_socket(descriptor, AF_UNSPEC, SOCK_STREAM, 1);
}
