#pragma once
// What is known of a run that has ended, or of a recorded one: the object behind ropewalk.Result. With the GIL.

#include "python.hpp"

#include <ropewalk/record.hpp>
#include <ropewalk/run_result.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace ropewalk::python {

struct FinishedRun {
  std::unique_ptr<Record> record = {};  ///< null: the run was not read from one; else `result` reads from it
  RunResult result;                     ///< with its rows
  std::map<std::pair<std::uint32_t, std::uint64_t>, std::string> evidence = {};  ///< by stage and index
  std::vector<std::string> warnings = {};                                        ///< of the engine
};

/// Makes its type. False: a Python error.
bool add_finished_run_type();
/// Null: a Python error.
PyObject* make_finished_run(FinishedRun run);

/// open_record(root, word): the recorded run that the word means.
PyObject* open_recorded_run(PyObject* module, PyObject* arguments);

}  // namespace ropewalk::python
