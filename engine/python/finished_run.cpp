#include "finished_run.hpp"

#include "errors.hpp"
#include "values.hpp"

#include <ropewalk/history.hpp>
#include <ropewalk/report.hpp>
#include <ropewalk/version.hpp>

#include <new>

namespace ropewalk::python {
namespace {

struct FinishedRunObject {
  PyObject_HEAD FinishedRun* run;
};

PyObject* finished_run_type = nullptr;

const FinishedRun& run_of(PyObject* self) { return *reinterpret_cast<FinishedRunObject*>(self)->run; }

void free_finished_run(PyObject* self) {
  PyTypeObject* type = Py_TYPE(self);
  delete reinterpret_cast<FinishedRunObject*>(self)->run;
  reinterpret_cast<freefunc>(PyType_GetSlot(type, Py_tp_free))(self);
  Py_DECREF(type);
}

/// json(): the document of --json.
PyObject* json(PyObject* self, PyObject*) {
  return guarded([&] {
    std::string out;
    append_run_json(out, run_of(self).result, program_version());
    return text(out).release();
  });
}

/// summary(): the table and the failures, as the command line shows them.
PyObject* summary(PyObject* self, PyObject*) {
  return guarded([&] {
    std::string out;
    append_summary(out, run_of(self).result);
    return text(out).release();
  });
}

PyObject* warnings(PyObject* self, PyObject*) { return texts(run_of(self).warnings).release(); }

/// (id, workflow, outcome, why, record, record's error, exit code)
PyObject* facts(PyObject* self, PyObject*) {
  return guarded([&]() -> PyObject* {
    const RunResult& result = run_of(self).result;
    const Ref id = text(result.run_id), workflow = text(result.workflow), why = text(result.why),
              record = text(result.record.native()),
              error = text(result.record_error ? to_string(*result.record_error) : std::string());
    const Ref outcome = text(outcome_name(result.outcome));
    if (!id || !workflow || !why || !record || !error || !outcome) return nullptr;
    return Py_BuildValue("(OOOOOOi)", id.get(), workflow.get(), outcome.get(), why.get(), record.get(), error.get(),
                         exit_code(result));
  });
}

Ref row_of(const KeptResults::Row& row, std::string_view evidence) {
  const Ref item = row.item != nullptr ? to_python(*row.item) : Ref::borrowed(Py_None);
  const Ref value = row.value != nullptr ? to_python(*row.value) : Ref::borrowed(Py_None);
  const Ref message = text(row.message), outcome = text(outcome_name(row.outcome)), seen = text(evidence);
  if (!item || !value || !message || !outcome || !seen) return {};
  return Ref(Py_BuildValue("(KOOOOO)", static_cast<unsigned long long>(row.index), item.get(), outcome.get(),
                           value.get(), message.get(), seen.get()));
}

/// rows(stage): a tuple for each task: index, item, outcome, value, message, evidence.
PyObject* rows(PyObject* self, PyObject* arguments) {
  unsigned stage = 0;
  if (PyArg_ParseTuple(arguments, "I", &stage) == 0) return nullptr;
  return guarded([&]() -> PyObject* {
    const FinishedRun& run = run_of(self);
    Ref list(PyList_New(0));
    if (!list || !run.result.results) return list.release();
    bool good = true;
    run.result.results->visit(stage, [&](const KeptResults::Row& row) {
      if (!good) return;
      const auto seen = run.evidence.find({stage, row.index});
      const Ref made = row_of(row, seen == run.evidence.end() ? std::string_view() : seen->second);
      good = made && PyList_Append(list.get(), made.get()) == 0;
    });
    if (!good) return nullptr;
    if (const std::string problem = run.result.results->problem(); !problem.empty()) {
      PyErr_SetString(PyExc_OSError, problem.c_str());
      return nullptr;
    }
    return list.release();
  });
}

PyMethodDef run_methods[] = {
    {"json", json, METH_NOARGS, nullptr},   {"summary", summary, METH_NOARGS, nullptr},
    {"facts", facts, METH_NOARGS, nullptr}, {"warnings", warnings, METH_NOARGS, nullptr},
    {"rows", rows, METH_VARARGS, nullptr},  {nullptr, nullptr, 0, nullptr},
};

/// Evidence of all tasks that crashed; the result has that of the first hundred only.
Result<void> read_evidence(FinishedRun& run) {
  for (std::uint32_t stage = 0; stage < run.record->stages().size(); ++stage) {
    if (run.result.stages.size() <= stage || run.result.stages[stage].failed == 0) continue;
    Result<void> read = run.record->visit(stage, [&](const RecordedAttempt& attempt) {
      if (!attempt.evidence.empty()) run.evidence[{stage, attempt.index}] = attempt.evidence;
    });
    if (!read) return read;
  }
  return {};
}

Result<FinishedRun> read_run(const std::string& root, const std::string& word) {
  Result<std::unique_ptr<Record>> record = open_run(root, word);
  if (!record) return record.error();
  FinishedRun run{.record = std::move(*record), .result = {}};
  Result<RunResult> result = run.record->result(true);
  if (!result) return result.error();
  run.result = std::move(*result);
  run.result.record = run.record->run().folder;
  if (Result<void> read = read_evidence(run); !read) return read.error();
  Result<std::vector<std::string>> warnings = run.record->warnings();
  if (!warnings) return warnings.error();
  run.warnings = std::move(*warnings);
  return run;
}

}  // namespace

bool add_finished_run_type() {
  PyType_Slot slots[] = {
      {Py_tp_dealloc, reinterpret_cast<void*>(free_finished_run)}, {Py_tp_methods, run_methods}, {0, nullptr}};
  PyType_Spec spec = {.name = "ropewalk._engine.FinishedRun",
                      .basicsize = sizeof(FinishedRunObject),
                      .itemsize = 0,
                      .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
                      .slots = slots};
  finished_run_type = PyType_FromSpec(&spec);
  return finished_run_type != nullptr;
}

PyObject* make_finished_run(FinishedRun run) {
  auto* type = reinterpret_cast<PyTypeObject*>(finished_run_type);
  auto* allocate = reinterpret_cast<allocfunc>(PyType_GetSlot(type, Py_tp_alloc));
  Ref made(allocate(type, 0));
  if (!made) return nullptr;
  reinterpret_cast<FinishedRunObject*>(made.get())->run = new FinishedRun(std::move(run));
  return made.release();
}

PyObject* open_recorded_run(PyObject*, PyObject* arguments) {
  const char *root = nullptr, *word = nullptr;
  if (PyArg_ParseTuple(arguments, "ss", &root, &word) == 0) return nullptr;
  return guarded([&]() -> PyObject* {
    const std::string in = root, named = word;
    Result<FinishedRun> run = Errors();
    {
      const WithoutGil others_run;
      run = read_run(in, named);
    }
    if (!run) return raise(run.error());
    return make_finished_run(std::move(*run));
  });
}

}  // namespace ropewalk::python
