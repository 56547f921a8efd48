#pragma once
// The engine's side of one worker's lane: deals items, takes them back, and reads records. The dealer alone knows the
// owner of a task; shared memory does not record it. Single-threaded. Data from the outbox is copied before it is
// checked.

#include "base/arena.hpp"
#include "protocol/board_layout.hpp"

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

namespace ropewalk::board {

/// An item that was dealt and has not ended.
struct Item {
  std::uint64_t task = 0;
  std::uint32_t attempt = 0;
  std::uint64_t blob = 0;        ///< 0: parameters are in the inbox
  std::uint64_t area_begin = 0;  ///< of its parameters in the area: total bytes
};

class Dealer {
 public:
  /// Borrows the memory; both pointers are to this worker's lanes.
  Dealer(std::byte* inbox, const std::byte* outbox, const Layout& layout);

  std::uint32_t in_flight() const { return static_cast<std::uint32_t>(dealt_ - done_); }
  std::uint32_t free_slots() const { return slot_mask_ + 1 - in_flight(); }
  /// Items begun by the worker, according to the outbox: done() or one more.
  std::uint64_t begun() const;
  std::uint64_t begun_at() const { return out_.begun_at.load(std::memory_order_relaxed); }
  std::uint64_t done() const { return done_; }
  bool busy() const { return begun() > done_; }
  /// The worker sleeps for an item or for room, and all its records were read. This state cannot last while busy(): if
  /// it does, a record was lost or its words are damaged.
  bool waits_for_nothing() const {
    return out_.asleep.load(std::memory_order_relaxed) != 0 && out_.tail.load(std::memory_order_relaxed) == consumed_;
  }
  /// Bytes of all records that were read. Grows with each of them.
  std::uint64_t read() const { return consumed_; }
  /// The item that is running, or was running when the host died; null if there is none.
  const Item* running() const { return busy() ? &items_[done_ & slot_mask_] : nullptr; }
  /// Valid in the sink of drain() for a record that ends an item: that item and its parameters, as in take_back().
  const Item& ended() const { return items_[(done_ - 1) & slot_mask_]; }
  std::string_view params_of_ended() const { return params_of(ended(), slots_[(done_ - 1) & slot_mask_]); }
  const Item* oldest() const { return in_flight() != 0 ? &items_[done_ & slot_mask_] : nullptr; }

  /// Returns false if there is no room. The worker sees the item after publish().
  bool deal(std::uint64_t task, std::uint32_t attempt, std::uint32_t stage, std::string_view params);
  /// Like deal(), for parameters of `size` bytes in a blob.
  bool deal_blob(std::uint64_t task, std::uint32_t attempt, std::uint32_t stage, std::uint64_t blob,
                 std::uint32_t size);
  /// Makes dealt items visible to the worker and wakes it if it sleeps.
  void publish();
  /// Wakes the worker even if it does not report that it sleeps, because a task may have overwritten that word.
  void wake() const;

  /// Takes back up to `most` of the newest items that a live worker has not begun. `visit` receives each with its
  /// parameters (empty for a blob). The items belong to the engine again.
  using Visit = std::function<void(const Item& item, std::string_view params)>;
  std::uint32_t take_back(std::uint32_t most, const Visit& visit);
  /// Call after the host's death and the last drain(). Visits all items in flight, oldest first.
  void abandon(const Visit& visit) const;

  /// Requests the running item to stop.
  void cancel_running();
  /// Sets the total time that hosts have been frozen.
  void set_stood_still(std::int64_t ns) { in_.stood_still_ns.store(ns, std::memory_order_relaxed); }

  /// Calls `sink(const RecordHead&, std::string_view payload)` for each record; the payload was copied to `arena`.
  /// Result and error records end the oldest item before the call. A record that does not match that item makes the
  /// lane broken(). Returns the number of records read.
  template <class Sink>
  std::size_t drain(Arena& arena, Sink&& sink);
  /// The host wrote invalid data to the lane and is not trusted any more.
  bool broken() const { return broken_; }
  /// Requests a ring after `completions` more completions. Returns true if they have already happened.
  bool ring_after(std::uint32_t completions);
  /// Total log records that the worker dropped because the outbox was half full.
  std::uint32_t dropped_logs() const { return out_.dropped_logs.load(std::memory_order_relaxed); }
  std::uint64_t ring_every() const { return ring_every_; }

 private:
  enum class Read { record, nothing, wrapped };
  Read read_record(std::uint64_t tail, RecordHead& head, std::string_view& payload, Arena& arena);
  void consumed_now();
  bool end_oldest(const RecordHead& head);
  Slot& fill_slot(std::uint64_t task, std::uint32_t attempt, std::uint32_t stage, std::uint64_t blob);
  bool fill_area(Slot& slot, std::string_view params);
  std::string_view params_of(const Item& item, const Slot& slot) const;

  InboxHead& in_;
  Slot* const slots_;
  std::byte* const area_;
  const OutboxHead& out_;
  const std::byte* const ring_;
  const std::uint32_t slot_mask_, area_bytes_, ring_bytes_;

  std::vector<Item> items_;  // a ring, like the slots
  std::uint64_t dealt_ = 0, published_ = 0, done_ = 0;
  std::uint64_t area_head_ = 0;  // total bytes of the area allocated so far
  std::uint64_t consumed_ = 0;
  std::uint64_t ring_every_ = 1, ring_at_ = 1;
  bool broken_ = false;
};

template <class Sink>
std::size_t Dealer::drain(Arena& arena, Sink&& sink) {
  std::size_t records = 0;
  const std::uint64_t tail = out_.tail.load(std::memory_order_acquire);
  if (tail == consumed_) return 0;
  RecordHead head;
  std::string_view payload;
  while (!broken_) {
    const Read read = read_record(tail, head, payload, arena);
    if (read == Read::nothing) break;
    if (read == Read::wrapped) continue;
    if ((head.type == RecordType::result || head.type == RecordType::error) && !end_oldest(head)) break;
    ++records;
    sink(static_cast<const RecordHead&>(head), payload);
  }
  consumed_now();
  return records;
}

}  // namespace ropewalk::board
