#include "python_plugin.hpp"

#include "borrowed_memory.hpp"
#include "converter.hpp"
#include "interpreter.hpp"
#include "printed.hpp"
#include "stop_watch.hpp"

#include "host/handle.hpp"
#include "host/limits.hpp"

#include <ropewalk/sdk/declaration.hpp>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace ropewalk::python {
namespace {

constexpr std::size_t kFewParams = 8;  // whose values lie on the stack
constexpr int kExitThreadEnded = 70;

using ropewalk::detail::Declaration;
using ropewalk::detail::Field;

struct Param {
  std::unique_ptr<Converter> converter;
  Ref default_value;
};

struct Result {
  std::unique_ptr<Converter> converter;
  Ref name;
};

enum class ResultForm { nothing, scalar, attributes, items };  // as in _describe.py

struct PythonTask {
  std::string name;
  Declaration declaration;
  Ref function;
  std::vector<Param> params;
  Ref names;  ///< of the parameters that are given by name; null: none
  std::size_t by_name = 0;
  ResultForm form = ResultForm::nothing;
  std::vector<Result> results;
  Ref open, close;  ///< of a worker; null: it has none
  /// The values of parameters that are the same for all tasks of the stage that has run last; null: they differ.
  const host::Stage* stage = nullptr;
  std::vector<Ref> constants;
};

/// What open() has made.
struct Worker {
  Ref opened, value;
};

// Never destroyed: the interpreter, which owns the objects in it, ends before static objects do.
std::deque<PythonTask>& tasks = *new std::deque<PythonTask>;
std::string plugin_name, plugin_version;
PyObject* report_function = nullptr;  // _failures.report

/// Of the task that runs on this thread.
thread_local const PythonTask* current = nullptr;

// --- failures ---

ropewalk_text borrowed(const char* data, Py_ssize_t size) { return {data, static_cast<std::uint64_t>(size)}; }

std::int32_t fail_with(const ropewalk_host* host, ropewalk_call* call, int kind, std::string_view text) {
  host->fail(call, kind, {text.data(), text.size()});
  return ROPEWALK_FAILED;
}

/// The exception that is set, which is cleared.
Ref take_exception() {
  PyObject *type = nullptr, *error = nullptr, *traceback = nullptr;
  PyErr_Fetch(&type, &error, &traceback);
  PyErr_NormalizeException(&type, &error, &traceback);
  if (traceback != nullptr && error != nullptr) PyException_SetTraceback(error, traceback);
  Py_XDECREF(type);
  Py_XDECREF(traceback);
  return Ref(error);
}

/// Fails the task with the exception that is set.
[[gnu::cold, gnu::noinline]] std::int32_t fail_with_exception(const ropewalk_host* host, ropewalk_call* call,
                                                              bool stopping) {
  const Ref error = take_exception();
  PyObject* const arguments[] = {error.get(), stopping ? Py_True : Py_False};
  const Ref report(error ? PyObject_Vectorcall(report_function, arguments, 2, nullptr) : nullptr);
  int kind = 0, refused = 0;
  const char *message = nullptr, *traceback = nullptr;
  Py_ssize_t message_size = 0, traceback_size = 0;
  if (!report || !PyArg_ParseTuple(report.get(), "is#s#p", &kind, &message, &message_size, &traceback, &traceback_size,
                                   &refused)) {
    PyErr_Clear();
    return fail_with(host, call, ROPEWALK_FAIL_ERROR, "the task failed, and its exception cannot be shown");
  }
  if (refused != 0) host::note_refused_memory();
  const auto* const output = static_cast<const ropewalk_output*>(host->query(ROPEWALK_OUTPUT_FEATURE));
  if (traceback_size != 0 && output != nullptr)
    (void)output->write(call, ROPEWALK_STREAM_ERR, borrowed(traceback, traceback_size));
  host->fail(call, kind, borrowed(message, message_size));
  return ROPEWALK_FAILED;
}

/// Fails the task because of what it returned. `result`: the name of the one that is at fault; null: it is none of
/// them.
[[gnu::cold, gnu::noinline]] bool refuse_result(const ropewalk_host* host, ropewalk_call* call,
                                                const std::string* result) {
  const Ref error = take_exception();
  const Ref text(error ? PyObject_Str(error.get()) : nullptr);
  const char* const why = text ? PyUnicode_AsUTF8AndSize(text.get(), nullptr) : nullptr;
  std::string message = "the task returned no result that it declares: ";
  if (result != nullptr) message = "the result '" + *result + "' cannot be taken: ";
  message += why != nullptr ? why : "it cannot be converted";
  PyErr_Clear();
  fail_with(host, call, ROPEWALK_FAIL_PERMANENT, message);
  return false;
}

// --- results ---

bool write_result(const PythonTask& task, const ropewalk_host* host, ropewalk_call* call, PyObject* value) {
  if (task.form == ResultForm::nothing) {
    if (value == Py_None) return true;
    PyErr_SetString(PyExc_TypeError, "it is annotated with -> None, and returned a value");
    return refuse_result(host, call, nullptr);
  }
  for (std::uint32_t at = 0; at < task.results.size(); ++at) {
    const Result& field = task.results[at];
    Ref part;
    if (task.form == ResultForm::attributes)
      part = Ref(PyObject_GetAttr(value, field.name.get()));
    else if (task.form == ResultForm::items)
      part = PyDict_Check(value) ? Ref::borrowed(PyDict_GetItemWithError(value, field.name.get()))
                                 : Ref(PyObject_GetItem(value, field.name.get()));
    else
      part = Ref::borrowed(value);
    if (!part && task.form == ResultForm::items && PyErr_Occurred() == nullptr) part = Ref::borrowed(Py_None);
    if (!part || !field.converter->write(host, call, at, part.get()))
      return refuse_result(host, call, &task.declaration.results[at].name);
  }
  return true;
}

// --- a task ---

/// With the lock of the interpreter. Stages live as long as the host.
[[gnu::cold, gnu::noinline]] bool enter_stage(PythonTask& task, const ropewalk_host* host, ropewalk_call* call,
                                              const host::Stage& stage) {
  task.stage = nullptr;
  task.constants.clear();
  task.constants.resize(task.params.size());
  for (std::uint32_t at = 0; at < task.params.size(); ++at) {
    const bool varies = std::find(stage.varying.begin(), stage.varying.end(), at) != stage.varying.end();
    const Param& param = task.params[at];
    if (varies || !param.converter->makes_constants()) continue;
    if (host->param_type(call, at) == ROPEWALK_TYPE_ABSENT) continue;
    task.constants[at] = Ref(param.converter->read(host, call, at));
    if (!task.constants[at]) return false;
  }
  task.stage = &stage;
  return true;
}

/// The values of the parameters, in the order in which the function takes them.
class Arguments {
 public:
  Arguments(const PythonTask& task, PyObject* worker) : count_(task.params.size() + (worker != nullptr ? 1 : 0)) {
    if (count_ > few_.size()) more_.resize(count_), values_ = more_.data();
    if (worker != nullptr) values_[size_++] = Py_NewRef(worker);
  }
  ~Arguments() {
    for (std::size_t i = 0; i < size_; ++i) Py_DECREF(values_[i]);
  }
  Arguments(const Arguments&) = delete;
  Arguments& operator=(const Arguments&) = delete;

  bool read(const PythonTask& task, const ropewalk_host* host, ropewalk_call* call) {
    std::uint32_t position = 0;
    for (const Param& param : task.params) {
      PyObject* value = task.constants[position].get();
      if (value != nullptr)
        Py_INCREF(value);
      else if (host->param_type(call, position) != ROPEWALK_TYPE_ABSENT) [[likely]]
        value = param.converter->read(host, call, position);
      else
        value = Py_NewRef(param.default_value.get());
      if (value == nullptr) return false;
      values_[size_++] = value;
      ++position;
    }
    return true;
  }
  PyObject* call(const PythonTask& task) const {
    return PyObject_Vectorcall(task.function.get(), values_, size_ - task.by_name, task.names.get());
  }
  /// Before the views are released: the values may be the only ones who use them.
  void drop() {
    for (std::size_t i = 0; i < size_; ++i) Py_DECREF(values_[i]);
    size_ = 0;
  }

 private:
  const std::size_t count_;
  std::size_t size_ = 0;
  std::array<PyObject*, kFewParams> few_;
  std::vector<PyObject*> more_;
  PyObject** values_ = few_.data();
};

/// The thread may be unwound by pthread_exit(), and takes the interpreter's frames with it.
struct EndsHost {
  bool armed = true;
  ~EndsHost() {
    if (armed) ::_exit(kExitThreadEnded);
  }
};

bool is_child_of_task = false, forks_host = false;

/// As the interpreter ends a program. The parent alone is the host.
[[noreturn, gnu::cold]] void end_child(bool succeeded) {
  if (!succeeded) PyErr_Print();  // ends the process for SystemExit
  const Ref ends(PyImport_ImportModule("ropewalk._ends"));
  if (ends) Ref(PyObject_CallMethod(ends.get(), "leave_fork", nullptr));
  flush_printed();
  ::_exit(succeeded ? 0 : 1);
}

bool stops_by_itself(const PythonTask& task) { return (task.declaration.flags & ROPEWALK_TASK_STOPS) != 0; }

std::int32_t run_task(PythonTask& task, const ropewalk_host* host, ropewalk_call* call, void* worker) {
  EndsHost guard;
  hold_lock();
  current = &task;
  Interruptible interruptible(*host::on_this_thread.call, !stops_by_itself(task));
  Arguments arguments(task, worker != nullptr ? static_cast<Worker*>(worker)->value.get() : nullptr);
  std::int32_t status = ROPEWALK_OK;
  const host::Stage& stage = *host::on_this_thread.call->stage;
  const bool entered = task.stage == &stage || enter_stage(task, host, call, stage);
  Ref result;
  if (!entered || !arguments.read(task, host, call)) {
    status = fail_with_exception(host, call, interruptible.is_stopping());
  } else {
    result = Ref(arguments.call(task));
    if (is_child_of_task) end_child(static_cast<bool>(result));
    const bool stopping = interruptible.is_stopping();
    interruptible.end();
    if (!result)
      status = fail_with_exception(host, call, stopping);
    else if (!write_result(task, host, call, result.get()))
      status = ROPEWALK_FAILED;
  }
  if (has_borrowed_memory()) [[unlikely]] {
    arguments.drop();
    result = Ref();
    if (!release_borrowed_memory() && status == ROPEWALK_OK)
      status =
          fail_with(host, call, ROPEWALK_FAIL_PERMANENT,
                    "the task has kept a view of memory that ends with it: copy what it keeps, such as bytes(view)");
  }
  current = nullptr;
  guard.armed = false;
  return status;
}

// --- a worker ---

std::int32_t open_worker(const PythonTask& task, const ropewalk_host* host, ropewalk_call* call, void** worker) {
  EndsHost guard;
  hold_lock();
  Interruptible interruptible(*host::on_this_thread.call, !stops_by_itself(task));
  auto made = std::make_unique<Worker>();
  made->opened = Ref(PyObject_Vectorcall(task.open.get(), nullptr, 0, nullptr));
  const bool stopping = interruptible.is_stopping();
  interruptible.end();
  if (made->opened) made->value = Ref(PyObject_GetAttrString(made->opened.get(), "value"));
  guard.armed = false;
  if (!made->value) return fail_with_exception(host, call, stopping);
  *worker = made.release();
  return ROPEWALK_OK;
}

void close_worker(const PythonTask& task, void* worker) {
  hold_lock();
  const std::unique_ptr<Worker> made(static_cast<Worker*>(worker));
  made->value = Ref();
  PyObject* const opened = made->opened.get();
  if (!Ref(PyObject_Vectorcall(task.close.get(), &opened, 1, nullptr))) PyErr_Clear();
  made->opened = Ref();
}

// --- the description ---

std::string text_or_none(const char* text) { return text ? text : ""; }

bool read_field(PyObject* from, Field& field) {
  const char *name = nullptr, *unit = nullptr, *value = nullptr, *least = nullptr, *most = nullptr, *choices = nullptr,
             *help = nullptr;
  if (!PyArg_ParseTuple(from, "sIiizzzzzz", &name, &field.flags, &field.type, &field.element, &unit, &value, &least,
                        &most, &choices, &help))
    return false;
  field.name = name;
  field.unit = text_or_none(unit);
  field.default_value = text_or_none(value);
  field.minimum = text_or_none(least);
  field.maximum = text_or_none(most);
  field.choices = text_or_none(choices);
  field.help = text_or_none(help);
  return true;
}

bool read_params(PyObject* list, PythonTask& task) {
  for (Py_ssize_t i = 0; i < PyList_Size(list); ++i) {
    Param& param = task.params.emplace_back();
    PyObject *field = nullptr, *converter = nullptr, *value = nullptr;
    if (!PyArg_ParseTuple(PyList_GetItem(list, i), "OOO", &field, &converter, &value)) return false;
    param.default_value = Ref::borrowed(value);
    param.converter = Converter::from(converter);
    if (!param.converter || !read_field(field, task.declaration.params.emplace_back())) return false;
  }
  return true;
}

bool read_results(PyObject* list, PythonTask& task) {
  for (Py_ssize_t i = 0; i < PyList_Size(list); ++i) {
    Result& result = task.results.emplace_back();
    PyObject *field = nullptr, *converter = nullptr;
    if (!PyArg_ParseTuple(PyList_GetItem(list, i), "OO", &field, &converter)) return false;
    result.converter = Converter::from(converter);
    if (!result.converter || !read_field(field, task.declaration.results.emplace_back())) return false;
    result.name = Ref(PyUnicode_InternFromString(task.declaration.results.back().name.c_str()));
  }
  return true;
}

bool read_task(PyObject* from) {
  PythonTask& task = tasks.emplace_back();
  const char *name = nullptr, *summary = nullptr, *executor = nullptr, *groups = nullptr;
  PyObject *function = nullptr, *params = nullptr, *names = nullptr, *results = nullptr, *open = nullptr,
           *close = nullptr, *file = nullptr;
  int form = 0;
  if (!PyArg_ParseTuple(from, "sszIzOOOiOOOO", &name, &summary, &executor, &task.declaration.flags, &groups, &function,
                        &params, &names, &form, &results, &open, &close, &file))
    return false;
  task.name = name;
  task.declaration.summary = summary;
  task.declaration.executor = text_or_none(executor);
  task.declaration.exactly_one = text_or_none(groups);
  task.function = Ref::borrowed(function);
  task.form = static_cast<ResultForm>(form);
  if (names != Py_None) {
    task.names = Ref::borrowed(names);
    task.by_name = static_cast<std::size_t>(PyTuple_Size(names));
  }
  if (open != Py_None) task.open = Ref::borrowed(open), task.close = Ref::borrowed(close);
  return read_params(params, task) && read_results(results, task);
}

// --- the table ---

template <std::size_t number>
struct Functions {
  static void describe(const ropewalk_host* host, ropewalk_types* types) {
    tasks[number].declaration.declare(host, types);
  }
  static std::int32_t run(const ropewalk_host* host, ropewalk_call* call, void* worker) {
    return run_task(tasks[number], host, call, worker);
  }
  static std::int32_t open(const ropewalk_host* host, ropewalk_call* call, void** worker) {
    return open_worker(tasks[number], host, call, worker);
  }
  static void close(const ropewalk_host*, void* worker) { close_worker(tasks[number], worker); }
};

template <std::size_t... numbers>
constexpr std::array<ropewalk_task_type, sizeof...(numbers)> all_functions(std::index_sequence<numbers...>) {
  return {ropewalk_task_type{sizeof(ropewalk_task_type), 0, nullptr, &Functions<numbers>::describe,
                             &Functions<numbers>::run, &Functions<numbers>::open, &Functions<numbers>::close}...};
}

std::array<ropewalk_task_type, kMaxTasks> types = all_functions(std::make_index_sequence<kMaxTasks>());
std::array<const ropewalk_task_type*, kMaxTasks> type_pointers;
ropewalk_plugin plugin = {sizeof plugin, ROPEWALK_ABI_MINOR, 0, 0, nullptr, nullptr, type_pointers.data()};

}  // namespace

bool prepare_plugin() {
  const Ref module(PyImport_ImportModule("ropewalk._failures"));
  report_function = module ? PyObject_GetAttrString(module.get(), "report") : nullptr;
  const Ref cancelled(module ? PyObject_GetAttrString(module.get(), "Cancelled") : nullptr);
  return report_function != nullptr && cancelled && prepare_borrowed_memory() && prepare_interrupts(cancelled.get());
}

bool make_plugin(PyObject* description, const char* name) {
  PyObject* const list = PyDict_GetItemString(description, "tasks");
  PyObject* const version = PyDict_GetItemString(description, "version");
  const char* const version_text = version != nullptr ? PyUnicode_AsUTF8AndSize(version, nullptr) : nullptr;
  if (list == nullptr || version_text == nullptr) return false;
  plugin_name = name;
  plugin_version = version_text;
  for (Py_ssize_t i = 0; i < PyList_Size(list); ++i) {
    if (!read_task(PyList_GetItem(list, i))) return false;
    const PythonTask& task = tasks.back();
    ropewalk_task_type& type = types[static_cast<std::size_t>(i)];
    type.name = task.name.c_str();
    if (!task.open) type.open = nullptr, type.close = nullptr;
    type_pointers[static_cast<std::size_t>(i)] = &type;
  }
  plugin.task_type_count = static_cast<std::uint32_t>(tasks.size());
  plugin.name = plugin_name.c_str();
  plugin.version = plugin_version.c_str();
  return true;
}

const ropewalk_plugin* plugin_entry() { return &plugin; }

void become_child_of_task() {
  if (forks_host) return;
  is_child_of_task = true;
  // multiprocessing ends its processes by it. Hosts ignore it.
  std::signal(SIGTERM, SIG_DFL);
}

void note_host_fork(bool begins) { forks_host = begins; }

void drop_plugin() { tasks.clear(); }

long find_result(PyObject* name) {
  if (current == nullptr) return -1;
  for (std::size_t at = 0; at < current->results.size(); ++at)
    if (PyUnicode_Compare(current->results[at].name.get(), name) == 0) return static_cast<long>(at);
  return -1;
}

}  // namespace ropewalk::python
