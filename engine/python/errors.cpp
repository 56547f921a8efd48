#include "errors.hpp"

#include "values.hpp"

#include <ropewalk/report.hpp>

#include <string>

namespace ropewalk::python {
namespace {

/// (code, message, file, line, column, part, notes)
Ref tuple_of(const Error& error) {
  const Ref notes = texts(error.notes);
  const Ref code = text(error.code), message = text(error.message), file = text(error.place.file),
            part = text(error.place.part);
  if (!notes || !code || !message || !file || !part) return {};
  return Ref(Py_BuildValue("(OOOiiOO)", code.get(), message.get(), file.get(), error.place.line, error.place.column,
                           part.get(), notes.get()));
}

}  // namespace

std::nullptr_t raise(const Errors& errors) {
  const Ref list(PyList_New(0));
  for (const Error& error : errors.list) {
    const Ref made = tuple_of(error);
    if (!list || !made || PyList_Append(list.get(), made.get()) != 0) return nullptr;
  }
  std::string shown;
  append_diagnostics(shown, errors, false);
  const Ref all = text(shown);
  const Ref module(PyImport_ImportModule("ropewalk._diagnostics"));
  const Ref made(module && list && all ? PyObject_CallMethod(module.get(), "error_of", "OO", list.get(), all.get())
                                       : nullptr);
  if (made) PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(made.get())), made.get());
  return nullptr;
}

}  // namespace ropewalk::python
