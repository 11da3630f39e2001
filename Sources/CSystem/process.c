#define _GNU_SOURCE 1
#include "CSystem.h"

#include <errno.h>
#include <grp.h>
#include <pthread.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int csys_process_fork(void) {
    sigset_t all, before;
    sigfillset(&all);
    int error = pthread_sigmask(SIG_SETMASK, &all, &before);
    if (error != 0) return -error;
    pid_t child = fork();
    int result = child < 0 ? -errno : child;
    if (child == 0) csys_signal_disown();
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return result;
}

static uint64_t nanoseconds_of(struct timeval time) {
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_usec * 1000u;
}

int csys_process_reap(int which, int *signalled, int *value, uint64_t *used) {
    int status = 0;
    struct rusage usage;
    pid_t child;
    do child = wait4(which, &status, WNOHANG, &usage);
    while (child < 0 && errno == EINTR);
    if (child <= 0) return child < 0 ? -errno : 0;
    *used = nanoseconds_of(usage.ru_utime) + nanoseconds_of(usage.ru_stime);
    *signalled = WIFSIGNALED(status) ? 1 : 0;
    *value = *signalled ? WTERMSIG(status) : WEXITSTATUS(status);
    return child;
}

int csys_process_self(void) {
    return getpid();
}

static uint64_t forks;

static void count_fork(void) {
    forks += 1;
}

__attribute__((constructor)) static void follow_forks(void) {
    pthread_atfork(NULL, NULL, count_fork);
}

uint64_t csys_process_forks(void) {
    return forks;
}

int csys_process_parent(void) {
    return getppid();
}

int csys_process_processors(void) {
    /* Eight times what cpu_set_t has: the kernel refuses a set that is smaller than its own. */
    cpu_set_t sets[8];
    CPU_ZERO_S(sizeof sets, sets);
    if (sched_getaffinity(0, sizeof sets, sets) != 0) return 1;
    return CPU_COUNT_S(sizeof sets, sets);
}

void csys_process_leave(int status) {
    _exit(status);
}

int csys_process_set_death_signal(int number) {
    return prctl(PR_SET_PDEATHSIG, number, 0, 0, 0) < 0 ? -errno : 0;
}

int csys_process_adopt_orphans(int wanted) {
    return prctl(PR_SET_CHILD_SUBREAPER, wanted, 0, 0, 0) < 0 ? -errno : 0;
}

int csys_process_user(void) {
    return (int)geteuid();
}

int csys_process_group(void) {
    return (int)getegid();
}

int csys_process_set_user(uint32_t user) {
    return setuid(user) < 0 ? -errno : 0;
}

int csys_process_set_group(uint32_t group) {
    return setgid(group) < 0 ? -errno : 0;
}

int csys_process_take_groups(uint32_t user, uint32_t group) {
    errno = 0;
    struct passwd *account = getpwuid(user);
    /* The manual page names four ways in which a user may be missing, besides no error at all. */
    int missing = errno == 0 || errno == ENOENT || errno == ESRCH || errno == EBADF ||
                  errno == EPERM;
    if (account == NULL) return missing ? -ENOENT : -errno;
    return initgroups(account->pw_name, group) < 0 ? -errno : 0;
}

int csys_process_set_mask(uint32_t mask) {
    return (int)umask(mask);
}

int csys_process_enter(const char *path) {
    return chdir(path) < 0 ? -errno : 0;
}

int csys_process_detach(void) {
    return setsid() < 0 ? -errno : 0;
}

static uint64_t nanoseconds(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t csys_clock_monotonic(void) {
    return nanoseconds(CLOCK_MONOTONIC);
}

uint64_t csys_clock_realtime(void) {
    return nanoseconds(CLOCK_REALTIME);
}

int64_t csys_clock_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME_COARSE, &now);
    return now.tv_sec;
}

void csys_clock_calendar(int64_t seconds, struct csys_calendar *into) {
    struct tm local;
    time_t moment = seconds;
    memset(&local, 0, sizeof local);
    localtime_r(&moment, &local);
    into->year = local.tm_year + 1900;
    into->month = local.tm_mon + 1;
    into->day = local.tm_mday;
    into->hour = local.tm_hour;
    into->minute = local.tm_min;
    into->second = local.tm_sec;
    into->offset_seconds = (int)local.tm_gmtoff;
}

void *csys_memory_share(size_t size, int *error) {
    void *pages = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    *error = pages == MAP_FAILED ? errno : 0;
    return pages == MAP_FAILED ? NULL : pages;
}

int csys_error_describe(int error, char *into, size_t room) {
    char words[256];
    /* The GNU form, which answers the words and may leave the room alone. */
    const char *text = strerror_r(error, words, sizeof words);
    int length = snprintf(into, room, "%s", text);
    return length < (int)room ? length : (int)room - 1;
}

long csys_memory_page_size(void) {
    return sysconf(_SC_PAGESIZE);
}
