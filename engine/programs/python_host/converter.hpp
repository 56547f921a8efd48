#pragma once
// Conversion of one type of values between the host and Python. Made once per field, from what _describe.py says of it.
// Used with the lock of the interpreter. A function that fails has set an exception of Python.

#include "python.hpp"

#include <ropewalk/sdk/abi.h>

#include <cstdint>
#include <memory>

namespace ropewalk::python {

/// The types of the ABI, and those that differ in Python alone. As in _describe.py.
enum Kind : std::int32_t {
  kView = 12,     ///< bytes as a memoryview
  kSeconds = 13,  ///< a duration as a float
  kBuffer = 14,   ///< bytes that were written in place
  kStream = 15,   ///< a stream of the task's processes as text
};

class Converter {
 public:
  /// From (kind, make, element, optional). Null if it is no such tuple.
  static std::unique_ptr<Converter> from(PyObject* description);

  std::int32_t kind() const { return kind_; }
  /// Whether what read() makes can be used again where the same is wanted.
  bool makes_constants() const;

  /// The value of a parameter that is there.
  PyObject* read(const ropewalk_host* host, ropewalk_call* call, std::uint32_t position) const;
  /// Gives a value to a field of the result.
  bool write(const ropewalk_host* host, ropewalk_call* call, std::uint32_t position, PyObject* value) const;

 private:
  PyObject* make(PyObject* plain) const;
  PyObject* from_value(const ropewalk_host* host, const ropewalk_value* value) const;
  bool write_plain(const ropewalk_host* host, ropewalk_call* call, std::uint32_t position, PyObject* value) const;
  static bool build(const ropewalk_host* host, ropewalk_builder* builder, const Converter* as, PyObject* value,
                    int depth);

  std::int32_t kind_ = 0;
  bool optional_ = false;
  Ref make_;
  std::unique_ptr<Converter> element_;
};

/// Functions of Python that converters need. Once; false: an exception is set.
bool prepare_converters();

/// A Python text of the host's.
PyObject* text_object(ropewalk_text text);

}  // namespace ropewalk::python
