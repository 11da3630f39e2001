#include "CPython.h"
