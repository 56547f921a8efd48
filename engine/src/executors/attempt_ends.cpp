#include "executors/attempt_ends.hpp"

#include <ropewalk/sdk/abi.h>

#include <algorithm>

namespace ropewalk {
namespace {

using board::RecordHead;
using board::RecordType;

FailureKind kind_of(std::uint32_t code) {
  if (code == ROPEWALK_FAIL_NO_ROOM) return FailureKind::transient;
  return code == ROPEWALK_FAIL_TRANSIENT   ? FailureKind::transient
         : code == ROPEWALK_FAIL_PERMANENT ? FailureKind::permanent
                                           : FailureKind::error;
}

}  // namespace

bool AttemptEnds::found_no_room(const RecordHead& head) {
  return head.type == RecordType::error && head.code == ROPEWALK_FAIL_NO_ROOM;
}

void AttemptEnds::attach_output(AttemptResult& ended, Lane& lane) {
  if (!lane.output) return;
  const std::unique_ptr<KeptOutput> output = std::move(lane.output);
  if (ended.outcome != Outcome::succeeded && !output->empty()) reports_.keep_output(ended, std::move(*output));
}

std::int64_t AttemptEnds::longest_since(std::int64_t ns) const {
  constexpr std::int64_t kMore = 1'000'000'000;
  return std::max<std::int64_t>(monotonic_ns() - ns, 0) + kMore;  // the time that hosts stood still included
}

void AttemptEnds::attempt(HostSlot& slot, Lane& lane, std::uint32_t worker, const RecordHead& head,
                          std::string_view payload, std::int64_t longest_ns) {
  if (lane.starts_reported < lane.dealer->done()) {
    reports_.add_started(head.task, head.attempt);
    lane.starts_reported = lane.dealer->done();
  }
  AttemptResult& ended = reports_.add_ended();
  ended.task = head.task;
  ended.attempt = head.attempt;
  ended.outcome = Outcome::succeeded;
  ended.started_ns = pool_.clock().to_ns(head.start);
  ended.run_ns = std::min(pool_.clock().span_ns(head.start, head.end), longest_ns);
  ended.host = slot.host->pid();
  ended.worker = worker;
  ended.payload = payload;
  if (head.type == RecordType::error || head.blob != 0 || lane.overran(lane.dealer->done() - 1) ||
      !result_fields_.holds(payload))
    otherwise(slot, lane, head, ended);
  if (is_failure(ended.outcome)) hold_back();
  dealer_.forget(head.task);
  if (room_limit_.limited() && !found_no_room(head)) room_limit_.ended();
  lane.watch.end();
  lane.opening = false;
  if (!lane.last_words.empty()) lane.last_words.clear();
  slots_.note_progress(slot);
  if (lane.output) attach_output(ended, lane);
  --in_flight_;
}

/// Not with a result that is whole and small.
void AttemptEnds::otherwise(HostSlot& slot, const Lane& lane, const RecordHead& head, AttemptResult& ended) {
  HostProcess::LargeResult large;
  if (head.blob != 0) large = slot.host->take_result(head.blob);
  const bool cancelled = lane.was_cancelled(lane.dealer->done() - 1);
  if (cancelled && head.type == RecordType::error) {
    ended.outcome = Outcome::cancelled;
    ended.payload = kCancelledWhile;
  } else if (!cancelled && lane.overran(lane.dealer->done() - 1)) {
    ended.outcome = Outcome::timed_out;
    ended.payload = reports_.keep(watch_.overrun_message(lane));  // what it says now comes too late
  } else if (head.type == RecordType::error) {
    if (head.blob != 0) ended.payload = reports_.keep(large.fields);
    note_failure(slot, lane, head, ended);
  } else if (head.blob == 0 || !result_fields_.keep_large(large, ended, reports_)) {
    ended.outcome = Outcome::failed;
    ended.payload = "the result was damaged on its way from the host";
    ended.ending = Ending::breach;
  }
}

void AttemptEnds::note_failure(HostSlot& slot, const Lane& lane, const RecordHead& head, AttemptResult& ended) {
  if (head.code == board::kFailedForMemory || slot.host->over_its_memory()) {
    // In a group the kernel kills the process with the most memory, here a child of this task.
    ended.outcome = Outcome::out_of_memory;
    ended.payload = reports_.keep(memory_message(stage_.limits));
    slot.condition.spent = true;
    return;
  }
  ended.outcome = head.code == ROPEWALK_FAIL_STOPPED && lane.cancel_asked ? Outcome::cancelled : Outcome::failed;
  const std::uint32_t code = head.code & ~board::kBrokeContract;
  ended.kind = kind_of(code);
  // A code of 0 is reported as no code: a program that fails with it is rare.
  constexpr std::uint32_t kFirst = ROPEWALK_FAIL_EXIT_CODE(0), kLast = ROPEWALK_FAIL_EXIT_CODE(255);
  if (ended.outcome == Outcome::failed && code >= kFirst && code <= kLast)
    ended.detail = static_cast<std::int32_t>(code - kFirst);
  if ((head.code & board::kBrokeContract) != 0) ended.ending = Ending::breach;
}

std::int64_t AttemptEnds::share_cpu(Lane& lane, const RecordHead& head, std::size_t first_unread,
                                    std::int64_t longest_ns) {
  constexpr std::uint64_t kMaxCores = 4096;  // of a machine, for all that a task starts
  const auto read = static_cast<std::int64_t>(
      std::min({head.cpu_ns, static_cast<std::uint64_t>(longest_ns) * kMaxCores, std::uint64_t{1} << 60}));
  const std::int64_t used = std::max<std::int64_t>(read - std::exchange(lane.cpu_lent_ns, 0), 0);
  reports_.share_cpu(first_unread, used);
  return read;
}

/// Takes back all items that no worker has begun, after a failure that may stop the run. This precedes the report of
/// the failure, and the moment when the failed worker, which waits for it, learns that its record was read.
void AttemptEnds::hold_back() {
  if (stage_.on_error == OnError::stop) dealer_.take_all_back();
}

void AttemptEnds::without_result(std::uint64_t task, std::uint32_t attempt, Outcome outcome, std::int32_t detail,
                                 std::string_view message, const HostSlot* slot, std::uint32_t worker,
                                 std::int64_t began_ns, std::string_view evidence) {
  if (is_failure(outcome)) hold_back();
  dealer_.forget(task);
  --in_flight_;
  const std::int64_t run_ns = began_ns == 0 ? 0 : std::max<std::int64_t>(monotonic_ns() - began_ns, 0);
  AttemptResult& ended = reports_.add_ended();
  ended = {.task = task,
           .attempt = attempt,
           .outcome = outcome,
           .detail = detail,
           .started_ns = began_ns,
           .run_ns = run_ns,
           .host = slot == nullptr ? 0 : slot->host->pid(),
           .worker = worker,
           .payload = reports_.keep(message),
           .ending = Ending::found,
           .evidence = reports_.keep(evidence)};
}

}  // namespace ropewalk
