#include "values.hpp"

#include <new>

namespace ropewalk::python {
namespace {

constexpr int kMaxDepth = 64;  // of lists and maps in each other, as in JSON

/// Lends the bytes of a value to memoryviews.
struct SharedMemory {
  PyObject_HEAD Value value;
};

PyObject* shared_memory_type = nullptr;

int lend(PyObject* self, Py_buffer* view, int flags) {
  const std::string_view bytes = *reinterpret_cast<SharedMemory*>(self)->value.bytes();
  return PyBuffer_FillInfo(view, self, const_cast<char*>(bytes.data()), static_cast<Py_ssize_t>(bytes.size()), 1,
                           flags);
}

void free_shared_memory(PyObject* self) {
  PyTypeObject* type = Py_TYPE(self);
  reinterpret_cast<SharedMemory*>(self)->value.~Value();
  reinterpret_cast<freefunc>(PyType_GetSlot(type, Py_tp_free))(self);
  Py_DECREF(type);
}

Ref view_of(const Value& value) {
  auto* type = reinterpret_cast<PyTypeObject*>(shared_memory_type);
  auto* allocate = reinterpret_cast<allocfunc>(PyType_GetSlot(type, Py_tp_alloc));
  Ref memory(allocate(type, 0));
  if (!memory) return {};
  new (&reinterpret_cast<SharedMemory*>(memory.get())->value) Value(value);
  return Ref(PyMemoryView_FromObject(memory.get()));
}

Ref path_of(std::string_view path) {
  const Ref decoded(PyUnicode_DecodeFSDefaultAndSize(path.data(), static_cast<Py_ssize_t>(path.size())));
  const Ref module(decoded ? PyImport_ImportModule("pathlib") : nullptr);
  const Ref type(module ? PyObject_GetAttrString(module.get(), "Path") : nullptr);
  return Ref(type ? PyObject_CallFunctionObjArgs(type.get(), decoded.get(), nullptr) : nullptr);
}

Ref list_of(const Value& value, SharedBytesAs shared) {
  Ref list(PyList_New(0));
  bool good = static_cast<bool>(list);
  value.each_element([&](const Value& element) {
    if (!good) return;
    const Ref made = to_python(element, shared);
    good = made && PyList_Append(list.get(), made.get()) == 0;
  });
  return good ? std::move(list) : Ref();
}

Ref dict_of(const Map& map, SharedBytesAs shared) {
  Ref dict(PyDict_New());
  for (const auto& [name, value] : map) {
    const Ref key = text(name);
    const Ref made = key ? to_python(value, shared) : Ref();
    if (!dict || !made || PyDict_SetItem(dict.get(), key.get(), made.get()) != 0) return {};
  }
  return dict;
}

bool take(PyObject* object, Value& value, int depth);

bool take_sequence(PyObject* object, Value& value, int depth) {
  const Ref items(PySequence_List(object));
  if (!items) return false;
  List list(static_cast<std::size_t>(PyList_Size(items.get())));
  for (std::size_t i = 0; i < list.size(); ++i)
    if (!take(PyList_GetItem(items.get(), static_cast<Py_ssize_t>(i)), list[i], depth + 1)) return false;
  value = std::move(list);
  return true;
}

bool take_dict(PyObject* object, Value& value, int depth) {
  Map map;
  const Ref items(PyDict_Items(object));
  for (Py_ssize_t i = 0; items && i < PyList_Size(items.get()); ++i) {
    PyObject* const pair = PyList_GetItem(items.get(), i);
    std::string name;
    if (!PyUnicode_Check(PyTuple_GetItem(pair, 0))) {
      PyErr_SetString(PyExc_TypeError, "a map of the workflow language has str as keys");
      return false;
    }
    Value element;
    if (!to_text(PyTuple_GetItem(pair, 0), name) || !take(PyTuple_GetItem(pair, 1), element, depth + 1)) return false;
    map.insert_or_assign(std::move(name), std::move(element));
  }
  value = std::move(map);
  return static_cast<bool>(items);
}

bool take_buffer(PyObject* object, Value& value) {
  Py_buffer view;
  if (PyObject_GetBuffer(object, &view, PyBUF_SIMPLE) != 0) return false;
  value = Bytes{std::string(static_cast<const char*>(view.buf), static_cast<std::size_t>(view.len))};
  PyBuffer_Release(&view);
  return true;
}

bool take_path(PyObject* object, Value& value) {
  const Ref named(PyOS_FSPath(object));
  Ref bytes =
      named && PyUnicode_Check(named.get()) ? Ref(PyUnicode_EncodeFSDefault(named.get())) : Ref::borrowed(named.get());
  char* data = nullptr;
  Py_ssize_t size = 0;
  if (!bytes || PyBytes_AsStringAndSize(bytes.get(), &data, &size) != 0) return false;
  value = Path{std::string(data, static_cast<std::size_t>(size))};
  return true;
}

bool take(PyObject* object, Value& value, int depth) {
  if (depth > kMaxDepth) {
    PyErr_SetString(PyExc_ValueError, "lists and dicts are nested too deeply: at most 64 levels");
    return false;
  }
  if (object == Py_None) return value = Value(), true;
  if (PyBool_Check(object)) return value = Value(object == Py_True), true;
  if (PyLong_Check(object)) {
    const long long number = PyLong_AsLongLong(object);
    if (number == -1 && PyErr_Occurred() != nullptr) return false;
    return value = Value(static_cast<std::int64_t>(number)), true;
  }
  if (PyFloat_Check(object)) return value = Value(PyFloat_AsDouble(object)), true;
  if (PyUnicode_Check(object)) {
    std::string utf8;
    if (!to_text(object, utf8)) return false;
    return value = Value(std::move(utf8)), true;
  }
  if (PyObject_CheckBuffer(object) != 0) return take_buffer(object, value);
  if (PyList_Check(object) || PyTuple_Check(object)) return take_sequence(object, value, depth);
  if (PyDict_Check(object)) return take_dict(object, value, depth);
  if (PyObject_HasAttrString(object, "__fspath__") != 0) return take_path(object, value);
  const Ref type(PyType_GetName(Py_TYPE(object)));
  PyErr_Format(PyExc_TypeError, "a parameter cannot be a '%S'", type.get());
  return false;
}

}  // namespace

Ref text(std::string_view text) {
  return Ref(PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), "surrogateescape"));
}

Ref texts(const std::vector<std::string>& texts) {
  Ref list(PyList_New(0));
  for (const std::string& each : texts) {
    const Ref made = text(each);
    if (!list || !made || PyList_Append(list.get(), made.get()) != 0) return {};
  }
  return list;
}

Ref to_python(const Value& value, SharedBytesAs shared) {
  switch (value.kind()) {
    case Value::Kind::null: return Ref::borrowed(Py_None);
    case Value::Kind::boolean: return Ref::borrowed(*value.as_bool() ? Py_True : Py_False);
    case Value::Kind::integer: return Ref(PyLong_FromLongLong(*value.as_int()));
    case Value::Kind::real: return Ref(PyFloat_FromDouble(*value.as_float()));
    case Value::Kind::text: return text(*value.bytes());
    case Value::Kind::path: return path_of(*value.bytes());
    case Value::Kind::list: return list_of(value, shared);
    case Value::Kind::map: return dict_of(*value.as_map(), shared);
    case Value::Kind::bytes: break;
  }
  if (shared == SharedBytesAs::views && value.as_shared() != nullptr) return view_of(value);
  const std::string_view bytes = *value.bytes();
  return Ref(PyBytes_FromStringAndSize(bytes.data(), static_cast<Py_ssize_t>(bytes.size())));
}

bool to_value(PyObject* object, Value& value) { return take(object, value, 0); }

bool to_text(PyObject* object, std::string& text) {
  Py_ssize_t length = 0;
  if (const char* utf8 = PyUnicode_AsUTF8AndSize(object, &length); utf8 != nullptr)
    return text.assign(utf8, static_cast<std::size_t>(length)), true;
  if (PyErr_ExceptionMatches(PyExc_UnicodeEncodeError) == 0) return false;
  PyErr_Clear();  // it has surrogates
  const Ref bytes(PyUnicode_AsEncodedString(object, "utf-8", "surrogateescape"));
  char* data = nullptr;
  Py_ssize_t size = 0;
  if (!bytes || PyBytes_AsStringAndSize(bytes.get(), &data, &size) != 0) return false;
  text.assign(data, static_cast<std::size_t>(size));
  return true;
}

bool add_shared_memory_type() {
  PyType_Slot slots[] = {{Py_tp_dealloc, reinterpret_cast<void*>(free_shared_memory)},
                         {Py_bf_getbuffer, reinterpret_cast<void*>(lend)},
                         {0, nullptr}};
  PyType_Spec spec = {.name = "ropewalk._engine.SharedMemory",
                      .basicsize = sizeof(SharedMemory),
                      .itemsize = 0,
                      .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
                      .slots = slots};
  shared_memory_type = PyType_FromSpec(&spec);
  return shared_memory_type != nullptr;
}

}  // namespace ropewalk::python
