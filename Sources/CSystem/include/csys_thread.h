#ifndef CSYS_THREAD_H
#define CSYS_THREAD_H

#include <stdint.h>

/* Starts a thread that has every signal blocked, so that none is ever delivered to it. Nobody joins
 * it: it ends with the process, or when its body returns. */
int csys_thread_start(void (*body)(void *), void *context, const char *name);

/* The kernel's number of the calling thread. */
int csys_thread_self(void);

/* Sends a signal to one thread of this process. */
int csys_thread_signal(int thread, int number);

/* A lock of one word: 0 free, 1 held, 2 held and waited for. Taking and letting go are one atomic
 * instruction each where nobody else wants it. */
void csys_lock_wait(uint32_t *word);
void csys_lock_wake(uint32_t *word);

static inline void csys_lock_take(uint32_t *word) {
    uint32_t free = 0;
    if (__builtin_expect(!__atomic_compare_exchange_n(word, &free, 1, 0, __ATOMIC_ACQUIRE,
                                                      __ATOMIC_RELAXED),
                         0))
        csys_lock_wait(word);
}

static inline void csys_lock_let_go(uint32_t *word) {
    if (__builtin_expect(__atomic_exchange_n(word, 0, __ATOMIC_SEQ_CST) == 2, 0))
        csys_lock_wake(word);
}

/* Whether somebody waits for the lock that the caller holds. */
static inline int csys_lock_is_wanted(const uint32_t *word) {
    return __atomic_load_n(word, __ATOMIC_RELAXED) == 2;
}

/* Sleeps as long as the word has this value, at most so many nanoseconds (0: for ever); may return
 * early. */
void csys_word_sleep(uint32_t *word, uint32_t value, uint64_t nanoseconds);

/* Wakes at most so many sleepers. */
void csys_word_wake(uint32_t *word, int count);

static inline uint32_t csys_word_load(const uint32_t *word) {
    return __atomic_load_n(word, __ATOMIC_SEQ_CST);
}
static inline void csys_word_store(uint32_t *word, uint32_t value) {
    __atomic_store_n(word, value, __ATOMIC_SEQ_CST);
}
static inline void csys_word_add(uint32_t *word, uint32_t amount) {
    __atomic_fetch_add(word, amount, __ATOMIC_SEQ_CST);
}

#endif
