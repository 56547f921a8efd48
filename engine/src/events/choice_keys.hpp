#pragma once
// The members of a choice of `executor: auto`, each with its key in --json and in the record. Every writer and
// reader of a choice goes through this list. Pure; any thread.

#include <ropewalk/auto_choice.hpp>

namespace ropewalk {

/// Calls `visitor(key, member)` for each, in the order of --json. `Choice`: AutoChoice, const to write it.
template <class Choice, class Visitor>
void visit_choice(Choice& choice, Visitor&& visitor) {
  visitor("executor", choice.executor);
  visitor("workers", choice.workers);
  visitor("why", choice.why);
  visitor("remembered", choice.remembered);
  visitor("modes", choice.modes);
}

/// The same for an element of `modes`.
template <class Mode, class Visitor>
void visit_mode(Mode& mode, Visitor&& visitor) {
  visitor("executor", mode.executor);
  visitor("workers", mode.workers);
  visitor("attempts", mode.attempts);
  visitor("died", mode.died);
  visitor("run_s", mode.run_s);
  visitor("cpu_s", mode.cpu_s);
  visitor("bytes", mode.bytes);
}

}  // namespace ropewalk
