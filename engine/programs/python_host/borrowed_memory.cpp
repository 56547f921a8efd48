#include "borrowed_memory.hpp"

#include <vector>

namespace ropewalk::python {
namespace {

struct Memory {
  PyObject_HEAD;
  char* data;
  Py_ssize_t size, users;
  bool writable;
};

Memory* memory_of(PyObject* object) { return reinterpret_cast<Memory*>(object); }

int get_buffer(PyObject* self, Py_buffer* view, int flags) {
  Memory* const memory = memory_of(self);
  if (PyBuffer_FillInfo(view, self, memory->data, memory->size, memory->writable ? 0 : 1, flags) != 0) return -1;
  ++memory->users;
  return 0;
}
void release_buffer(PyObject* self, Py_buffer*) { --memory_of(self)->users; }

PyType_Slot slots[] = {{Py_bf_getbuffer, reinterpret_cast<void*>(get_buffer)},
                       {Py_bf_releasebuffer, reinterpret_cast<void*>(release_buffer)},
                       {0, nullptr}};
PyType_Spec spec = {"ropewalk._host.Memory", sizeof(Memory), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
                    slots};
PyTypeObject* type = nullptr;

struct Borrowed {
  PyObject *memory, *view;
};
/// Of the task that runs on this thread.
thread_local std::vector<Borrowed> borrowed;

bool is_used(const Borrowed& each) { return memory_of(each.memory)->users != 0; }

}  // namespace

bool prepare_borrowed_memory() {
  type = reinterpret_cast<PyTypeObject*>(PyType_FromSpec(&spec));
  return type != nullptr;
}

PyObject* borrowed_memory(char* data, Py_ssize_t size, bool writable) {
  Ref object(PyType_GenericAlloc(type, 0));
  if (!object) return nullptr;
  static char none[1];
  Memory* const memory = memory_of(object.get());
  memory->data = size != 0 ? data : none;
  memory->size = size;
  memory->writable = writable;
  PyObject* const view = PyMemoryView_FromObject(object.get());
  if (view != nullptr) borrowed.push_back({object.release(), Py_NewRef(view)});
  return view;
}

bool has_borrowed_memory() { return !borrowed.empty(); }

/// A view that was kept is only closed: who reads it is told so.
bool release_borrowed_memory() {
  bool is_free = true;
  for (const Borrowed& each : borrowed) {
    if (!Ref(PyObject_CallMethod(each.view, "release", nullptr))) PyErr_Clear();
    Py_DECREF(each.view);
    if (is_used(each)) PyGC_Collect();
    is_free = is_free && !is_used(each);
    Py_DECREF(each.memory);
  }
  borrowed.clear();
  return is_free;
}

}  // namespace ropewalk::python
