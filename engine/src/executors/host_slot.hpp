#pragma once
// A place of a stage for one host: the host that is leased for it, its workers' lanes, its life and what its tasks have
// done to it. Owned by BoardExecutor, on the engine's thread. Knows nothing of results or of other slots.

#include "executors/lane.hpp"
#include "executors/slot_life.hpp"
#include "executors/verdict.hpp"
#include "hosts/host_process.hpp"
#include "protocol/board_layout.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ropewalk {

enum class SlotKind : std::uint8_t {
  shared,    ///< one of the stage's hosts
  isolated,  ///< runs one suspect
};

/// What its tasks have done to a host.
struct HostCondition {
  std::string drift = {};       ///< how it is not as it was when it was started, for a person; empty: it is
  std::uint32_t new_drift = 0;  ///< kinds of drift that were not judged yet
  bool spent = false;           ///< a task found no room in it
  struct Wear {
    board::WornBy by;
    std::uint64_t used = 0;
    std::string text;
  };
  std::optional<Wear> wear = {};   ///< what it has little left of
  std::size_t busy_when_worn = 0;  ///< workers that were busy when it began to rest for its wear

  bool as_new() const { return !spent && !wear && drift.empty(); }
};

struct HostSlot {
  HostSlot(HostProcess& leased, SlotKind kind_of_slot, std::int64_t now_ns);

  HostProcess* const host;  ///< borrowed from the pool
  const SlotKind kind;
  const std::int64_t leased_ns;
  const std::uint32_t max_inline_params;  ///< bytes; larger parameters are sent as a blob
  std::uint32_t stage = 0;                ///< the stage's number on this host
  SlotLife life;
  DeathCause cause = DeathCause::unknown;  ///< of its end: what it was killed for, or is known to have died of
  bool start_reported = false;
  bool fresh = true;  ///< it has run no task of an earlier stage
  HostCondition condition = {};
  std::string printed_last = {};     ///< by all its tasks together
  std::int64_t cpu_before_ns = -1;   ///< what it had used when it began to work for the stage; -1: it has not begun
  std::int64_t wait_read_ns = 0;     ///< and how long they said that they had no core
  std::int64_t wait_at_kill_ns = 0;  ///< how long its workers had had no core when it was killed
  std::int64_t cpu_read_ns = 0;      ///< what its workers have read of their CPU clocks since
  std::uint32_t stopped_looks = 0;   ///< in which it was found stopped
  std::int64_t unseen_since_ns = 0;  ///< it has no socket, and where its process is it does not say; 0: it is seen
  std::vector<Lane> lanes = {};

  bool isolated() const { return kind == SlotKind::isolated; }
  bool one_task() const { return host->key()->one_task; }
  bool takes_work() const { return !isolated() && life.takes_work() && !host->dead(); }
  /// It is a host of one task, which has ended: its process is on its way out.
  bool has_run_its_task() const { return one_task() && lanes.front().dealer->done() != 0; }
  /// Whether it counts among the stage's hosts: the next is started while one that has run its task is dying.
  bool has_a_place() const { return !isolated() && !has_run_its_task(); }
  /// It can serve another stage.
  bool as_new() const { return condition.as_new() && lanes.size() == host->lanes().size(); }
  /// Workers that have work.
  std::size_t busy_workers() const;
  bool idle() const { return busy_workers() == 0; }
  /// Workers that have begun an item, which runs.
  std::size_t running_tasks() const;
  /// Before it is killed: measures how long its workers had no core.
  void note_wait();
  /// Items that were ever dealt to it.
  std::uint64_t items_taken() const;
};

}  // namespace ropewalk
