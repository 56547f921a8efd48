#include "task_pool.hpp"

#include "collector.hpp"
#include "errors.hpp"
#include "options.hpp"
#include "values.hpp"

#include <unistd.h>

#include <memory>
#include <new>
#include <string>
#include <utility>
#include <vector>

namespace ropewalk::python {
namespace {

struct TaskPoolObject {
  PyObject_HEAD Collector* collector;
  pid_t owner;  // the process that made it
};

TaskPoolObject& self_of(PyObject* self) { return *reinterpret_cast<TaskPoolObject*>(self); }
Collector& collector_of(PyObject* self) { return *self_of(self).collector; }

/// A child of fork() shares the engine's sockets with its parent, so it must not use, nor destroy it.
bool is_usable(PyObject* self) {
  if (self_of(self).collector == nullptr) {
    PyErr_SetString(PyExc_RuntimeError, "the pool was not made");
    return false;
  }
  if (self_of(self).owner == ::getpid()) return true;
  PyErr_SetString(PyExc_RuntimeError,
                  "this pool belongs to the process that made it, and cannot be used after fork(): make another one in "
                  "the child");
  return false;
}

void free_task_pool(PyObject* self) {
  PyTypeObject* type = Py_TYPE(self);
  if (self_of(self).owner == ::getpid()) {
    Collector* const collector = self_of(self).collector;
    const WithoutGil others_run;
    delete collector;
  }
  reinterpret_cast<freefunc>(PyType_GetSlot(type, Py_tp_free))(self);
  Py_DECREF(type);
}

RetryPolicy retries_of(const Options& options) {
  RetryPolicy retries{.max = static_cast<std::uint32_t>(options.number("retries"))};
  retries.delay = options.duration("retry_delay");
  return retries;
}

PoolOptions pool_options(const Options& options) {
  PoolOptions pool;
  pool.executor = options.text("executor");
  pool.workers = static_cast<unsigned>(options.number("workers"));
  pool.timeout = options.duration("timeout");
  pool.retries = retries_of(options);
  if (options.has("memory")) pool.limits.memory_bytes = options.number("memory");
  pool.limits.cpu_time_ns =
      options.has("cpu_time") ? std::optional(options.duration("cpu_time").count()) : std::nullopt;
  pool.env = options.pairs("env");
  pool.grace = options.duration("grace", pool.grace);
  pool.name = options.text("name");
  return pool;
}

EngineOptions engine_options(const Options& options) {
  EngineOptions engine;
  engine.programs = options.text("programs");
  for (const std::string& folder : options.texts("plugin_folders")) engine.plugin_folders.emplace_back(folder);
  engine.python = options.text("python");
  engine.recycle_after_tasks = options.number("recycle_after_tasks");
  engine.inputs.plugin_folder = "plugin_folders";
  return engine;
}

/// TaskPool(task, options)
PyObject* make(PyTypeObject* type, PyObject* arguments, PyObject*) {
  const char* task = nullptr;
  PyObject* options = nullptr;
  if (PyArg_ParseTuple(arguments, "sO!", &task, &PyDict_Type, &options) == 0) return nullptr;
  return guarded([&]() -> PyObject* {
    try {
      const Options given(options);
      auto collector = std::make_unique<Collector>(engine_options(given), task, pool_options(given));
      auto* allocate = reinterpret_cast<allocfunc>(PyType_GetSlot(type, Py_tp_alloc));
      PyObject* const self = allocate(type, 0);
      if (self == nullptr) return nullptr;
      self_of(self).collector = collector.release();
      self_of(self).owner = ::getpid();
      return self;
    } catch (const PythonError&) {
      return nullptr;
    }
  });
}

/// post(id, arguments, timeout=None)
PyObject* post(PyObject* self, PyObject* arguments) {
  unsigned long long id = 0;
  PyObject *given = nullptr, *timeout = Py_None;
  if (!is_usable(self) || PyArg_ParseTuple(arguments, "KO!|O", &id, &PyDict_Type, &given, &timeout) == 0)
    return nullptr;
  return guarded([&]() -> PyObject* {
    PostedTask task{.id = id, .arguments = {}};
    PyObject *key = nullptr, *value = nullptr;
    Py_ssize_t at = 0;
    while (PyDict_Next(given, &at, &key, &value) != 0) {
      auto& [name, made] = task.arguments.emplace_back();
      if (!to_text(key, name) || !to_value(value, made)) return nullptr;
    }
    if (timeout != Py_None) {
      const double seconds = PyFloat_AsDouble(timeout);
      if (PyErr_Occurred() != nullptr) return nullptr;
      task.options.timeout =
          std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(seconds));
    }
    collector_of(self).post(std::move(task));
    return Py_NewRef(Py_None);
  });
}

PyObject* cancel(PyObject* self, PyObject* arguments) {
  unsigned long long id = 0;
  if (!is_usable(self) || PyArg_ParseTuple(arguments, "K", &id) == 0) return nullptr;
  collector_of(self).cancel(id);
  return Py_NewRef(Py_None);
}

PyObject* cancel_all(PyObject* self, PyObject*) {
  if (!is_usable(self)) return nullptr;
  collector_of(self).cancel_all();
  return Py_NewRef(Py_None);
}

PyObject* kill(PyObject* self, PyObject*) {
  if (!is_usable(self)) return nullptr;
  collector_of(self).kill();
  return Py_NewRef(Py_None);
}

PyObject* close(PyObject* self, PyObject*) {
  if (!is_usable(self)) return nullptr;
  collector_of(self).close();
  return Py_NewRef(Py_None);
}

/// (outcome, detail, attempts, message, evidence, output, pid)
Ref tuple_of(const TaskFailure& failure) {
  const Ref outcome = text(outcome_name(failure.outcome)), message = text(failure.message),
            evidence = text(failure.evidence), output = text(failure.output.of(OutputStream::process).head);
  if (!outcome || !message || !evidence || !output) return {};
  return Ref(Py_BuildValue("(OiIOOOi)", outcome.get(), failure.detail, failure.attempts, message.get(), evidence.get(),
                           output.get(), failure.host));
}

Ref refused_tuple(const Errors& errors) {
  const Ref message = text(to_string(errors)), none = text("");
  if (!message || !none) return {};
  return Ref(Py_BuildValue("(siIOOOi)", "refused", 0, 0, message.get(), none.get(), none.get(), 0));
}

/// (id, value, None) or (id, None, failure)
Ref tuple_of(const CollectedTask& task) {
  Ref value = Ref::borrowed(Py_None), failure = Ref::borrowed(Py_None);
  if (!task.future)
    failure = refused_tuple(task.refused);
  else if (const TaskFailure* failed = task.future->failure(); failed != nullptr)
    failure = tuple_of(*failed);
  else
    value = to_python(task.future->get(), SharedBytesAs::views);
  if (!value || !failure) return {};
  return Ref(Py_BuildValue("(KOO)", static_cast<unsigned long long>(task.id), value.get(), failure.get()));
}

Ref tuple_of(const CollectedOutput& output) {
  const Ref id = output.id ? Ref(PyLong_FromUnsignedLongLong(*output.id)) : Ref::borrowed(Py_None);
  const Ref made = text(output.text);
  return Ref(id && made ? PyTuple_Pack(2, id.get(), made.get()) : nullptr);
}

template <class Each>
Ref list_of(const std::vector<Each>& all) {
  Ref list(PyList_New(0));
  for (const Each& each : all) {
    const Ref made = tuple_of(each);
    if (!list || !made || PyList_Append(list.get(), made.get()) != 0) return {};
  }
  return list;
}

/// wait(): (tasks, outputs, warnings, closed)
PyObject* wait_for_ends(PyObject* self, PyObject*) {
  if (!is_usable(self)) return nullptr;
  return guarded([&]() -> PyObject* {
    Collected collected;
    {
      const WithoutGil others_run;
      collected = collector_of(self).collect();
    }
    const Ref tasks = list_of(collected.tasks), outputs = list_of(collected.outputs),
              warnings = texts(collected.warnings);
    if (!tasks || !outputs || !warnings) return nullptr;
    return Py_BuildValue("(OOOO)", tasks.get(), outputs.get(), warnings.get(), collected.closed ? Py_True : Py_False);
  });
}

PyObject* end(PyObject* self, PyObject*) {
  if (!is_usable(self)) return nullptr;
  return guarded([&]() -> PyObject* {
    {
      const WithoutGil others_run;
      collector_of(self).end();
    }
    return Py_NewRef(Py_None);
  });
}

PyMethodDef pool_methods[] = {
    {"post", post, METH_VARARGS, nullptr},
    {"cancel", cancel, METH_VARARGS, nullptr},
    {"cancel_all", cancel_all, METH_NOARGS, nullptr},
    {"kill", kill, METH_NOARGS, nullptr},
    {"close", close, METH_NOARGS, nullptr},
    {"wait", wait_for_ends, METH_NOARGS, nullptr},
    {"end", end, METH_NOARGS, nullptr},
    {nullptr, nullptr, 0, nullptr},
};

}  // namespace

bool add_task_pool_type(PyObject* module) {
  PyType_Slot slots[] = {{Py_tp_new, reinterpret_cast<void*>(make)},
                         {Py_tp_dealloc, reinterpret_cast<void*>(free_task_pool)},
                         {Py_tp_methods, pool_methods},
                         {0, nullptr}};
  PyType_Spec spec = {.name = "ropewalk._engine.TaskPool",
                      .basicsize = sizeof(TaskPoolObject),
                      .itemsize = 0,
                      .flags = Py_TPFLAGS_DEFAULT,
                      .slots = slots};
  const Ref type(PyType_FromSpec(&spec));
  return type && PyModule_AddObjectRef(module, "TaskPool", type.get()) == 0;
}

}  // namespace ropewalk::python
