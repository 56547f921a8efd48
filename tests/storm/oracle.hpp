#pragma once
// Judges a run of storm.step by what a user has of it: the --results file and the log that the plugin wrote. Knows
// neither the engine nor its events; whoever asks says what was planned and which hosts died.

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace storm {

struct Expected {
  std::map<std::string, std::uint64_t> tasks;  ///< of each stage
  std::set<int> dead;                          ///< processes that did not end by themselves; none: a calm run
  bool given_up = false;                       ///< the run reported that it gave up: tasks may have ended without a value
};

struct Judgement {
  std::vector<std::string> wrong;  ///< a sentence for each diagnostic
  std::uint64_t results = 0, effects = 0, repeated = 0;  ///< effects of a task beyond its first
  std::uint64_t unfinished = 0;                          ///< tasks of a run that was given up
};

/// One result for each task, in order, of the right value; at least one effect; and after an effect another one of
/// the same task only if the process of the first died. In a run that was given up a task may have another outcome, but
/// only if every process that it had an effect in died.
Judgement judge(std::string_view results, std::string_view log, const Expected& expected);

}  // namespace storm
