#pragma once
// The layout of one host's shared memory: two memfds, each with a lane for every worker. Only the engine writes the
// *inbox*, which the host can only read. Only its worker writes an *outbox* lane. No word is written by two processes.
//
//   inbox lane   | InboxHead | slots: one cache line an item, a ring | area: parameters that do not fit a slot |
//   outbox lane  | OutboxHead | ring of records |
//
// Behind the lanes, the inbox has a notice of the stage that the host is lent to (notice.hpp).
//
// Items are numbered from 0 for the life of a lane and run in that order. Item i therefore lies in slot i % slots, and
// the completed items are a count. The dealing protocol is in dealer.hpp (engine) and worker_lane.hpp (worker).

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace ropewalk::board {

/// Written by the engine.
struct InboxHead {
  /// Items with a lower number may be begun. The low half is the futex on which an idle worker sleeps.
  alignas(64) std::atomic<std::uint64_t> limit;
  /// The number of completions (since the lane began) at which the worker rings the bell.
  alignas(64) std::atomic<std::uint64_t> ring_at;
  /// Total bytes of the outbox that the engine has read. The low half is the futex of a worker with a full outbox.
  alignas(64) std::atomic<std::uint64_t> consumed;
  /// Low half of (number + 1) of the item to be cancelled; 0: none. A futex.
  alignas(64) std::atomic<std::uint32_t> cancel;
  /// Total time that hosts have been frozen (freeze to thaw), in nanoseconds. Deadlines move by this time.
  std::atomic<std::int64_t> stood_still_ns;
};
static_assert(sizeof(InboxHead) == 256);

inline constexpr std::uint32_t kInlineParams = 32;    ///< bytes of parameters that fit in a slot
inline constexpr std::uint32_t kInSlot = 0xFFFFFFFF;  ///< Slot::where: the parameters are in the slot
inline constexpr std::uint32_t kInBlob = 0xFFFFFFFE;  ///< Slot::where: in a memfd that was sent over the socket

struct alignas(64) Slot {
  std::uint64_t task;
  std::uint32_t attempt;
  std::uint32_t stage;  ///< the stage's number on this host; a worker waits until its host knows it
  std::uint32_t size;   ///< bytes of parameters
  std::uint32_t where;  ///< offset in the area, or kInSlot, or kInBlob
  std::uint64_t blob;   ///< number of the blob, if kInBlob
  unsigned char params[kInlineParams];
};
static_assert(sizeof(Slot) == 64);

/// Written by the worker.
struct OutboxHead {
  /// Item number + 1 of the newest begun item.
  alignas(64) std::atomic<std::uint64_t> begun;
  std::atomic<std::uint64_t> begun_at;  ///< cycles
  /// Total bytes published.
  alignas(64) std::atomic<std::uint64_t> tail;
  /// 1 while the worker sleeps on `limit`, 2 while it sleeps on `consumed`.
  alignas(64) std::atomic<std::uint32_t> asleep;
  std::atomic<std::int32_t> pid;            ///< pid of the worker's process; for display only
  std::atomic<std::uint32_t> dropped_logs;  ///< total log records dropped because the ring was half full
};
static_assert(sizeof(OutboxHead) == 192);

enum class RecordType : std::uint32_t {
  wrap = 1,     ///< the next record is at the ring's start; only these 8 bytes are valid
  result,       ///< ends an item; payload: result fields
  error,        ///< ends an item; code: kind of failure; payload: text
  log,          ///< code: level; payload: text
  progress,     ///< payload: double fraction, text
  output,       ///< output of the task; code: its Stream; start: offset in it, but not for the process's own
  evidence,     ///< the worker is about to die; code: Evidence kind << 16 | number
  backtrace,    ///< after `evidence`, one line of it: text
  drift,        ///< the host has changed since its start; code: bits of DriftKind; payload: description
  worn,         ///< a resource of the host is nearly used up; code: WornBy; `start` of `end` are in use; payload: text
  unkept,       ///< output that was not kept; code: Unkept; `end`: bytes
  left_behind,  ///< `end`: number of processes that the task's commands left running and that were killed
  opening,      ///< progress of a task type's open() on this worker; code: Opening; `start`: when it began; once it is
                ///< over, `end`: when, and `cpu_ns` that it used
  late,         ///< threads left behind called host functions; `end`: number of calls; payload: the function
  waited,       ///< nanoseconds since the last such record: `end` that the worker was runnable without a core, `start`
                ///< of user and `cpu_ns` of system time that its tasks used
};

enum class Unkept : std::uint32_t {
  printed = 0,  ///< by the process, beyond these bytes
  logged = 1,   ///< this many bytes of a log line that was too long
};

enum class Opening : std::uint32_t { begins = 0, done, failed };

/// Process state that a task may have changed.
enum class DriftKind : std::uint32_t {
  folder,
  umask,
  locale,
  environment,
  mask,
  signals,
  limits,
  priority,
  floats,
  hosts_own,
  descriptors,
  threads
};
constexpr std::uint32_t bit(DriftKind kind) { return 1u << static_cast<std::uint32_t>(kind); }

/// A resource that a host is running out of.
enum class WornBy : std::uint32_t { descriptors = 1, memory };

enum class EvidenceKind : std::uint32_t { signal = 1, exit = 2, stack_overflow = 3 };
/// RecordHead::code of an error record, in addition to the ABI's kinds of failure: the host refused to allocate more
/// memory for the task.
inline constexpr std::uint32_t kFailedForMemory = 100;
/// In RecordHead::code of an error record, together with a kind of failure: the plugin broke its contract with the
/// host.
inline constexpr std::uint32_t kBrokeContract = 1u << 16;

struct RecordHead {
  RecordType type{};
  std::uint32_t size = 0;  ///< bytes of payload after this head; records are padded to 8
  std::uint64_t task = 0;
  std::uint32_t attempt = 0;
  std::uint32_t code = 0;
  std::uint64_t start = 0;   ///< cycles
  std::uint64_t end = 0;     ///< cycles
  std::uint64_t cpu_ns = 0;  ///< since the last reading on this worker, or kNoReading
  std::uint64_t blob = 0;    ///< number of the memfd, sent over the socket, that contains the payload; 0: inline
};
static_assert(sizeof(RecordHead) == 56);

/// Written by the engine, while no item of the previous stage is on the board.
struct NoticeHead {
  std::atomic<std::uint64_t> number;  ///< of a stage; 0: none was posted
  std::uint64_t size;                 ///< bytes of its setup, which follow
};
inline constexpr std::size_t kNoticeBytes = 4096;

inline constexpr std::uint64_t kNoReading = ~std::uint64_t{0};
inline constexpr std::uint32_t kMaxErrorBytes = 4096;
inline constexpr std::uint32_t kMaxLogBytes = 1024;
inline constexpr std::uint32_t kMaxNoteBytes = 1024;  ///< of a note on a host: backtrace, drift, worn

constexpr std::uint64_t padded(std::uint64_t size) { return (size + 7) & ~std::uint64_t{7}; }

/// The sizes of one host's lanes, equal for all of its workers. All are powers of two except `workers`.
struct Layout {
  std::uint32_t workers = 1;
  std::uint32_t slots = 64;            ///< items that can be dealt ahead
  std::uint32_t area_bytes = 1 << 16;  ///< for parameters that do not fit in slots
  std::uint32_t ring_bytes = 1 << 16;  ///< of the outbox

  std::size_t inbox_lane() const { return sizeof(InboxHead) + sizeof(Slot) * slots + area_bytes; }
  std::size_t outbox_lane() const { return (sizeof(OutboxHead) + ring_bytes + 63) & ~std::size_t{63}; }
  std::size_t notice_at() const { return inbox_lane() * workers; }
  std::size_t inbox_bytes() const { return notice_at() + kNoticeBytes; }
  std::size_t outbox_bytes() const { return outbox_lane() * workers; }
  /// Larger parameters travel as a memfd over the host's socket.
  std::uint32_t max_inline_params() const { return area_bytes / 4; }
  std::uint32_t max_inline_payload() const { return ring_bytes / 4; }

  /// Room for about 1 ms of the shortest tasks with few workers, and less with many.
  static Layout for_workers(std::uint32_t workers);
  /// For stages of at most this many tasks per worker. Allocating a large board would take longer than running them.
  static constexpr std::uint32_t kFewItems = 64;
  static Layout for_few_items(std::uint32_t workers) {
    return workers <= 256 ? Layout{.workers = workers, .slots = kFewItems, .area_bytes = 1 << 14, .ring_bytes = 1 << 15}
                          : for_workers(workers);
  }
  /// For hosts that run a single task.
  static Layout for_one_task() { return {.workers = 1, .slots = 2, .area_bytes = 1 << 15, .ring_bytes = 1 << 16}; }
  /// Whether the sizes are plausible. They are received over a socket.
  bool valid() const;
};

}  // namespace ropewalk::board
