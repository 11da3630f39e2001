/* Brings only the include path of Python's headers, by pkg-config; CPython includes them. */
