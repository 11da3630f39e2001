#ifndef CSYS_IO_H
#define CSYS_IO_H

#endif
