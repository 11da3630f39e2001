/* Python's limited API of 3.10, which every later version keeps: one binary serves them all. */
#ifndef SWIFTCORN_CPYTHON_H
#define SWIFTCORN_CPYTHON_H

#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030A0000
#include <Python.h>

#endif
