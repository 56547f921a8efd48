#pragma once
// Reads the dicts in which the Python side of this module passes its options. With the GIL. What is not there has its
// default; what is of another type is a mistake of that side, and raises.

#include "python.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace ropewalk::python {

/// Thrown after a Python error was set.
struct PythonError {};

class Options {
 public:
  /// Borrows the dict.
  explicit Options(PyObject* dict) : dict_(dict) {}

  std::string text(const char* name) const;
  std::vector<std::string> texts(const char* name) const;
  /// Of a dict of str.
  std::map<std::string, std::string> pairs(const char* name) const;
  std::uint64_t number(const char* name, std::uint64_t absent = 0) const;
  std::chrono::nanoseconds duration(const char* name, std::chrono::nanoseconds absent = {}) const;
  bool has(const char* name) const { return find(name) != nullptr; }

 private:
  PyObject* find(const char* name) const;  // borrowed; null: absent or None

  PyObject* dict_;
};

}  // namespace ropewalk::python
