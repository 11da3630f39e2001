#define _GNU_SOURCE 1
#include "CSystem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

/* Where the kernel keeps this process's arguments and, behind them, its environment, found once:
 * fields 48 to 51 of the stat file. They are believed only when the bytes there are the ones the
 * kernel shows as our command line, since a wrong guess would overwrite somebody's memory. */
static char *arguments;
static size_t arguments_size;
static char *variables;
static size_t variables_size;

static void believe(const unsigned long bounds[4]) {
    size_t size = bounds[1] - bounds[0];
    FILE *shown = fopen("/proc/self/cmdline", "re");
    if (shown == NULL) return;
    char *copy = malloc(size);
    size_t read = copy == NULL ? 0 : fread(copy, 1, size, shown);
    fclose(shown);
    if (read == size && memcmp(copy, (char *)bounds[0], read) == 0) {
        arguments = (char *)bounds[0];
        arguments_size = read;
        if (bounds[2] == bounds[1] && bounds[3] > bounds[2]) {
            variables = (char *)bounds[2];
            variables_size = bounds[3] - bounds[2];
        }
    }
    free(copy);
}

static void find_room(void) {
    char text[2048];
    FILE *stat = fopen("/proc/self/stat", "re");
    if (stat == NULL) return;
    size_t size = fread(text, 1, sizeof text - 1, stat);
    fclose(stat);
    text[size] = 0;
    char *field = strrchr(text, ')'); /* The second field may hold blanks and parentheses. */
    for (int number = 2; field != NULL && number < 48; number++) field = strchr(field + 1, ' ');
    if (field == NULL) return;
    unsigned long bounds[4];
    for (int index = 0; index < 4; index++) bounds[index] = strtoul(field, &field, 10);
    if (bounds[0] == 0 || bounds[1] <= bounds[0] || bounds[1] - bounds[0] > 1 << 21) return;
    believe(bounds);
}

/* Moves the environment's strings away from behind the arguments, so that a title may be longer
 * than the command line was. The copies stay for the life of the process. */
static int move_environment(void) {
    static int is_moved;
    if (is_moved || variables == NULL) return is_moved;
    for (char **entry = environ; entry != NULL && *entry != NULL; entry++) {
        if (*entry < variables || *entry >= variables + variables_size) continue;
        char *copy = strdup(*entry);
        if (copy == NULL) return 0;
        *entry = copy;
    }
    is_moved = 1;
    return 1;
}

int csys_process_set_title(const char *title) {
    /* The short name that `ps -e`, `top` and `pgrep` show; the kernel keeps fifteen bytes. */
    prctl(PR_SET_NAME, title, 0, 0, 0);
    if (arguments == NULL) find_room();
    if (arguments == NULL) return -ENOTSUP;
    size_t length = strlen(title);
    size_t room = arguments_size;
    if (length > room - 1 && move_environment()) room += variables_size;
    if (length > room - 1) length = room - 1;
    /* The last byte of the arguments tells the kernel whether a title goes on behind them. */
    memset(arguments, 0, room);
    memcpy(arguments, title, length);
    return 0;
}
