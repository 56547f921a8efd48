#pragma once
// The members of a ledger, each with its key in --json and in the record. Every writer and reader of a ledger goes
// through this list. Pure; any thread.

#include <ropewalk/stage_ledger.hpp>

#include <string_view>

namespace ropewalk {

/// Calls `visitor.always(key, member)` for what every ledger has, and `visitor.if_set(key, member)` for what is left
/// out where it is zero or empty, in the order of --json. `Ledger`: StageLedger, const to write it.
template <class Ledger, class Visitor>
void visit_ledger(Ledger& ledger, Visitor&& visitor) {
  for (const LedgerPart& part : kLedgerParts) visitor.always(part.key, ledger.*part.seconds);
  visitor.if_set("retry_s", ledger.retry_s);
  visitor.if_set("engine_s_per_task", ledger.engine_s_per_task);
  visitor.if_set("metg_s", ledger.metg_s);
  visitor.if_set("cores", ledger.cores);
  visitor.if_set("idle_cores", ledger.idle_cores);
  visitor.if_set("interpreter_threads", ledger.interpreter_threads);
  visitor.if_set("fed_by", ledger.fed_by);
  visitor.if_set("last_task", ledger.last_task);
}

/// The same for the members of `last_task`.
template <class LastTask, class Visitor>
void visit_last_task(LastTask& last, Visitor&& visitor) {
  visitor.always("index", last.index);
  visitor.always("run_s", last.run_s);
  visitor.if_set("item", last.item);
}

}  // namespace ropewalk
