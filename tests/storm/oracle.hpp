#pragma once
// Judges a run of storm.step by its visible results: the --results file and the log written by the plugin. Knows
// neither the engine nor its events; the caller provides the planned tasks and the hosts that died.

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace storm {

struct Expected {
  std::map<std::string, std::uint64_t> tasks;  ///< number of tasks of each stage
  std::set<int> dead;                          ///< processes that did not end by themselves; empty: a calm run
  bool given_up = false;                       ///< the run was abandoned: tasks may have ended without a value
};

struct Judgement {
  std::vector<std::string> wrong;                        ///< one sentence per problem
  std::uint64_t results = 0, effects = 0, repeated = 0;  ///< effects of a task beyond its first
  std::uint64_t unfinished = 0;                          ///< tasks of an abandoned run
};

/// Checks for one result per task, in order and with the right value, and for at least one effect per task. A further
/// effect of a task is allowed only if the process of the earlier one died. In an abandoned run a task may have another
/// outcome, but only if every process in which it had an effect died.
Judgement judge(std::string_view results, std::string_view log, const Expected& expected);

}  // namespace storm
