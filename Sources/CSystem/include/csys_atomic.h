#ifndef CSYS_ATOMIC_H
#define CSYS_ATOMIC_H

#endif
