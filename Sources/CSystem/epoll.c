#include "CSystem.h"

#include <errno.h>

_Static_assert(EPOLLIN == 0x001 && EPOLLOUT == 0x004 && EPOLLERR == 0x008 && EPOLLHUP == 0x010 &&
                   EPOLLRDHUP == 0x2000 && EPOLLEXCLUSIVE == (1u << 28),
               "the kernel's event bits are not those of csys_epoll.h");

int csys_epoll_create(void) {
    int queue = epoll_create1(EPOLL_CLOEXEC);
    return queue < 0 ? -errno : queue;
}

static int control(int queue, int operation, int descriptor, uint32_t events, uint64_t token) {
    struct epoll_event event = {.events = events, .data = {.u64 = token}};
    return epoll_ctl(queue, operation, descriptor, &event) < 0 ? -errno : 0;
}

int csys_epoll_add(int queue, int descriptor, uint32_t events, uint64_t token) {
    return control(queue, EPOLL_CTL_ADD, descriptor, events, token);
}

int csys_epoll_change(int queue, int descriptor, uint32_t events, uint64_t token) {
    return control(queue, EPOLL_CTL_MOD, descriptor, events, token);
}

int csys_epoll_remove(int queue, int descriptor) {
    return control(queue, EPOLL_CTL_DEL, descriptor, 0, 0);
}

int csys_epoll_wait(int queue, struct epoll_event *events, int capacity, int milliseconds) {
    int count = epoll_wait(queue, events, capacity, milliseconds);
    if (count >= 0) return count;
    return errno == EINTR ? 0 : -errno;
}
