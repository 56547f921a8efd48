#pragma once
// Python's C API as this module uses it: the stable ABI of Python 3.11, and an owned reference. With the GIL.

#ifndef Py_LIMITED_API
#define Py_LIMITED_API 0x030B0000
#endif
#ifndef PY_SSIZE_T_CLEAN
#define PY_SSIZE_T_CLEAN
#endif
#include <Python.h>

#include <utility>

namespace ropewalk::python {

/// A reference that is owned, or null after a Python error.
class Owned {
 public:
  Owned() = default;
  /// Takes the reference.
  explicit Owned(PyObject* object) : object_(object) {}
  ~Owned() { Py_XDECREF(object_); }
  Owned(Owned&& other) noexcept : object_(other.release()) {}
  Owned& operator=(Owned&& other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  /// Shares an object that somebody else owns.
  static Owned shared(PyObject* object) {
    Py_XINCREF(object);
    return Owned(object);
  }

  PyObject* get() const { return object_; }
  PyObject* release() { return std::exchange(object_, nullptr); }
  explicit operator bool() const { return object_ != nullptr; }

 private:
  PyObject* object_ = nullptr;
};

/// Lets other threads of Python run.
class WithoutGil {
 public:
  WithoutGil() : state_(PyEval_SaveThread()) {}
  ~WithoutGil() { PyEval_RestoreThread(state_); }
  WithoutGil(const WithoutGil&) = delete;
  WithoutGil& operator=(const WithoutGil&) = delete;

 private:
  PyThreadState* const state_;
};

/// The same with pauses in which this thread runs Python.
class GilSwitch {
 public:
  GilSwitch() : state_(PyEval_SaveThread()) {}
  ~GilSwitch() {
    if (state_ != nullptr) take();
  }
  GilSwitch(const GilSwitch&) = delete;
  GilSwitch& operator=(const GilSwitch&) = delete;

  void take() { PyEval_RestoreThread(std::exchange(state_, nullptr)); }
  void drop() { state_ = PyEval_SaveThread(); }

 private:
  PyThreadState* state_;
};

}  // namespace ropewalk::python
