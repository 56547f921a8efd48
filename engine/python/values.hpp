#pragma once
// Values of the engine to objects of Python and back. With the GIL.

#include "python.hpp"

#include <ropewalk/value.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace ropewalk::python {

/// What becomes of bytes that lie in memory shared between processes.
enum class SharedBytesAs {
  copies,  ///< bytes
  views,   ///< a read-only memoryview of that memory
};

/// Text is decoded with `surrogateescape`, a path becomes a pathlib.Path. Null: a Python error.
Ref to_python(const Value& value, SharedBytesAs shared = SharedBytesAs::copies);
/// Text of the engine, which is UTF-8 as a rule.
Ref text(std::string_view text);
/// The same of each, in a list.
Ref texts(const std::vector<std::string>& texts);
/// False: a Python error. bool, int, float, str, bytes-like, os.PathLike, and lists, tuples and dicts of them.
bool to_value(PyObject* object, Value& value);
/// The UTF-8 of a str, with its surrogates as the bytes that they stand for. False: a Python error.
bool to_text(PyObject* object, std::string& text);

/// Makes the type of objects that lend shared memory to memoryviews. False: a Python error.
bool add_shared_memory_type();

}  // namespace ropewalk::python
