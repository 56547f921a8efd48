#pragma once
// Errors of the engine as exceptions of Python: ropewalk.DiagnosticError, with code, place and fix. With the GIL.

#include "python.hpp"

#include <ropewalk/error.hpp>
#include <ropewalk/pool.hpp>

#include <exception>
#include <new>

namespace ropewalk::python {

/// Sets the exception. Returns null, for `return raise(...)`.
std::nullptr_t raise(const Errors& errors);

/// Calls `work`, and turns what it throws into an exception of Python. Then the result is null.
template <class Work>
PyObject* guarded(const Work& work) {
  try {
    return work();
  } catch (const BadResult& bad) {
    return raise(bad.errors());
  } catch (const Refused& refused) {
    return raise(refused.errors());
  } catch (const std::bad_alloc&) {
    return PyErr_NoMemory();
  } catch (const std::exception& error) {
    PyErr_SetString(PyExc_RuntimeError, error.what());
    return nullptr;
  }
}

}  // namespace ropewalk::python
