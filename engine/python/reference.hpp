#pragma once
// Python.h in the stable ABI of Python 3.11, and an owner of what it counts, for both extension modules. Used with the
// lock of the interpreter held.

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <utility>

namespace ropewalk::python {

/// Owns one reference, or is null, as after an error of Python.
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
