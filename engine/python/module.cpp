// The extension module ropewalk._engine: the engine's public headers for Python, as thinly as it goes. What users see
// is made of it in sdk/python/ropewalk.

#include "finished_run.hpp"
#include "python.hpp"
#include "task_pool.hpp"
#include "values.hpp"
#include "workflow_run.hpp"

#include <ropewalk/plan.hpp>
#include <ropewalk/version.hpp>

namespace {

PyObject* usable_cores(PyObject*, PyObject*) { return PyLong_FromUnsignedLong(ropewalk::usable_cores()); }

PyMethodDef functions[] = {
    {"run", ropewalk::python::run_workflow, METH_VARARGS, nullptr},
    {"open_run", ropewalk::python::open_recorded_run, METH_VARARGS, nullptr},
    {"usable_cores", usable_cores, METH_NOARGS, nullptr},
    {nullptr, nullptr, 0, nullptr},
};

PyModuleDef definition = {.m_base = PyModuleDef_HEAD_INIT,
                          .m_name = "ropewalk._engine",
                          .m_doc = nullptr,
                          .m_size = -1,
                          .m_methods = functions,
                          .m_slots = nullptr,
                          .m_traverse = nullptr,
                          .m_clear = nullptr,
                          .m_free = nullptr};

}  // namespace

PyMODINIT_FUNC PyInit__engine() {
  using namespace ropewalk::python;
  Ref module(PyModule_Create(&definition));
  const Ref version = text(ropewalk::program_version());
  if (!module || !version || !add_shared_memory_type() || !add_finished_run_type() || !add_task_pool_type(module.get()))
    return nullptr;
  if (PyModule_AddObjectRef(module.get(), "version", version.get()) != 0) return nullptr;
  return module.release();
}
