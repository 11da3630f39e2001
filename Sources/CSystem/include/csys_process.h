#ifndef CSYS_PROCESS_H
#define CSYS_PROCESS_H

#include <stddef.h>
#include <stdint.h>

/* A wall-clock moment as the local calendar writes it. */
struct csys_calendar {
    int year, month, day, hour, minute, second, offset_seconds;
};

/* Forks with every signal blocked; the child starts with default actions for what the parent
 * watched and with the parent's mask. The child's number, 0 in the child. */
int csys_process_fork(void);

/* Collects one ended child without waiting: its number, 0 when none has ended. `signalled` says
 * whether `value` is a signal or an exit status; `used` is its processor time in nanoseconds. */
int csys_process_reap(int which, int *signalled, int *value, uint64_t *used);

/* This process. */
int csys_process_self(void);

/* The process that forked this one (or adopted it). */
int csys_process_parent(void);

/* Ends this process at once: no handlers, no flushing. */
void csys_process_leave(int status) __attribute__((noreturn));

/* Asks for a signal when the thread that forked this process ends; 0 turns it off. */
int csys_process_set_death_signal(int number);

/* Makes orphaned descendants ours to reap. */
int csys_process_adopt_orphans(int wanted);

/* The identities this process acts under. */
int csys_process_user(void);
int csys_process_group(void);
int csys_process_set_user(uint32_t user);
int csys_process_set_group(uint32_t group);

/* Takes the supplementary groups of the account with this number. */
int csys_process_take_groups(uint32_t user, uint32_t group);

/* Sets the file mode mask and answers the one before. */
int csys_process_set_mask(uint32_t mask);

/* Changes the working directory. */
int csys_process_enter(const char *path);

/* How many processors this thread may run on; 1 where the kernel does not say. */
int csys_process_processors(void);

/* Leaves the terminal's session. */
int csys_process_detach(void);

/* Shows a title where the command line stood, cut to the room that is there. */
int csys_process_set_title(const char *title);

/* Nanoseconds since some moment of the past, never set back. */
uint64_t csys_clock_monotonic(void);

/* Nanoseconds since 1970 by the wall clock. */
uint64_t csys_clock_realtime(void);

/* Whole seconds since 1970, from the kernel's last tick: a few nanoseconds' work. */
int64_t csys_clock_seconds(void);

/* The local calendar's reading of a moment. */
void csys_clock_calendar(int64_t seconds, struct csys_calendar *into);

/* How many forks lie between this process and the one that loaded the program: what a process has
 * remembered of itself is its own only while this stays the same. Nearly free. */
uint64_t csys_process_forks(void);

/* Pages that a child shares with its parent, zeroed; a null pointer and an errno when refused. */
void *csys_memory_share(size_t size, int *error);

/* 1 where so many bytes are the same. */
static inline int csys_memory_equal(const void *one, const void *other, size_t count) {
    return __builtin_memcmp(one, other, count) == 0;
}

/* Bytes of one page. */
long csys_memory_page_size(void);

/* The kernel's words for an errno, as Python prints them; the length written. */
int csys_error_describe(int error, char *into, size_t room);

#endif
