#include "converter.hpp"

#include "borrowed_memory.hpp"

#include <cmath>
#include <cstdio>

namespace ropewalk::python {
namespace {

constexpr int kMaxDepth = 64;
constexpr std::int64_t kNsPerSecond = 1'000'000'000;

PyObject* plain_function = nullptr;    // _values.plain
PyObject* seconds_function = nullptr;  // _values.seconds

/// Sets a TypeError.
bool refuse(const char* wanted, PyObject* value) {
  const Ref type(PyType_GetQualName(Py_TYPE(value)));
  PyErr_Format(PyExc_TypeError, "%s is expected, not %R (%U)", wanted, value, type.get());
  return false;
}

bool int_of(PyObject* value, std::int64_t& out) {
  Ref whole;
  if (!PyLong_Check(value)) {
    if (!PyIndex_Check(value)) return refuse("an int", value);
    whole = Ref(PyNumber_Index(value));
    if (!whole) return false;
    value = whole.get();
  } else if (PyBool_Check(value)) {
    return refuse("an int", value);
  }
  int overflow = 0;
  out = PyLong_AsLongLongAndOverflow(value, &overflow);
  if (overflow == 0) return out != -1 || PyErr_Occurred() == nullptr;
  PyErr_SetString(PyExc_OverflowError, "the int does not fit into 64 bits with a sign");
  return false;
}

bool float_of(PyObject* value, double& out) {
  if (PyFloat_Check(value)) return out = PyFloat_AsDouble(value), true;
  if (PyBool_Check(value)) return refuse("a number", value);
  out = PyFloat_AsDouble(value);
  if (out != -1.0 || PyErr_Occurred() == nullptr) return true;
  if (PyErr_ExceptionMatches(PyExc_TypeError) == 0) return false;
  PyErr_Clear();
  return refuse("a number", value);
}

/// Also numpy's.
bool bool_of(PyObject* value, bool& out) {
  if (PyBool_Check(value)) return out = value == Py_True, true;
  const Ref name(PyType_GetName(Py_TYPE(value)));
  const char* const text = name ? PyUnicode_AsUTF8AndSize(name.get(), nullptr) : nullptr;
  if (text == nullptr) return false;
  const std::string_view type = text;
  if (type != "bool_" && type != "bool") return refuse("True or False", value);
  const int truth = PyObject_IsTrue(value);
  return out = truth == 1, truth >= 0;
}

bool duration_of(PyObject* value, std::int64_t& out) {
  const Ref seconds(PyObject_Vectorcall(seconds_function, &value, 1, nullptr));
  if (!seconds) {
    PyErr_Clear();
    return refuse("a timedelta or a number of seconds", value);
  }
  const double number = PyFloat_AsDouble(seconds.get());
  const double nanoseconds = std::round(number * static_cast<double>(kNsPerSecond));
  if (!(std::abs(nanoseconds) < 9.2e18)) return refuse("a duration below 292 years", value);
  return out = static_cast<std::int64_t>(nanoseconds), true;
}

/// The bytes of a text, a path or a buffer, borrowed from `keeper`.
bool text_of(PyObject* value, Ref& keeper, ropewalk_text& out) {
  if (!PyUnicode_Check(value)) return refuse("a str", value);
  Py_ssize_t size = 0;
  const char* data = PyUnicode_AsUTF8AndSize(value, &size);
  if (data == nullptr) {  // surrogates, which stand for bytes that are not UTF-8
    PyErr_Clear();
    keeper = Ref(PyUnicode_AsEncodedString(value, "utf-8", "surrogateescape"));
    char* bytes = nullptr;
    if (!keeper || PyBytes_AsStringAndSize(keeper.get(), &bytes, &size) != 0) return false;
    data = bytes;
  }
  out = {data, static_cast<std::uint64_t>(size)};
  return true;
}

bool path_of(PyObject* value, Ref& keeper, ropewalk_text& out) {
  Ref path(PyOS_FSPath(value));
  if (!path) {
    PyErr_Clear();
    return refuse("a path", value);
  }
  if (PyUnicode_Check(path.get())) path = Ref(PyUnicode_EncodeFSDefault(path.get()));
  char* bytes = nullptr;
  Py_ssize_t size = 0;
  if (!path || PyBytes_AsStringAndSize(path.get(), &bytes, &size) != 0) return false;
  keeper = std::move(path);
  out = {bytes, static_cast<std::uint64_t>(size)};
  return true;
}

/// A view of memory, released at the end of the scope.
class BufferView {
 public:
  ~BufferView() {
    if (held_) PyBuffer_Release(&view_);
  }
  bool take(PyObject* value, int flags) { return held_ = PyObject_GetBuffer(value, &view_, flags) == 0; }
  Py_buffer& operator*() { return view_; }
  ropewalk_text text() const { return {static_cast<const char*>(view_.buf), static_cast<std::uint64_t>(view_.len)}; }

 private:
  Py_buffer view_{};
  bool held_ = false;
};

/// Copies once, into the host's result. That is faster than memory of buffer(), whose pages have to be mapped.
template <class Put, class Room>
bool put_bytes(PyObject* value, Put put, Room room) {
  if (PyUnicode_Check(value) || PyObject_CheckBuffer(value) == 0)
    return refuse("bytes, or an object with a buffer", value);
  BufferView view;
  if (view.take(value, PyBUF_C_CONTIGUOUS)) return put(view.text()), true;
  PyErr_Clear();
  BufferView strided;
  if (!strided.take(value, PyBUF_FULL_RO)) return false;
  return room(*strided);
}

bool put_bytes(PyObject* value, const ropewalk_host* host, ropewalk_call* call, std::uint32_t position) {
  const auto put = [&](ropewalk_text text) { host->result_text(call, position, text); };
  const auto room = [&](Py_buffer& view) {
    void* const memory = host->buffer(call, position, static_cast<std::uint64_t>(view.len));
    if (memory == nullptr) return PyErr_NoMemory(), false;
    return PyBuffer_ToContiguous(memory, &view, view.len, 'C') == 0;
  };
  return put_bytes(value, put, room);
}

bool build_bytes(PyObject* value, const ropewalk_host* host, ropewalk_builder* builder) {
  const auto put = [&](ropewalk_text text) { host->build_text(builder, ROPEWALK_TYPE_BYTES, text); };
  const auto room = [&](Py_buffer& view) {
    const Ref copy(PyBytes_FromStringAndSize(nullptr, view.len));
    char* data = nullptr;
    Py_ssize_t size = 0;
    if (!copy || PyBytes_AsStringAndSize(copy.get(), &data, &size) != 0 ||
        PyBuffer_ToContiguous(data, &view, size, 'C') != 0)
      return false;
    host->build_text(builder, ROPEWALK_TYPE_BYTES, {data, static_cast<std::uint64_t>(size)});
    return true;
  };
  return put_bytes(value, put, room);
}

Ref plain_of(PyObject* value) { return Ref(PyObject_Vectorcall(plain_function, &value, 1, nullptr)); }

PyObject* duration_object(std::int64_t nanoseconds, PyObject* timedelta) {
  std::int64_t seconds = nanoseconds / kNsPerSecond, rest = nanoseconds % kNsPerSecond;
  if (rest < 0) --seconds, rest += kNsPerSecond;
  const Ref parts[] = {Ref(PyLong_FromLong(0)), Ref(PyLong_FromLongLong(seconds)),
                       Ref(PyLong_FromLongLong(rest / 1000))};
  PyObject* const arguments[] = {parts[0].get(), parts[1].get(), parts[2].get()};
  return parts[0] && parts[1] && parts[2] ? PyObject_Vectorcall(timedelta, arguments, 3, nullptr) : nullptr;
}

}  // namespace

PyObject* text_object(ropewalk_text text) {
  return PyUnicode_DecodeUTF8(text.size != 0 ? text.data : "", static_cast<Py_ssize_t>(text.size), "surrogateescape");
}

bool prepare_converters() {
  const Ref module(PyImport_ImportModule("ropewalk._values"));
  if (!module) return false;
  plain_function = PyObject_GetAttrString(module.get(), "plain");
  seconds_function = PyObject_GetAttrString(module.get(), "seconds");
  return plain_function != nullptr && seconds_function != nullptr;
}

std::unique_ptr<Converter> Converter::from(PyObject* description) {
  auto made = std::make_unique<Converter>();
  PyObject* make = nullptr;
  PyObject* element = nullptr;
  int optional = 0;
  if (!PyArg_ParseTuple(description, "iOOp", &made->kind_, &make, &element, &optional)) return nullptr;
  made->optional_ = optional != 0;
  if (make != Py_None) made->make_ = Ref::borrowed(make);
  if (element != Py_None) {
    made->element_ = from(element);
    if (!made->element_) return nullptr;
    // Any converts any element by itself.
    if (made->element_->kind_ == ROPEWALK_TYPE_ANY) made->element_.reset();
  }
  return made;
}

bool Converter::makes_constants() const {
  switch (kind_) {
    case ROPEWALK_TYPE_LIST:
    case ROPEWALK_TYPE_MAP:
    case ROPEWALK_TYPE_ANY:
    case kView: return false;
    case ROPEWALK_TYPE_BYTES: return !make_;  // a bytearray
    default: return true;
  }
}

/// What the annotation calls for, of the plain value. Takes over its reference.
PyObject* Converter::make(PyObject* plain) const {
  if (!make_ || plain == nullptr) return plain;
  const Ref given(plain);
  return PyObject_Vectorcall(make_.get(), &plain, 1, nullptr);
}

PyObject* Converter::read(const ropewalk_host* host, ropewalk_call* call, std::uint32_t position) const {
  switch (kind_) {
    case ROPEWALK_TYPE_INT:
    case ROPEWALK_TYPE_SIZE: return make(PyLong_FromLongLong(host->param_int(call, position)));
    case ROPEWALK_TYPE_BOOL: return make(PyBool_FromLong(host->param_bool(call, position)));
    case ROPEWALK_TYPE_FLOAT: return make(PyFloat_FromDouble(host->param_float(call, position)));
    case ROPEWALK_TYPE_TEXT: return make(text_object(host->param_text(call, position)));
    case ROPEWALK_TYPE_BYTES: {
      const ropewalk_text text = host->param_text(call, position);
      return make(PyBytes_FromStringAndSize(text.data, static_cast<Py_ssize_t>(text.size)));
    }
    case kView: {
      const ropewalk_text text = host->param_text(call, position);
      return borrowed_memory(const_cast<char*>(text.data), static_cast<Py_ssize_t>(text.size), false);
    }
    case ROPEWALK_TYPE_PATH: {
      const ropewalk_text text = host->param_text(call, position);
      return make(PyUnicode_DecodeFSDefaultAndSize(text.data, static_cast<Py_ssize_t>(text.size)));
    }
    case ROPEWALK_TYPE_DURATION: return duration_object(host->param_int(call, position), make_.get());
    case kSeconds: return PyFloat_FromDouble(static_cast<double>(host->param_int(call, position)) / kNsPerSecond);
    default: return from_value(host, host->param_value(call, position));
  }
}

/// By the value's own type. What an annotation declares was checked by the engine, but for the elements of elements.
PyObject* Converter::from_value(const ropewalk_host* host, const ropewalk_value* value) const {
  const std::int32_t type = host->value_type(value);
  if (type != ROPEWALK_TYPE_ABSENT) {
    if (kind_ == ROPEWALK_TYPE_DURATION || kind_ == kSeconds) {
      const double seconds = type == ROPEWALK_TYPE_DURATION ? static_cast<double>(host->value_int(value)) / kNsPerSecond
                                                            : host->value_float(value);
      if (kind_ == kSeconds) return PyFloat_FromDouble(seconds);
      return duration_object(static_cast<std::int64_t>(std::round(seconds * kNsPerSecond)), make_.get());
    }
    if (kind_ == ROPEWALK_TYPE_FLOAT && type == ROPEWALK_TYPE_INT)
      return make(PyFloat_FromDouble(host->value_float(value)));
    if (kind_ == ROPEWALK_TYPE_PATH && type == ROPEWALK_TYPE_TEXT) {
      const ropewalk_text text = host->value_text(value);
      return make(PyUnicode_DecodeFSDefaultAndSize(text.data, static_cast<Py_ssize_t>(text.size)));
    }
  }
  switch (type) {
    case ROPEWALK_TYPE_ABSENT: Py_RETURN_NONE;
    case ROPEWALK_TYPE_BOOL: return make(PyBool_FromLong(host->value_bool(value)));
    case ROPEWALK_TYPE_INT:
    case ROPEWALK_TYPE_SIZE:
    case ROPEWALK_TYPE_DURATION: return make(PyLong_FromLongLong(host->value_int(value)));
    case ROPEWALK_TYPE_FLOAT: return make(PyFloat_FromDouble(host->value_float(value)));
    case ROPEWALK_TYPE_BYTES: {
      const ropewalk_text text = host->value_text(value);
      return make(PyBytes_FromStringAndSize(text.data, static_cast<Py_ssize_t>(text.size)));
    }
    case ROPEWALK_TYPE_PATH: {
      const ropewalk_text text = host->value_text(value);
      return make(PyUnicode_DecodeFSDefaultAndSize(text.data, static_cast<Py_ssize_t>(text.size)));
    }
    case ROPEWALK_TYPE_LIST: {
      static const Converter any;
      const Converter& each = element_ ? *element_ : any;
      const auto length = static_cast<Py_ssize_t>(host->value_length(value));
      Ref list(PyList_New(length));
      for (Py_ssize_t i = 0; list && i < length; ++i) {
        PyObject* const item = each.from_value(host, host->value_at(value, static_cast<std::uint64_t>(i)));
        if (item == nullptr || PyList_SetItem(list.get(), i, item) != 0) return nullptr;
      }
      return kind_ == ROPEWALK_TYPE_LIST ? make(list.release()) : list.release();
    }
    case ROPEWALK_TYPE_MAP: {
      static const Converter any;
      const Converter& each = element_ ? *element_ : any;
      const std::uint64_t length = host->value_length(value);
      Ref map(PyDict_New());
      for (std::uint64_t i = 0; map && i < length; ++i) {
        const Ref key(text_object(host->value_key(value, i)));
        const Ref item(each.from_value(host, host->value_at(value, i)));
        if (!key || !item || PyDict_SetItem(map.get(), key.get(), item.get()) != 0) return nullptr;
      }
      return map.release();
    }
    default: return make(text_object(host->value_text(value)));
  }
}

bool Converter::write(const ropewalk_host* host, ropewalk_call* call, std::uint32_t position, PyObject* value) const {
  if (value == Py_None && optional_) return true;
  if (write_plain(host, call, position, value)) return true;
  // An Enum, for one. Its own failure is less to the point than the first one.
  if (PyErr_ExceptionMatches(PyExc_TypeError) == 0) return false;
  PyObject *type = nullptr, *error = nullptr, *traceback = nullptr;
  PyErr_Fetch(&type, &error, &traceback);
  const Ref plain = value == Py_None ? Ref() : plain_of(value);
  if (plain && write_plain(host, call, position, plain.get())) {
    for (PyObject* const each : {type, error, traceback}) Py_XDECREF(each);
    return true;
  }
  PyErr_Restore(type, error, traceback);
  return false;
}

bool Converter::write_plain(const ropewalk_host* host, ropewalk_call* call, std::uint32_t position,
                            PyObject* value) const {
  switch (kind_) {
    case ROPEWALK_TYPE_INT:
    case ROPEWALK_TYPE_SIZE: {
      std::int64_t number = 0;
      if (!int_of(value, number)) return false;
      if (kind_ == ROPEWALK_TYPE_SIZE && number < 0) return refuse("a size, which is not negative,", value);
      return host->result_int(call, position, number), true;
    }
    case ROPEWALK_TYPE_BOOL: {
      bool truth = false;
      return bool_of(value, truth) && (host->result_bool(call, position, truth), true);
    }
    case ROPEWALK_TYPE_FLOAT: {
      double number = 0;
      return float_of(value, number) && (host->result_float(call, position, number), true);
    }
    case ROPEWALK_TYPE_TEXT:
    case ROPEWALK_TYPE_PATH: {
      Ref keeper;
      ropewalk_text text{};
      const bool good = kind_ == ROPEWALK_TYPE_TEXT ? text_of(value, keeper, text) : path_of(value, keeper, text);
      return good && (host->result_text(call, position, text), true);
    }
    case ROPEWALK_TYPE_DURATION:
    case kSeconds: {
      std::int64_t nanoseconds = 0;
      return duration_of(value, nanoseconds) && (host->result_int(call, position, nanoseconds), true);
    }
    case kBuffer: {
      const Ref view(PyObject_GetAttrString(value, "view"));
      if (view) return true;  // the host has it
      PyErr_Clear();
      return put_bytes(value, host, call, position);
    }
    case kStream: {
      const Ref stream(PyObject_GetAttrString(value, "stream"));
      std::int64_t number = 0;
      if (!stream || !int_of(stream.get(), number)) return PyErr_Clear(), refuse("a ropewalk.StreamText", value);
      const auto* const output = static_cast<const ropewalk_output*>(host->query(ROPEWALK_OUTPUT_FEATURE));
      // Otherwise the host has recorded why.
      (void)output->result(call, position, static_cast<std::int32_t>(number));
      return true;
    }
    case ROPEWALK_TYPE_BYTES: return put_bytes(value, host, call, position);
    default: {
      // Where a list or a map is declared, the host itself finds out what else is built.
      return build(host, host->result_build(call, position), this, value, 0);
    }
  }
}

bool Converter::build(const ropewalk_host* host, ropewalk_builder* builder, const Converter* as, PyObject* value,
                      int depth) {
  if (depth > kMaxDepth) {
    PyErr_SetString(PyExc_ValueError, "lists and maps are nested more than 64 deep");
    return false;
  }
  const std::int32_t kind = as != nullptr ? as->kind_ : ROPEWALK_TYPE_ANY;
  const Converter* const element = as != nullptr ? as->element_.get() : nullptr;
  if (value == Py_None) return host->build_null(builder), true;
  if (kind == ROPEWALK_TYPE_PATH) {
    Ref keeper;
    ropewalk_text text{};
    return path_of(value, keeper, text) && (host->build_text(builder, ROPEWALK_TYPE_PATH, text), true);
  }
  if (kind == ROPEWALK_TYPE_DURATION || kind == kSeconds) {
    std::int64_t nanoseconds = 0;
    if (!duration_of(value, nanoseconds)) return false;
    return host->build_float(builder, static_cast<double>(nanoseconds) / kNsPerSecond), true;
  }
  if (PyBool_Check(value)) return host->build_bool(builder, value == Py_True), true;
  if (kind == ROPEWALK_TYPE_FLOAT) {
    double number = 0;
    return float_of(value, number) && (host->build_float(builder, number), true);
  }
  if (PyLong_Check(value) || kind == ROPEWALK_TYPE_INT || kind == ROPEWALK_TYPE_SIZE) {
    std::int64_t number = 0;
    return int_of(value, number) && (host->build_int(builder, number), true);
  }
  if (PyFloat_Check(value)) return host->build_float(builder, PyFloat_AsDouble(value)), true;
  if (PyUnicode_Check(value)) {
    Ref keeper;
    ropewalk_text text{};
    return text_of(value, keeper, text) && (host->build_text(builder, ROPEWALK_TYPE_TEXT, text), true);
  }
  if (PyBytes_Check(value) || PyByteArray_Check(value) || PyMemoryView_Check(value) || kind == ROPEWALK_TYPE_BYTES)
    return build_bytes(value, host, builder);
  if (PyDict_Check(value)) {
    host->build_begin_map(builder);
    PyObject *key = nullptr, *item = nullptr;
    for (Py_ssize_t at = 0; PyDict_Next(value, &at, &key, &item) != 0;) {
      Ref keeper;
      ropewalk_text text{};
      if (!text_of(key, keeper, text)) return PyErr_Clear(), refuse("a map with keys of type str", key);
      host->build_key(builder, text);
      if (!build(host, builder, element, item, depth + 1)) return false;
    }
    return host->build_end(builder), true;
  }
  const bool is_list = PyList_Check(value), is_tuple = PyTuple_Check(value);
  if (is_list || is_tuple) {
    host->build_begin_list(builder);
    for (Py_ssize_t i = 0; i < (is_list ? PyList_Size(value) : PyTuple_Size(value)); ++i) {
      // An element that changes the list while it is converted must not free itself.
      const Ref item = Ref::borrowed(is_list ? PyList_GetItem(value, i) : PyTuple_GetItem(value, i));
      if (!item || !build(host, builder, element, item.get(), depth + 1)) return false;
    }
    return host->build_end(builder), true;
  }
  const Ref plain = plain_of(value);
  return plain && build(host, builder, as, plain.get(), depth + 1);
}

}  // namespace ropewalk::python
