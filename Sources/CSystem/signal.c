#define _GNU_SOURCE 1
#include "CSystem.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* The only globals of this target: a handler can reach nothing else. */
static volatile uint32_t counts[CSYS_SIGNAL_LIMIT + 1];
static unsigned char watched[CSYS_SIGNAL_LIMIT + 1];
static volatile int event_descriptor = -1;
static volatile pid_t owner;

/* A process forked behind our back (the application's own fork) inherits this handler, and the
 * event descriptor of its parent. What asks it to end must end it; nothing may reach the parent. */
static void handle_as_stranger(int number) {
    if (number == SIGTERM || number == SIGINT || number == SIGQUIT) {
        signal(number, SIG_DFL);
        raise(number);
    }
}

static void handle(int number) {
    int saved = errno;
    if (getpid() != owner) {
        handle_as_stranger(number);
    } else {
        uint64_t one = 1;
        __atomic_fetch_add(&counts[number], 1, __ATOMIC_RELAXED);
        ssize_t ignored = write(event_descriptor, &one, sizeof one);
        (void)ignored; /* Full means that a wake-up is already waiting. */
    }
    errno = saved;
}

int csys_signal_open(void) {
    if (event_descriptor >= 0 && owner == getpid()) return event_descriptor;
    int descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (descriptor < 0) return -errno;
    owner = getpid();
    event_descriptor = descriptor;
    return descriptor;
}

int csys_signal_watch(int number) {
    if (number < 1 || number > CSYS_SIGNAL_LIMIT) return -EINVAL;
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = handle;
    action.sa_flags = SA_RESTART;
    sigfillset(&action.sa_mask);
    if (sigaction(number, &action, NULL) < 0) return -errno;
    watched[number] = 1;
    return 0;
}

uint32_t csys_signal_take(int number) {
    if (number < 1 || number > CSYS_SIGNAL_LIMIT) return 0;
    return __atomic_exchange_n(&counts[number], 0, __ATOMIC_RELAXED);
}

void csys_signal_add(int number, uint32_t count) {
    if (number < 1 || number > CSYS_SIGNAL_LIMIT) return;
    __atomic_fetch_add(&counts[number], count, __ATOMIC_RELAXED);
}

void csys_signal_drain(void) {
    uint64_t wakeups;
    ssize_t ignored = read(event_descriptor, &wakeups, sizeof wakeups);
    (void)ignored; /* Non-blocking: nothing to read is no news. */
}

static int dispose(int number, void (*action)(int)) {
    if (number < 1 || number > CSYS_SIGNAL_LIMIT) return -EINVAL;
    if (signal(number, action) == SIG_ERR) return -errno;
    watched[number] = 0;
    __atomic_store_n(&counts[number], 0, __ATOMIC_RELAXED);
    return 0;
}

int csys_signal_default(int number) {
    return dispose(number, SIG_DFL);
}

int csys_signal_ignore(int number) {
    return dispose(number, SIG_IGN);
}

int csys_signal_send(int process, int number) {
    return kill(process, number) < 0 ? -errno : 0;
}

static void mask(int how) {
    sigset_t asked;
    sigemptyset(&asked);
    static const int numbers[] = {SIGTERM, SIGINT, SIGQUIT, SIGABRT, SIGUSR1, SIGWINCH};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) sigaddset(&asked, numbers[i]);
    pthread_sigmask(how, &asked, NULL);
}

void csys_signal_hold(void) {
    mask(SIG_BLOCK);
}

void csys_signal_let_through(void) {
    mask(SIG_UNBLOCK);
}

void csys_signal_disown(void) {
    for (int number = 1; number <= CSYS_SIGNAL_LIMIT; number++) {
        if (watched[number]) dispose(number, SIG_DFL);
    }
    if (event_descriptor >= 0) close(event_descriptor);
    event_descriptor = -1;
    owner = 0;
}
