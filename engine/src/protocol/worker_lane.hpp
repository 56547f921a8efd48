#pragma once
// One worker's side of the board: takes its dealt items in order and publishes records. Used by that worker's thread
// only, with these exceptions: fault handlers may call publish_dying() and seize(), and any thread may call report_if()
// and is_cancelled(). Reads the inbox and writes the outbox. It never assumes that its process is the only reader or
// writer, and never holds a lock that another process waits for.

#include "base/cycles.hpp"
#include "base/mutex.hpp"
#include "protocol/board_layout.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <string_view>

namespace ropewalk::board {

/// A mutex whose cost, while nobody else wants it, is one exchange: it is taken once a task. A signal handler may try
/// it, and must not wait for it.
class ROPEWALK_CAPABILITY("mutex") WriteGate {
 public:
  void lock() ROPEWALK_ACQUIRE() ROPEWALK_UNCHECKED {
    if (!try_lock()) wait();
  }
  bool try_lock() ROPEWALK_TRY_ACQUIRE(true) { return held_.exchange(1, std::memory_order_acquire) == 0; }
  /// Who begins to wait just now may not be seen, which only a fence could prevent: it looks again by itself.
  void unlock() ROPEWALK_RELEASE() {
    held_.store(0, std::memory_order_release);
    if (waiting_.load(std::memory_order_relaxed) != 0) wake();
  }

 private:
  [[gnu::cold]] void wait() ROPEWALK_UNCHECKED;
  [[gnu::cold]] void wake();

  std::atomic<std::uint32_t> held_ = 0, waiting_ = 0;
};

class WorkerLane {
 public:
  /// Borrows everything; `inbox` and `outbox` point to this worker's lanes. `bell` is an eventfd.
  WorkerLane(const std::byte* inbox, std::byte* outbox, const Layout& layout, int bell, bool tsc);

  /// When the item returned by next() was begun, in cycles.
  std::uint64_t begun_at() const { return begun_at_; }
  /// Waits for the next item and begins it. Calls `idle` once before it sleeps. Returns null once `ending` is true.
  const Slot* next(const std::atomic<bool>& ending, const std::function<void()>& idle);
  /// Returns the item from the last next() unbegun: nothing of it has run, and the lane ends.
  void give_back();
  /// Whether an item is begun and not finished; any thread. If `ending` was set before the call, false means that no
  /// further item begins.
  bool busy() const { return out_.begun.load(std::memory_order_seq_cst) != finished_.load(std::memory_order_acquire); }
  /// Rings, and begins nothing until the dealt items have been taken back or `longest_ns` has passed.
  void stand_back(const std::atomic<bool>& ending, std::int64_t longest_ns);
  /// Whether another item is already there.
  bool has_more() const { return in_.limit.load(std::memory_order_relaxed) > next_; }
  /// The parameters of a begun item that are not in a blob. They stay unchanged until the item is done.
  std::string_view params(const Slot& slot) const;

  /// The number of the item returned by next(), from 1; grows for the life of the lane.
  std::uint64_t item() const { return next_; }

  /// Ends the begun item with its one result or error record. Rings the bell if the engine has requested it.
  void finish(const RecordHead& head, std::string_view payload);
  /// Rings the bell and waits until the engine has read all published records, or `ending` is true. Items that the
  /// engine takes back while it reads do not begin.
  [[gnu::cold]] void wait_until_read(const std::atomic<bool>& ending);
  /// Publishes any other record. `may_drop`: drop it if the outbox is half full. Returns false if it was dropped; the
  /// outbox counts dropped log records.
  bool report(const RecordHead& head, std::string_view payload, bool may_drop = false);
  /// Publishes a record that the engine must read now.
  void announce(const RecordHead& head) {
    report(head, {});
    ring();
  }
  /// Like report(), for other threads. `head` is called while the worker cannot end an item, and returns null if
  /// nothing is left to report. `reported_head`: whether it returned one.
  bool report_if(const std::function<const RecordHead*()>& head, std::string_view payload, bool may_drop,
                 bool& reported_head);
  /// Async-signal-safe, and only on the worker's own thread or after seize(): does not wait for room, and leaves out
  /// what finds none.
  void publish_dying(const RecordHead& head, std::string_view payload = {}) ROPEWALK_UNCHECKED;
  /// Takes the lane from its worker, for ever, for a dying thread of the same process; async-signal-safe. False if it
  /// is in the middle of a record and does not come to its end.
  bool seize() ROPEWALK_UNCHECKED;

  /// Whether the running item has been requested to stop; any thread.
  bool cancelled() const { return is_cancelled(next_); }
  bool is_cancelled(std::uint64_t item) const {
    return cancel_word().load(std::memory_order_relaxed) == static_cast<std::uint32_t>(item);
  }
  /// Total time that hosts have been frozen; any thread.
  std::int64_t stood_still_ns() const { return in_.stood_still_ns.load(std::memory_order_relaxed); }
  /// The futex that changes on cancellation; compare with cancelled().
  const std::atomic<std::uint32_t>& cancel_word() const { return in_.cancel; }

  std::uint32_t max_inline_payload() const { return max_inline_; }
  std::uint64_t cycles() const { return read_cycles(tsc_); }
  /// Wakes next() so that it checks `ending`; any thread of the host. It may be too early, so call it until it takes
  /// effect.
  void nudge() const;

 private:
  void write(const RecordHead& head, std::string_view payload) ROPEWALK_REQUIRES(writing_);
  bool put(const RecordHead& head, std::string_view payload, bool may_drop) ROPEWALK_REQUIRES(writing_);
  void publish() ROPEWALK_REQUIRES(writing_) { out_.tail.store(tail_, std::memory_order_release); }
  bool make_room(std::uint64_t bytes, bool wait) ROPEWALK_REQUIRES(writing_);
  [[gnu::cold]] void wait_for_more_than(std::uint64_t consumed);
  [[gnu::cold]] void wait_for_items();
  void ring_if_due();
  [[gnu::cold]] void ring();

  const InboxHead& in_;
  const Slot* const slots_;
  const std::byte* const area_;
  OutboxHead& out_;
  std::byte* const ring_;
  const std::uint32_t slot_mask_, area_bytes_, ring_bytes_, max_inline_;
  const int bell_;
  const bool tsc_;

  std::uint64_t next_ = 0;                                // items begun
  std::uint64_t begun_at_ = 0;                            // cycles
  std::uint64_t done_ = 0;                                // items finished
  std::atomic<std::uint64_t> finished_ = 0;               // the same count, for other threads
  std::uint64_t announced_ = 0;                           // done_ when the bell was last rung
  std::uint64_t rung_at_ = ~std::uint64_t{0};             // the mark for which it was rung
  WriteGate writing_;                                     // a plugin's threads may log while its worker publishes
  std::uint64_t tail_ ROPEWALK_GUARDED_BY(writing_) = 0;  // bytes published
};

}  // namespace ropewalk::board
