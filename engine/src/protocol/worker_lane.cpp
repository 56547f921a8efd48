#include "protocol/worker_lane.hpp"

#include "base/cycles.hpp"
#include "base/failpoint.hpp"
#include "protocol/futex.hpp"

#include <algorithm>
#include <cstring>
#include <ctime>

namespace ropewalk::board {

void WriteGate::wait() {
  constexpr std::int64_t kLookNs = 1'000'000;
  waiting_.fetch_add(1, std::memory_order_relaxed);
  while (!try_lock()) futex_wait(&held_, 1, kLookNs);
  waiting_.fetch_sub(1, std::memory_order_relaxed);
}

void WriteGate::wake() { futex_wake(&held_); }

WorkerLane::WorkerLane(const std::byte* inbox, std::byte* outbox, const Layout& layout, int bell, bool tsc)
    : in_(*reinterpret_cast<const InboxHead*>(inbox)),
      slots_(reinterpret_cast<const Slot*>(inbox + sizeof(InboxHead))),
      area_(inbox + sizeof(InboxHead) + sizeof(Slot) * layout.slots),
      out_(*reinterpret_cast<OutboxHead*>(outbox)),
      ring_(outbox + sizeof(OutboxHead)),
      slot_mask_(layout.slots - 1),
      area_bytes_(layout.area_bytes),
      ring_bytes_(layout.ring_bytes),
      max_inline_(layout.max_inline_payload()),
      bell_(bell),
      tsc_(tsc) {
  out_.pid.store(::getpid(), std::memory_order_relaxed);
}

/// Rings at most once per mark: the engine needs no further ring until it sets the next mark.
inline void WorkerLane::ring_if_due() {
  const std::uint64_t mark = in_.ring_at.load(std::memory_order_seq_cst);
  if (done_ < mark || mark == rung_at_) return;
  rung_at_ = mark;
  ring();
}

const Slot* WorkerLane::next(const std::atomic<bool>& ending, const std::function<void()>& idle) {
  bool reported_idle = false;
  for (;;) {
    if (in_.limit.load(std::memory_order_acquire) > next_) {
      // Store `begun`, then read `limit` again. The engine takes items back by lowering `limit` and then reading
      // `begun`. With both sequentially consistent, either the engine sees this item as begun or this worker sees the
      // lower limit.
      ROPEWALK_FAILPOINT("begin.before_store");
      begun_at_ = cycles();
      out_.begun_at.store(begun_at_, std::memory_order_relaxed);
      out_.begun.store(next_ + 1, std::memory_order_seq_cst);
      ROPEWALK_FAILPOINT("begin.after_store");
      // A thread that ends the host sets `ending` and then checks whether this lane is busy.
      const bool over = ending.load(std::memory_order_seq_cst);
      if (!over && in_.limit.load(std::memory_order_seq_cst) > next_) {
        ring_if_due();
        return &slots_[next_++ & slot_mask_];
      }
      out_.begun.store(next_, std::memory_order_seq_cst);
      if (over) return nullptr;
      continue;
    }
    if (ending.load(std::memory_order_acquire)) return nullptr;
    if (!reported_idle) {
      reported_idle = true;
      idle();
      if (done_ != announced_) ring();
      continue;
    }
    wait_for_items();
  }
}

void WorkerLane::give_back() {
  --next_;
  out_.begun.store(next_, std::memory_order_seq_cst);
}

void WorkerLane::stand_back(const std::atomic<bool>& ending, std::int64_t longest_ns) {
  constexpr std::int64_t kLookNs = 1'000'000;
  const std::int64_t until = monotonic_ns() + longest_ns;
  ring();
  for (;;) {
    const std::uint64_t limit = in_.limit.load(std::memory_order_acquire);
    if (limit <= next_ || ending.load(std::memory_order_acquire) || monotonic_ns() >= until) return;
    futex_wait(&in_.limit, static_cast<std::uint32_t>(limit), kLookNs);
  }
}

/// Waits until there is an item to begin, or until woken.
void WorkerLane::wait_for_items() {
  out_.asleep.store(1, std::memory_order_seq_cst);
  ROPEWALK_FAILPOINT("sleep.before_wait");
  const std::uint64_t limit = in_.limit.load(std::memory_order_seq_cst);
  if (limit <= next_) futex_wait(&in_.limit, static_cast<std::uint32_t>(limit));
  out_.asleep.store(0, std::memory_order_relaxed);
}

void WorkerLane::nudge() const { futex_wake(&in_.limit); }

std::string_view WorkerLane::params(const Slot& slot) const {
  if (slot.where == kInSlot) return {reinterpret_cast<const char*>(slot.params), std::min(slot.size, kInlineParams)};
  if (slot.where > area_bytes_ || slot.size > area_bytes_ - slot.where) return {};
  return {reinterpret_cast<const char*>(area_ + slot.where), slot.size};
}

/// Makes room for `bytes` in one piece. Writes the wrap record if they do not fit before the end of the ring.
inline bool WorkerLane::make_room(std::uint64_t bytes, bool wait) {
  const std::uint64_t to_end = ring_bytes_ - (tail_ & (ring_bytes_ - 1));
  const std::uint64_t skipped = to_end < bytes ? to_end : 0;
  for (;;) {
    const std::uint64_t consumed = in_.consumed.load(std::memory_order_acquire);
    if (tail_ + skipped + bytes - consumed <= ring_bytes_) break;
    if (!wait) return false;
    wait_for_more_than(consumed);
  }
  if (skipped != 0) {
    const RecordType wrap = RecordType::wrap;
    std::memcpy(ring_ + (tail_ & (ring_bytes_ - 1)), &wrap, sizeof wrap);
    tail_ += skipped;
    ROPEWALK_FAILPOINT("ring.after_wrap");
  }
  return true;
}

inline void WorkerLane::write(const RecordHead& head, std::string_view payload) {
  const std::uint64_t bytes = sizeof(RecordHead) + padded(payload.size());
  make_room(bytes, true);
  std::byte* at = ring_ + (tail_ & (ring_bytes_ - 1));
  std::memcpy(at, &head, sizeof head);
  const auto size = static_cast<std::uint32_t>(payload.size());
  std::memcpy(at + offsetof(RecordHead, size), &size, sizeof size);
  if (!payload.empty()) std::memcpy(at + sizeof head, payload.data(), payload.size());
  tail_ += bytes;
}

void WorkerLane::finish(const RecordHead& head, std::string_view payload) {
  ROPEWALK_FAILPOINT("result.before_write");
  {
    const BasicMutexLock lock(writing_);
    write(head, payload);
    ROPEWALK_FAILPOINT("result.before_publish");
    publish();
  }
  ROPEWALK_FAILPOINT("result.before_wake");
  ++done_;
  finished_.store(done_, std::memory_order_release);
  // An early check. The store to `tail` may not be visible yet when the mark is read here, so the engine may have set a
  // mark, seen no new record and fallen asleep. next() checks again, behind the fence that beginning an item needs
  // anyway. A worker without a next item rings in any case.
  ring_if_due();
}

bool WorkerLane::report(const RecordHead& head, std::string_view payload, bool may_drop) {
  const BasicMutexLock lock(writing_);
  return put(head, payload, may_drop);
}

bool WorkerLane::report_if(const std::function<const RecordHead*()>& head, std::string_view payload, bool may_drop,
                           bool& reported_head) {
  const BasicMutexLock lock(writing_);
  const RecordHead* const record = head();
  reported_head = record != nullptr;
  return reported_head && put(*record, payload, may_drop);
}

/// The caller holds the lane.
bool WorkerLane::put(const RecordHead& head, std::string_view payload, bool may_drop) {
  if (may_drop) {
    const std::uint64_t used = tail_ - in_.consumed.load(std::memory_order_acquire);
    if (used > ring_bytes_ / 2) {
      if (head.type == RecordType::log) out_.dropped_logs.fetch_add(1, std::memory_order_relaxed);
      return false;
    }
  }
  write(head, payload);
  publish();
  return true;
}

bool WorkerLane::seize() {
  constexpr int kTries = 50;
  const timespec pause{.tv_sec = 0, .tv_nsec = 2'000'000};
  for (int i = 0; i < kTries; ++i) {
    if (writing_.try_lock()) return true;
    ::nanosleep(&pause, nullptr);
  }
  return false;
}

void WorkerLane::publish_dying(const RecordHead& head, std::string_view payload) {
  // Takes no lock, because this thread may hold it. A record half written by another thread is not published yet and is
  // overwritten; the process is about to end anyway.
  if (!make_room(sizeof(RecordHead) + padded(payload.size()), false)) return;
  write(head, payload);
  publish();
  ring();
}

void WorkerLane::wait_until_read(const std::atomic<bool>& ending) {
  writing_.lock();
  const std::uint64_t tail = tail_;
  writing_.unlock();
  for (;;) {
    const std::uint64_t consumed = in_.consumed.load(std::memory_order_acquire);
    if (consumed >= tail || ending.load(std::memory_order_acquire)) return;
    wait_for_more_than(consumed);
  }
}

/// Waits until the engine has read more of the outbox, or for a limited time.
void WorkerLane::wait_for_more_than(std::uint64_t consumed) {
  out_.asleep.store(2, std::memory_order_seq_cst);
  ROPEWALK_FAILPOINT("ring.full");
  ring();
  if (in_.consumed.load(std::memory_order_seq_cst) == consumed)
    futex_wait(&in_.consumed, static_cast<std::uint32_t>(consumed), kRecheckNs);
  out_.asleep.store(0, std::memory_order_relaxed);
}

void WorkerLane::ring() {
  announced_ = done_;
  const std::uint64_t one = 1;
  (void)!::write(bell_, &one, sizeof one);  // a full eventfd is already ringing
}

}  // namespace ropewalk::board
