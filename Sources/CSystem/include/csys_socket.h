#ifndef CSYS_SOCKET_H
#define CSYS_SOCKET_H

#endif
