#ifndef CSYS_PROCESS_H
#define CSYS_PROCESS_H

#endif
