#define _GNU_SOURCE
#include "CPython.h"

#include <dlfcn.h>
#include <stdlib.h>

PyObject *cpy_none(void) { return Py_None; }
PyObject *cpy_true(void) { return Py_True; }
PyObject *cpy_false(void) { return Py_False; }

PyObject *cpy_exception_class(cpy_exception which) {
    switch (which) {
    case CPY_ASSERTION_ERROR: return PyExc_AssertionError;
    case CPY_BASE_EXCEPTION: return PyExc_BaseException;
    case CPY_KEYBOARD_INTERRUPT: return PyExc_KeyboardInterrupt;
    case CPY_OS_ERROR: return PyExc_OSError;
    case CPY_OVERFLOW_ERROR: return PyExc_OverflowError;
    case CPY_RUNTIME_ERROR: return PyExc_RuntimeError;
    case CPY_STOP_ITERATION: return PyExc_StopIteration;
    case CPY_SYNTAX_ERROR: return PyExc_SyntaxError;
    case CPY_SYSTEM_EXIT: return PyExc_SystemExit;
    case CPY_TIMEOUT_ERROR: return PyExc_TimeoutError;
    case CPY_TYPE_ERROR: return PyExc_TypeError;
    case CPY_VALUE_ERROR: return PyExc_ValueError;
    }
    return PyExc_RuntimeError;
}

bool cpy_is_bytes(PyObject *object) { return PyBytes_Check(object); }
bool cpy_is_text(PyObject *object) { return PyUnicode_Check(object); }
bool cpy_is_exact_list(PyObject *object) { return PyList_CheckExact(object); }
bool cpy_is_exact_tuple(PyObject *object) { return PyTuple_CheckExact(object); }
bool cpy_is_list(PyObject *object) { return PyList_Check(object); }
bool cpy_is_tuple(PyObject *object) { return PyTuple_Check(object); }
bool cpy_is_dict(PyObject *object) { return PyDict_Check(object); }
bool cpy_is_real(PyObject *object) { return PyFloat_Check(object); }
bool cpy_is_integer(PyObject *object) { return PyLong_Check(object); }

bool cpy_is_type(PyObject *object, PyObject *type) {
    return (PyObject *)Py_TYPE(object) == type;
}

typedef PyObject *(*vector_call)(PyObject *, PyObject *const *, size_t, PyObject *);

static vector_call fast_call;
static int (*check_lock)(void);

void cpy_look_up_fast_calls(void) {
    fast_call = (vector_call)dlsym(RTLD_DEFAULT, "PyObject_Vectorcall");
    if (!fast_call) fast_call = (vector_call)dlsym(RTLD_DEFAULT, "_PyObject_Vectorcall");
    check_lock = (int (*)(void))dlsym(RTLD_DEFAULT, "PyGILState_Check");
}

bool cpy_holds_lock(void) {
    return check_lock ? check_lock() != 0 : PyGILState_GetThisThreadState() != NULL;
}

PyObject *cpy_call_two(PyObject *callable, PyObject *first, PyObject *second) {
    if (!fast_call) return PyObject_CallFunctionObjArgs(callable, first, second, NULL);
    /* One free place before the arguments lets a bound method put its `self` there. */
    PyObject *arguments[3] = {NULL, first, second};
    size_t offset_flag = (size_t)1 << (8 * sizeof(size_t) - 1);
    return fast_call(callable, arguments + 1, 2 | offset_flag, NULL);
}

PyObject *cpy_object_create(PyObject *type, void *owner) {
    PyObject *self = PyType_GenericAlloc((PyTypeObject *)type, 0);
    if (self) cpy_set_owner(self, owner);
    return self;
}

void cpy_object_destroy(PyObject *self) {
    PyTypeObject *type = Py_TYPE(self);
    freefunc release = (freefunc)PyType_GetSlot(type, Py_tp_free);
    release(self);
    Py_DecRef((PyObject *)type);
}

/* An object of ours made from Python would stand for nothing. */
static PyObject *refuse_new(PyTypeObject *type, PyObject *arguments, PyObject *keywords) {
    (void)type, (void)arguments, (void)keywords;
    PyErr_SetString(PyExc_TypeError, "only the server makes objects of this type");
    return NULL;
}

PyObject *cpy_type_create(const cpy_type_plan *plan) {
    PyType_Slot slots[8];
    int count = 0;
    slots[count++] = (PyType_Slot){Py_tp_new, (void *)refuse_new};
    slots[count++] = (PyType_Slot){Py_tp_dealloc, (void *)plan->dealloc};
    if (plan->doc) slots[count++] = (PyType_Slot){Py_tp_doc, (void *)plan->doc};
    if (plan->call) slots[count++] = (PyType_Slot){Py_tp_call, (void *)plan->call};
    if (plan->iterate) slots[count++] = (PyType_Slot){Py_tp_iter, (void *)plan->iterate};
    if (plan->next) slots[count++] = (PyType_Slot){Py_tp_iternext, (void *)plan->next};
    if (plan->methods) slots[count++] = (PyType_Slot){Py_tp_methods, plan->methods};
    slots[count] = (PyType_Slot){0, NULL};
    PyType_Spec spec = {
        .name = plan->name,
        .basicsize = sizeof(cpy_object),
        .flags = Py_TPFLAGS_DEFAULT,
        .slots = slots,
    };
    return PyType_FromSpec(&spec);
}

PyObject *cpy_module_create(const char *name, const char *doc, PyMethodDef *methods) {
    /* It has to live as long as the module, and that is as long as the process. */
    struct PyModuleDef *definition = calloc(1, sizeof *definition);
    if (!definition) return PyErr_NoMemory();
    *definition = (struct PyModuleDef){PyModuleDef_HEAD_INIT};
    definition->m_name = name;
    definition->m_doc = doc;
    definition->m_size = -1;
    definition->m_methods = methods;
    return PyModule_Create(definition);
}

PyObject *cpy_raise(cpy_exception which, const char *message) {
    PyErr_SetString(cpy_exception_class(which), message);
    return NULL;
}
