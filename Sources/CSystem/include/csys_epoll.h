#ifndef CSYS_EPOLL_H
#define CSYS_EPOLL_H

#include <stdint.h>
#include <sys/epoll.h>

/* Creates an epoll set, closed on exec. */
int csys_epoll_create(void);

/* Adds a descriptor; `token` comes back with its events. */
int csys_epoll_add(int queue, int descriptor, uint32_t events, uint64_t token);

/* Changes what is watched for. */
int csys_epoll_change(int queue, int descriptor, uint32_t events, uint64_t token);

/* Forgets a descriptor. */
int csys_epoll_remove(int queue, int descriptor);

/* Waits at most `milliseconds` (-1: for ever); an interrupted wait is 0 events. */
int csys_epoll_wait(int queue, struct epoll_event *events, int capacity, int milliseconds);

/* The token of one event: the union's field is not visible to Swift in packed structures. */
static inline uint64_t csys_epoll_token(const struct epoll_event *event) { return event->data.u64; }

/* What happened to it. */
static inline uint32_t csys_epoll_events(const struct epoll_event *event) { return event->events; }

/* EPOLLIN and its kin are enumerators with a type of their own in C. */
static const uint32_t CSYS_READABLE = 0x001;
static const uint32_t CSYS_WRITABLE = 0x004;
static const uint32_t CSYS_ERROR = 0x008;
static const uint32_t CSYS_HANGUP = 0x010;
static const uint32_t CSYS_PEER_CLOSED = 0x2000;
static const uint32_t CSYS_EXCLUSIVE = 1u << 28;

#endif
