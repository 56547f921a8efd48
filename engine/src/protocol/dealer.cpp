#include "protocol/dealer.hpp"

#include "protocol/futex.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace ropewalk::board {
namespace {

/// Maximum payload of a record by type, in bytes. In addition, no record may exceed a quarter of the ring.
constexpr std::uint32_t kAny = ~std::uint32_t{0};
constexpr std::array<std::uint32_t, static_cast<std::size_t>(RecordType::waited) + 1> kMaxPayload = [] {
  std::array<std::uint32_t, static_cast<std::size_t>(RecordType::waited) + 1> most{};
  const auto set = [&](RecordType type, std::uint32_t bytes) { most[static_cast<std::size_t>(type)] = bytes; };
  set(RecordType::result, kAny);
  set(RecordType::output, kAny);
  set(RecordType::error, kMaxErrorBytes);
  set(RecordType::log, kMaxLogBytes);
  set(RecordType::progress, sizeof(double) + kMaxLogBytes);
  for (const RecordType type : {RecordType::backtrace, RecordType::drift, RecordType::worn, RecordType::late})
    set(type, kMaxNoteBytes);
  return most;
}();

}  // namespace

Dealer::Dealer(std::byte* inbox, const std::byte* outbox, const Layout& layout)
    : in_(*reinterpret_cast<InboxHead*>(inbox)),
      slots_(reinterpret_cast<Slot*>(inbox + sizeof(InboxHead))),
      area_(inbox + sizeof(InboxHead) + sizeof(Slot) * layout.slots),
      out_(*reinterpret_cast<const OutboxHead*>(outbox)),
      ring_(outbox + sizeof(OutboxHead)),
      slot_mask_(layout.slots - 1),
      area_bytes_(layout.area_bytes),
      ring_bytes_(layout.ring_bytes),
      items_(layout.slots) {
  in_.ring_at.store(1, std::memory_order_relaxed);
}

std::uint64_t Dealer::begun() const {
  // A hostile host may write any value. The result is at least done_ and at most one item ahead of it.
  return std::clamp(out_.begun.load(std::memory_order_acquire), done_, std::min(done_ + 1, dealt_));
}

Slot& Dealer::fill_slot(std::uint64_t task, std::uint32_t attempt, std::uint32_t stage, std::uint64_t blob) {
  items_[dealt_ & slot_mask_] = {.task = task, .attempt = attempt, .blob = blob, .area_begin = area_head_};
  Slot& slot = slots_[dealt_ & slot_mask_];
  slot.task = task;
  slot.attempt = attempt;
  slot.stage = stage;
  slot.blob = blob;
  return slot;
}

bool Dealer::deal(std::uint64_t task, std::uint32_t attempt, std::uint32_t stage, std::string_view params) {
  if (free_slots() == 0) return false;
  Slot& slot = fill_slot(task, attempt, stage, 0);
  slot.size = static_cast<std::uint32_t>(params.size());
  if (params.size() > kInlineParams) {
    if (!fill_area(slot, params)) return false;
  } else {
    slot.where = kInSlot;
    if (!params.empty()) std::memcpy(slot.params, params.data(), params.size());
  }
  ++dealt_;
  return true;
}

bool Dealer::deal_blob(std::uint64_t task, std::uint32_t attempt, std::uint32_t stage, std::uint64_t blob,
                       std::uint32_t size) {
  if (free_slots() == 0) return false;
  Slot& slot = fill_slot(task, attempt, stage, blob);
  slot.size = size;
  slot.where = kInBlob;
  ++dealt_;
  return true;
}

bool Dealer::fill_area(Slot& slot, std::string_view params) {
  const std::uint64_t size = padded(params.size());
  const std::uint64_t offset = area_head_ & (area_bytes_ - 1);
  const std::uint64_t begin = offset + size > area_bytes_ ? area_head_ + (area_bytes_ - offset) : area_head_;
  const std::uint64_t oldest = in_flight() != 0 ? items_[done_ & slot_mask_].area_begin : area_head_;
  if (begin + size - oldest > area_bytes_) return false;
  slot.where = static_cast<std::uint32_t>(begin & (area_bytes_ - 1));
  std::memcpy(area_ + slot.where, params.data(), params.size());
  area_head_ = begin + size;
  return true;
}

void Dealer::publish() {
  if (published_ == dealt_) return;
  published_ = dealt_;
  in_.limit.store(dealt_, std::memory_order_seq_cst);
  if (out_.asleep.load(std::memory_order_seq_cst) == 1) futex_wake(&in_.limit);
}

void Dealer::wake() const { futex_wake(&in_.limit); }

std::string_view Dealer::params_of(const Item& item, const Slot& slot) const {
  if (item.blob != 0) return {};
  if (slot.where == kInSlot) return {reinterpret_cast<const char*>(slot.params), slot.size};
  return {reinterpret_cast<const char*>(area_ + slot.where), slot.size};
}

std::uint32_t Dealer::take_back(std::uint32_t most, const Visit& visit) {
  const std::uint64_t first_possible = std::max(done_, dealt_ - std::min<std::uint64_t>(most, in_flight()));
  in_.limit.store(first_possible, std::memory_order_seq_cst);
  // Uses the raw word: items from `begun` on belong to the engine again, and items that the worker has begun stay with
  // the worker.
  const std::uint64_t begun = std::clamp(out_.begun.load(std::memory_order_seq_cst), done_, dealt_);
  const std::uint64_t kept = std::max(first_possible, begun);
  in_.limit.store(kept, std::memory_order_seq_cst);
  // The worker may have stepped back from an item that is now allowed again, and fallen asleep.
  if (out_.asleep.load(std::memory_order_seq_cst) == 1) futex_wake(&in_.limit);
  const auto taken = static_cast<std::uint32_t>(dealt_ - kept);
  for (std::uint64_t number = dealt_; number-- > kept;) {
    const Item& item = items_[number & slot_mask_];
    visit(item, params_of(item, slots_[number & slot_mask_]));
    area_head_ = item.area_begin;
  }
  dealt_ = published_ = kept;
  return taken;
}

void Dealer::abandon(const Visit& visit) const {
  for (std::uint64_t number = done_; number < dealt_; ++number) {
    const Item& item = items_[number & slot_mask_];
    visit(item, params_of(item, slots_[number & slot_mask_]));
  }
}

void Dealer::cancel_running() {
  in_.cancel.store(static_cast<std::uint32_t>(done_ + 1), std::memory_order_seq_cst);
  futex_wake(&in_.cancel);
}

Dealer::Read Dealer::read_record(std::uint64_t tail, RecordHead& head, std::string_view& payload, Arena& arena) {
  const std::uint64_t unread = tail - consumed_;
  if (unread == 0) return Read::nothing;
  const std::uint64_t at = consumed_ & (ring_bytes_ - 1);
  const std::uint64_t to_end = ring_bytes_ - at;
  broken_ = true;  // until this record is fully checked
  if (unread > ring_bytes_ || unread % 8 != 0) return Read::nothing;
  RecordType type;
  std::memcpy(&type, ring_ + at, sizeof type);
  if (type == RecordType::wrap) {
    if (unread < to_end) return Read::nothing;
    consumed_ += to_end;
    broken_ = false;
    return Read::wrapped;
  }
  if (std::min(unread, to_end) < sizeof head) return Read::nothing;
  std::memcpy(&head, ring_ + at, sizeof head);
  head.type = type;
  const std::uint64_t bytes = sizeof head + padded(head.size);
  if (type < RecordType::result || type > RecordType::waited || bytes > std::min(unread, to_end)) return Read::nothing;
  if (head.size > std::min(kMaxPayload[static_cast<std::size_t>(type)], ring_bytes_ / 4)) return Read::nothing;
  // Only a result may be in a blob, and its record then has no payload.
  if (head.blob != 0 && (type != RecordType::result || head.size != 0)) return Read::nothing;
  payload = arena.keep({reinterpret_cast<const char*>(ring_ + at + sizeof head), head.size});
  consumed_ += bytes;
  broken_ = false;
  return Read::record;
}

bool Dealer::end_oldest(const RecordHead& head) {
  const Item* item = oldest();
  if (item == nullptr || item->task != head.task || item->attempt != head.attempt) {
    broken_ = true;
    return false;
  }
  ++done_;
  return true;
}

void Dealer::consumed_now() {
  in_.consumed.store(consumed_, std::memory_order_seq_cst);
  if (out_.asleep.load(std::memory_order_seq_cst) == 2) futex_wake(&in_.consumed);
}

bool Dealer::ring_after(std::uint32_t completions) {
  ring_every_ = std::max(completions, 1u);
  // The worker saw the unchanged mark before it published the records after it.
  if (std::exchange(ring_at_, done_ + ring_every_) == done_ + ring_every_) return false;
  in_.ring_at.store(ring_at_, std::memory_order_seq_cst);
  return out_.tail.load(std::memory_order_seq_cst) != consumed_;
}

}  // namespace ropewalk::board
