#include "options.hpp"

#include "values.hpp"

#include <cmath>

namespace ropewalk::python {
namespace {

std::string text_of(PyObject* object) {
  std::string made;
  if (!to_text(object, made)) throw PythonError();
  return made;
}

}  // namespace

PyObject* Options::find(const char* name) const {
  PyObject* const found = PyDict_GetItemString(dict_, name);
  return found == Py_None ? nullptr : found;
}

std::string Options::text(const char* name) const {
  PyObject* const found = find(name);
  return found == nullptr ? std::string() : text_of(found);
}

std::vector<std::string> Options::texts(const char* name) const {
  std::vector<std::string> all;
  PyObject* const found = find(name);
  if (found == nullptr) return all;
  const Ref list(PySequence_List(found));
  if (!list) throw PythonError();
  for (Py_ssize_t i = 0; i < PyList_Size(list.get()); ++i) all.push_back(text_of(PyList_GetItem(list.get(), i)));
  return all;
}

std::map<std::string, std::string> Options::pairs(const char* name) const {
  std::map<std::string, std::string> all;
  PyObject* const found = find(name);
  if (found == nullptr) return all;
  PyObject *key = nullptr, *value = nullptr;
  Py_ssize_t at = 0;
  while (PyDict_Next(found, &at, &key, &value) != 0) all.insert_or_assign(text_of(key), text_of(value));
  return all;
}

std::uint64_t Options::number(const char* name, std::uint64_t absent) const {
  PyObject* const found = find(name);
  if (found == nullptr) return absent;
  const unsigned long long number = PyLong_AsUnsignedLongLong(found);
  if (PyErr_Occurred() != nullptr) throw PythonError();
  return number;
}

std::chrono::nanoseconds Options::duration(const char* name, std::chrono::nanoseconds absent) const {
  PyObject* const found = find(name);
  if (found == nullptr) return absent;
  const double seconds = PyFloat_AsDouble(found);
  if (PyErr_Occurred() != nullptr) throw PythonError();
  constexpr double kMax = 9.2e9;  // seconds that nanoseconds can count
  if (!(seconds >= 0 && seconds < kMax)) {
    PyErr_Format(PyExc_ValueError, "%s must be a number of seconds that is not negative", name);
    throw PythonError();
  }
  return std::chrono::nanoseconds(std::llround(seconds * 1e9));
}

}  // namespace ropewalk::python
