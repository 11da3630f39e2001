#define _GNU_SOURCE
#include "CSystem.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Room for parsing a head and serving events; nothing recurses. */
#define STACK_BYTES (512 * 1024)

struct start {
    void (*body)(void *);
    void *context;
};

static void *run(void *argument) {
    struct start start = *(struct start *)argument;
    free(argument);
    start.body(start.context);
    return NULL;
}

int csys_thread_start(void (*body)(void *), void *context, const char *name) {
    struct start *start = malloc(sizeof *start);
    if (!start) return -ENOMEM;
    *start = (struct start){body, context};
    pthread_attr_t attributes;
    int error = pthread_attr_init(&attributes);
    if (error != 0) {
        free(start);
        return -error;
    }
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_t thread;
    error = pthread_create(&thread, &attributes, run, start);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    if (error != 0) {
        free(start);
        return -error;
    }
    pthread_setname_np(thread, name);
    return 0;
}

int csys_thread_self(void) {
    return (int)syscall(SYS_gettid);
}

int csys_thread_signal(int thread, int number) {
    return syscall(SYS_tgkill, getpid(), thread, number) < 0 ? -errno : 0;
}

static long futex(uint32_t *word, int operation, uint32_t value, const struct timespec *limit) {
    return syscall(SYS_futex, word, operation | FUTEX_PRIVATE_FLAG, value, limit, NULL, 0);
}

/* Rounds of looking before the kernel is asked: the holder is mostly about to let go. */
#define ROUNDS 64

void csys_lock_wait(uint32_t *word) {
    for (int round = 0; round < ROUNDS; round++) {
        uint32_t free = 0;
        if (__atomic_load_n(word, __ATOMIC_RELAXED) == 0 &&
            __atomic_compare_exchange_n(word, &free, 1, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
            return;
#if defined(__x86_64__) || defined(__i386__)
        __builtin_ia32_pause();
#endif
    }
    while (__atomic_exchange_n(word, 2, __ATOMIC_ACQUIRE) != 0) futex(word, FUTEX_WAIT, 2, NULL);
}

void csys_lock_wake(uint32_t *word) {
    futex(word, FUTEX_WAKE, 1, NULL);
}

void csys_word_sleep(uint32_t *word, uint32_t value, uint64_t nanoseconds) {
    struct timespec limit = {.tv_sec = (time_t)(nanoseconds / 1000000000u),
                             .tv_nsec = (long)(nanoseconds % 1000000000u)};
    futex(word, FUTEX_WAIT, value, nanoseconds ? &limit : NULL);
}

void csys_word_wake(uint32_t *word, int count) {
    futex(word, FUTEX_WAKE, (uint32_t)count, NULL);
}
