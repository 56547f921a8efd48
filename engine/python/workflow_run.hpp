#pragma once
// Runs a workflow on the thread that calls, without the GIL. A signal whose handler raises, such as Ctrl-C, stops the
// run: first running tasks are asked, then killed. Its exception is raised when the run has ended.

#include "python.hpp"

namespace ropewalk::python {

/// run(options, view): `options` is a dict that ropewalk._runs makes; `view` receives progress, or None.
PyObject* run_workflow(PyObject* module, PyObject* arguments);

}  // namespace ropewalk::python
