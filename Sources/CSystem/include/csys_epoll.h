#ifndef CSYS_EPOLL_H
#define CSYS_EPOLL_H

#endif
