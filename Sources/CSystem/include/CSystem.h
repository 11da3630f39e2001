/* What Swift cannot say to the kernel: one call each, no decisions, no globals unless a signal
 * handler needs them. Results are non-negative, or the negated errno: errno is read here, because
 * Swift may retain or release between a call and a later read of it. */
#ifndef CSYSTEM_H
#define CSYSTEM_H

#include "csys_atomic.h"
#include "csys_channel.h"
#include "csys_datagram.h"
#include "csys_epoll.h"
#include "csys_file.h"
#include "csys_io.h"
#include "csys_process.h"
#include "csys_signal.h"
#include "csys_socket.h"
#include "csys_thread.h"
#include "csys_user.h"
#include "csys_watch.h"

#endif
