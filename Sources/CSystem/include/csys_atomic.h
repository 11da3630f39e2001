#ifndef CSYS_ATOMIC_H
#define CSYS_ATOMIC_H

#include <stdint.h>

/* Atomics on memory that several processes map: the compiler's own, so that nothing has to be
 * linked and a relaxed access costs what a plain one does. */

/* The value, in no order with other memory. */
static inline uint64_t csys_atomic_load(const uint64_t *place) {
    return __atomic_load_n(place, __ATOMIC_RELAXED);
}

/* Stores, in no order with other memory. */
static inline void csys_atomic_store(uint64_t *place, uint64_t value) {
    __atomic_store_n(place, value, __ATOMIC_RELAXED);
}

/* The value; what its writer wrote before it is visible afterwards. */
static inline uint64_t csys_atomic_load_acquire(const uint64_t *place) {
    return __atomic_load_n(place, __ATOMIC_ACQUIRE);
}

/* Stores; what was written before is visible to whoever acquires the value. */
static inline void csys_atomic_store_release(uint64_t *place, uint64_t value) {
    __atomic_store_n(place, value, __ATOMIC_RELEASE);
}

/* Adds and answers the value before. */
static inline uint64_t csys_atomic_add(uint64_t *place, uint64_t amount) {
    return __atomic_fetch_add(place, amount, __ATOMIC_ACQ_REL);
}

/* Stores and answers the value before. */
static inline uint64_t csys_atomic_exchange(uint64_t *place, uint64_t value) {
    return __atomic_exchange_n(place, value, __ATOMIC_ACQ_REL);
}

/* Stores when the value is the expected one; 1 when it was. */
static inline int csys_atomic_replace(uint64_t *place, uint64_t expected, uint64_t value) {
    return __atomic_compare_exchange_n(place, &expected, value, 0, __ATOMIC_ACQ_REL,
                                       __ATOMIC_ACQUIRE);
}

/* Stores one half of a word as the moment at which something holds: the compiler moves no store
 * from before to after it, nor from after to before it. A process that is killed leaves a prefix of
 * its stores in this order. */
static inline void csys_atomic_commit_half(uint32_t *place, uint32_t value) {
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    __atomic_store_n(place, value, __ATOMIC_RELEASE);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
}

/* The same with a whole word. */
static inline void csys_atomic_commit(uint64_t *place, uint64_t value) {
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    __atomic_store_n(place, value, __ATOMIC_RELEASE);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
}

/* Tells the processor that this is a loop that waits. */
static inline void csys_atomic_pause(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

#endif
