#pragma once
// Everything that a record knows of one task, for people: what it was, then each attempt with its outcome, times, host,
// evidence, log lines and output, and why it ran again. Pure text.

#include <ropewalk/record.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace ropewalk {

struct StoryParts {
  const RecordedRun& run;
  const RecordedStage& stage;
  std::uint64_t index = 0;
  const RecordedTask& task;
  /// {name, value as JSON}, in the order of the task type's declaration.
  std::vector<std::pair<std::string, std::string>> parameters = {};
  std::string parameters_problem = {};  ///< why there are none; empty: the task has no parameter
  std::size_t output_lines = 200;       ///< of each attempt, at most
  std::string whole_output = {};        ///< says how the rest of an output can be seen
  /// {attempt, what differs from the attempt before it}: of attempts that followed a success in an earlier session.
  std::map<std::uint32_t, std::vector<std::string>> differences = {};
  std::set<std::uint32_t> started_in = {};  ///< the sessions in which its stage started
};

void append_task_story(std::string& out, const StoryParts& parts);

/// The output of an attempt, in one piece.
KeptOutput output_of(const RecordedTask& task, std::uint32_t attempt);

/// A failed attempt as the summary takes it.
Failure failure_of(const RecordedStage& stage, const RecordedAttempt& attempt, const RecordedTask& task);

}  // namespace ropewalk
