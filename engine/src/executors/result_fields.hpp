#pragma once
// The fields of the results of a stage's task type: whether a result is whole, and how a large one is kept. A host may
// send anything. On the engine's thread.

#include "executors/attempt_reports.hpp"
#include "hosts/host_process.hpp"
#include "protocol/fields.hpp"

#include <ropewalk/plan.hpp>

#include <string_view>
#include <vector>

namespace ropewalk {

class ResultFields {
 public:
  explicit ResultFields(const TaskDescription& type);
  ResultFields(const ResultFields&) = delete;
  ResultFields& operator=(const ResultFields&) = delete;

  /// Whether it is a whole result.
  bool holds(std::string_view payload) { return check_.holds(payload); }
  /// Makes a large result the payload of `ended`. Its large fields stay in the blob that it came in. False: it is
  /// damaged.
  bool keep_large(const HostProcess::LargeResult& large, AttemptResult& ended, AttemptReports& reports);

 private:
  std::vector<Type> types_;
  board::FieldsCheck check_;
  std::vector<board::FieldView> views_;  // scratch
};

}  // namespace ropewalk
