#pragma once
// Where the time of a stage's workers went. A plain value: measured while the stage runs, recorded, and shown by the
// summary, --json and reports. docs/ledger.md explains each part.

#include <ropewalk/value.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ropewalk {

/// Seconds of workers: with 8 workers, 8 a second. The eight parts and the residual add up to `total_s`.
struct StageLedger {
  double total_s = 0;      ///< workers x wall time of the stage
  double user_s = 0;       ///< tasks ran on a CPU, in their own code
  double system_s = 0;     ///< tasks ran on a CPU, in the kernel
  double core_wait_s = 0;  ///< tasks were ready to run, and no core was free
  double blocked_s = 0;    ///< tasks waited: for I/O, a lock, a timer, a process that they started
  double dispatch_s = 0;   ///< a task was ready, and its worker had not begun it
  double starved_s = 0;    ///< no task was ready, and more were to come
  double start_s = 0;      ///< processes and threads started, and open() of the task type ran
  double tail_s = 0;       ///< no task was left to begin
  /// What the parts lack. Negative: more attempts ran at once than the stage has workers, as suspects of a crash may.
  double residual_s = 0;

  double retry_s = 0;  ///< of `starved_s`: all that was to come waited for the delay of a retry
  /// CPU time of the engine's thread for the stage, per task. Empty: too few tasks to say.
  std::optional<double> engine_s_per_task = {};
  /// METG(50 %): as long as tasks have to be for half of the workers' time to go into tasks. Empty: as above.
  std::optional<double> metg_s = {};
  std::uint32_t cores = 0;  ///< that the run could use; 0: not known
  /// Cores that nothing used meanwhile, on average. Empty: the stage was too short, or the run may not use all cores.
  std::optional<double> idle_cores = {};
  std::uint32_t interpreter_threads = 0;  ///< workers that share an interpreter of Python; 0: fewer than two do
  std::string fed_by = {};                ///< the stage whose results are its items; empty: none
  /// The task of a stage that ended last.
  struct LastTask {
    std::uint64_t index = 0;              ///< of the task in its stage, from 0
    double run_s = 0;                     ///< of its last attempt
    std::optional<ShownValue> item = {};  ///< empty: the stage has no `foreach`
    /// Compares all fields.
    bool operator==(const LastTask&) const = default;
  };
  std::optional<LastTask> last_task = {};  ///< the one that ended last; empty: none ran

  /// Compares all fields.
  bool operator==(const StageLedger&) const = default;
  /// Tasks ran.
  double run_s() const { return user_s + system_s + core_wait_s + blocked_s; }
};

/// A number of the ledger: its key in --json and in the record.
struct LedgerPart {
  std::string_view key;          ///< "total_s"
  double StageLedger::*seconds;  ///< where it is in a ledger
};
/// All of them, in the order of --json.
inline constexpr std::array<LedgerPart, 10> kLedgerParts{{{"total_s", &StageLedger::total_s},
                                                          {"user_s", &StageLedger::user_s},
                                                          {"system_s", &StageLedger::system_s},
                                                          {"core_wait_s", &StageLedger::core_wait_s},
                                                          {"blocked_s", &StageLedger::blocked_s},
                                                          {"dispatch_s", &StageLedger::dispatch_s},
                                                          {"starved_s", &StageLedger::starved_s},
                                                          {"start_s", &StageLedger::start_s},
                                                          {"tail_s", &StageLedger::tail_s},
                                                          {"residual_s", &StageLedger::residual_s}}};

}  // namespace ropewalk
