/* Python's limited API of 3.10, which every later version keeps: one binary serves them all.
 *
 * Here stands what Swift cannot import: macros with casts, singletons, exception globals, variadic
 * calls, and the layout of the objects we give to Python. References are counted by calls into the
 * interpreter, never by our own arithmetic: what a count means (immortal objects) differs between
 * versions. */
#ifndef SWIFTCORN_CPYTHON_H
#define SWIFTCORN_CPYTHON_H

#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030A0000
#include <Python.h>
#include <stdbool.h>

/* The singletons, borrowed. */
PyObject *cpy_none(void);
PyObject *cpy_true(void);
PyObject *cpy_false(void);

/* The exceptions we raise or recognise. */
typedef enum {
    CPY_ASSERTION_ERROR,
    CPY_BASE_EXCEPTION,
    CPY_KEYBOARD_INTERRUPT,
    CPY_OS_ERROR,
    CPY_OVERFLOW_ERROR,
    CPY_RUNTIME_ERROR,
    CPY_STOP_ITERATION,
    CPY_SYNTAX_ERROR,
    CPY_SYSTEM_EXIT,
    CPY_TIMEOUT_ERROR,
    CPY_TYPE_ERROR,
    CPY_VALUE_ERROR,
} cpy_exception;

/* The exception's class, borrowed. */
PyObject *cpy_exception_class(cpy_exception which);

/* Type tests that are macros in Python's headers. */
bool cpy_is_bytes(PyObject *object);
bool cpy_is_text(PyObject *object);
bool cpy_is_exact_list(PyObject *object);
bool cpy_is_exact_tuple(PyObject *object);
bool cpy_is_list(PyObject *object);
bool cpy_is_tuple(PyObject *object);
bool cpy_is_dict(PyObject *object);
bool cpy_is_integer(PyObject *object);
bool cpy_is_type(PyObject *object, PyObject *type);

/* How many references there are. Only 1 has a meaning to us: nobody else holds the object. */
static inline bool cpy_is_ours_alone(PyObject *object) { return Py_REFCNT(object) == 1; }
static inline bool cpy_has_references(PyObject *object, Py_ssize_t count) {
    return Py_REFCNT(object) == count;
}

/* Calls with two arguments the fastest way this interpreter has: a vector call where it exports
 * one (all do from 3.9 on, the limited API only from 3.12), else a tuple. */
PyObject *cpy_call_two(PyObject *callable, PyObject *first, PyObject *second);

/* Whether this thread holds the interpreter's lock; where this interpreter does not say, whether
 * it is a thread that Python knows at all. */
bool cpy_holds_lock(void);

/* Looks up what the limited API of 3.10 does not promise; called once, at import. */
void cpy_look_up_fast_calls(void);

/* An object of ours: Python's head and one pointer to what it stands for. */
typedef struct {
    PyObject ob_base;
    void *owner;
} cpy_object;

static inline void *cpy_owner(PyObject *self) { return ((cpy_object *)self)->owner; }
static inline void cpy_set_owner(PyObject *self, void *owner) {
    ((cpy_object *)self)->owner = owner;
}

/* Makes one object of a type that `cpy_type_create` made. */
PyObject *cpy_object_create(PyObject *type, void *owner);

/* Ends an object of such a type: frees it and lets go of the type. Called from its dealloc slot. */
void cpy_object_destroy(PyObject *self);

/* Makes a type whose objects are `cpy_object`s and cannot be made from Python. `methods` (ended by
 * a NULL name) and the slots that are NULL are left out; `methods` must live as long as the
 * type. */
typedef struct {
    const char *name;
    const char *doc;
    void (*dealloc)(PyObject *self);
    PyObject *(*call)(PyObject *self, PyObject *arguments, PyObject *keywords);
    PyObject *(*iterate)(PyObject *self);
    PyObject *(*next)(PyObject *self);
    PyMethodDef *methods;
} cpy_type_plan;

PyObject *cpy_type_create(const cpy_type_plan *plan);

/* The module definition, with the head that only a macro can write. */
PyObject *cpy_module_create(const char *name, const char *doc, PyMethodDef *methods);

/* What a method of the flags METH_FASTCALL | METH_KEYWORDS is, and how a table of methods has
 * it. */
typedef PyObject *(*cpy_fast_method)(PyObject *self, PyObject *const *given, Py_ssize_t count,
                                     PyObject *names);
static inline PyCFunction cpy_fast_entry(cpy_fast_method method) {
    return (PyCFunction)(void (*)(void))method;
}
bool cpy_is_real(PyObject *object);

/* Raises with a plain message. Always NULL, for `return cpy_raise(…)`. */
PyObject *cpy_raise(cpy_exception which, const char *message);

#endif
