#pragma once
// Python's C API as the host uses it.

#include "reference.hpp"

// Exported by 3.11, where it is not yet a part of the stable ABI, as it is from 3.12 on.
extern "C" PyObject* PyObject_Vectorcall(PyObject* callable, PyObject* const* arguments, size_t count, PyObject* names);
