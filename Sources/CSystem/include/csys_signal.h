#ifndef CSYS_SIGNAL_H
#define CSYS_SIGNAL_H

#endif
