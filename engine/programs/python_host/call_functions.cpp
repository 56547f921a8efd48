#include "call_functions.hpp"

#include "borrowed_memory.hpp"
#include "converter.hpp"
#include "interpreter.hpp"
#include "printed.hpp"
#include "python_plugin.hpp"

#include "host/handle.hpp"
#include "host/host_table.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string_view>

namespace ropewalk::python {
namespace {

const ropewalk_host& table() { return host::host_table(); }

ropewalk_call* call_of(PyObject* handle) { return reinterpret_cast<ropewalk_call*>(PyLong_AsSize_t(handle)); }

std::string_view view_of(const char* text, Py_ssize_t size) { return {text, static_cast<std::size_t>(size)}; }
ropewalk_text text_of(const char* text, Py_ssize_t size) { return {text, static_cast<std::uint64_t>(size)}; }

PyObject* none() { Py_RETURN_NONE; }

/// 0: no task runs on this thread.
PyObject* current(PyObject*, PyObject*) {
  const host::Handle handle = host::on_this_thread.handle;
  return PyLong_FromSize_t(handle == host::kNoHandle ? 0 : handle);
}

PyObject* index(PyObject*, PyObject* handle) { return PyLong_FromUnsignedLongLong(table().index(call_of(handle))); }
PyObject* attempt(PyObject*, PyObject* handle) { return PyLong_FromUnsignedLong(table().attempt(call_of(handle))); }
PyObject* stage(PyObject*, PyObject* handle) { return text_object(table().stage(call_of(handle))); }
PyObject* run_id(PyObject*, PyObject* handle) { return text_object(table().run_id(call_of(handle))); }
PyObject* cancelled(PyObject*, PyObject* handle) { return PyBool_FromLong(table().cancelled(call_of(handle))); }

PyObject* deadline(PyObject*, PyObject* handle) {
  const std::int64_t at = table().deadline(call_of(handle));
  return at == ROPEWALK_NO_DEADLINE ? none() : PyFloat_FromDouble(static_cast<double>(at) / 1e9);
}

/// In short pieces, because handlers of signals run between them.
PyObject* wait(PyObject*, PyObject* arguments) {
  constexpr std::int64_t kPieceNs = 50'000'000;
  PyObject* handle = nullptr;
  double seconds = 0;
  if (!PyArg_ParseTuple(arguments, "Od", &handle, &seconds)) return nullptr;
  ropewalk_call* const call = call_of(handle);
  auto left = static_cast<std::int64_t>(std::clamp(std::isnan(seconds) ? 0.0 : seconds, 0.0, 2e9) * 1e9);
  for (;;) {
    const std::int64_t piece = std::min(left, kPieceNs);
    left -= piece;
    std::int32_t stopped = 0;
    Py_BEGIN_ALLOW_THREADS;
    stopped = table().wait(call, piece);
    Py_END_ALLOW_THREADS;
    if (PyErr_CheckSignals() != 0) return nullptr;
    if (stopped != 0 || left <= 0) return PyBool_FromLong(stopped);
  }
}

PyObject* progress(PyObject*, PyObject* arguments) {
  PyObject* handle = nullptr;
  double fraction = 0;
  const char* note = nullptr;
  Py_ssize_t size = 0;
  if (!PyArg_ParseTuple(arguments, "Ods#", &handle, &fraction, &note, &size)) return nullptr;
  table().progress(call_of(handle), fraction, text_of(note, size));
  return none();
}

PyObject* log(PyObject*, PyObject* arguments) {
  PyObject* handle = nullptr;
  int level = 0;
  const char* text = nullptr;
  Py_ssize_t size = 0;
  if (!PyArg_ParseTuple(arguments, "Ois#", &handle, &level, &text, &size)) return nullptr;
  table().log(call_of(handle), level, text_of(text, size));
  return none();
}

PyObject* charge_cpu(PyObject*, PyObject* arguments) {
  PyObject* handle = nullptr;
  double seconds = 0;
  if (!PyArg_ParseTuple(arguments, "Od", &handle, &seconds)) return nullptr;
  table().charge_cpu(call_of(handle), static_cast<std::int64_t>(seconds * 1e9));
  return none();
}

PyObject* output(PyObject*, PyObject* arguments) {
  PyObject* handle = nullptr;
  int stream = 0;
  const char* piece = nullptr;
  Py_ssize_t size = 0;
  if (!PyArg_ParseTuple(arguments, "Oiy#", &handle, &stream, &piece, &size)) return nullptr;
  const auto* const feature = static_cast<const ropewalk_output*>(table().query(ROPEWALK_OUTPUT_FEATURE));
  if (feature->write(call_of(handle), stream, text_of(piece, size)) == ROPEWALK_OK) return none();
  PyErr_SetString(PyExc_OSError, "the output exceeds its limit, or cannot be kept");
  return nullptr;
}

PyObject* buffer(PyObject*, PyObject* arguments) {
  PyObject *handle = nullptr, *field = nullptr;
  Py_ssize_t size = 0;
  if (!PyArg_ParseTuple(arguments, "OUn", &handle, &field, &size)) return nullptr;
  const long position = find_result(field);
  if (position < 0 || size < 0)
    return PyErr_Format(PyExc_ValueError, "the task has no result '%U' for a buffer of %zd bytes", field, size);
  void* const memory =
      table().buffer(call_of(handle), static_cast<std::uint32_t>(position), static_cast<std::uint64_t>(size));
  if (memory == nullptr) return PyErr_NoMemory();
  return borrowed_memory(static_cast<char*>(memory), size, true);
}

/// (stream, bytes) -> their number, as write() of a file.
PyObject* print_bytes(PyObject*, PyObject* arguments) {
  int stream = 0;
  Py_buffer view{};
  if (!PyArg_ParseTuple(arguments, "iy*", &stream, &view)) return nullptr;
  const Py_ssize_t size = view.len;
  const int error = print(stream == 2 ? 2 : 1, view_of(static_cast<const char*>(view.buf), size));
  PyBuffer_Release(&view);
  if (error == 0) return PyLong_FromSsize_t(size);
  errno = error;
  return PyErr_SetFromErrno(PyExc_OSError);
}

PyObject* child_began(PyObject*, PyObject*) {
  become_child_of_task();
  return none();
}

PyObject* flush(PyObject*, PyObject*) {
  flush_printed();
  return none();
}

}  // namespace

PyMethodDef call_functions[] = {{"current", current, METH_NOARGS, nullptr},
                                {"index", index, METH_O, nullptr},
                                {"attempt", attempt, METH_O, nullptr},
                                {"stage", stage, METH_O, nullptr},
                                {"run_id", run_id, METH_O, nullptr},
                                {"cancelled", cancelled, METH_O, nullptr},
                                {"deadline", deadline, METH_O, nullptr},
                                {"wait", wait, METH_VARARGS, nullptr},
                                {"progress", progress, METH_VARARGS, nullptr},
                                {"log", log, METH_VARARGS, nullptr},
                                {"charge_cpu", charge_cpu, METH_VARARGS, nullptr},
                                {"output", output, METH_VARARGS, nullptr},
                                {"buffer", buffer, METH_VARARGS, nullptr},
                                {"print_bytes", print_bytes, METH_VARARGS, nullptr},
                                {"flush", flush, METH_NOARGS, nullptr},
                                {"child_began", child_began, METH_NOARGS, nullptr},
                                {nullptr, nullptr, 0, nullptr}};

}  // namespace ropewalk::python
