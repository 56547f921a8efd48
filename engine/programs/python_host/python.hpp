#pragma once
// Python.h, and owners of what it counts. A Ref is used with the lock of the interpreter held.

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <utility>

// Exported by 3.11, where it is not yet a part of the stable ABI, as it is from 3.12 on.
extern "C" PyObject* PyObject_Vectorcall(PyObject* callable, PyObject* const* arguments, size_t count, PyObject* names);

namespace ropewalk::python {

/// Owns one reference.
class Ref {
 public:
  Ref() = default;
  /// Takes over a new reference, or null.
  explicit Ref(PyObject* owned) : object_(owned) {}
  static Ref borrowed(PyObject* object) { return Ref(Py_XNewRef(object)); }
  Ref(Ref&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  Ref& operator=(Ref&& other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  Ref(const Ref&) = delete;
  Ref& operator=(const Ref&) = delete;
  ~Ref() { Py_XDECREF(object_); }

  PyObject* get() const { return object_; }
  PyObject* release() { return std::exchange(object_, nullptr); }
  explicit operator bool() const { return object_ != nullptr; }

 private:
  PyObject* object_ = nullptr;
};

}  // namespace ropewalk::python
