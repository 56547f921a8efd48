#pragma once
// Python's C API as this module uses it, and how it lets other threads of Python run.

#include "reference.hpp"

#include <utility>

namespace ropewalk::python {

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
