#pragma once
// One attempt of one task: its parameters, its results and its failure. One Call per worker, used again for each of its
// items. Owned by the worker's thread. A plugin holds no pointer to it, but a handle of one attempt (handle.hpp), which
// it passes to the functions of host_table.hpp.

#include "base/fd.hpp"
#include "protocol/fields.hpp"
#include "protocol/worker_lane.hpp"
#include "host/cancel_watch.hpp"
#include "host/command_output.hpp"
#include "host/handle.hpp"
#include "host/stage.hpp"
#include "host/values.hpp"

#include <ropewalk/plugin.hpp>
#include <ropewalk/sdk/abi.h>

#include <atomic>
#include <map>
#include <memory>
#include <span>
#include <optional>
#include <string>
#include <vector>

namespace ropewalk::host {

/// The message of a task whose parameters cannot be read.
inline constexpr std::string_view kDamagedParams = "the parameters were damaged on their way to the host";

struct Call {
  /// `number`: the worker's number in this process, from 0.
  Call(board::WorkerLane& lane, std::uint32_t number, std::uint64_t output_limit)
      : lane(lane), number(number), output_limit(output_limit) {}

  /// Makes a new handle for the attempt, which this thread may use until close().
  void open() {
    const Handle made = make_handle(lane.item(), number);
    on_this_thread = {made, this};
    handle.store(made, std::memory_order_relaxed);
  }
  void close() {
    on_this_thread.handle = kNoHandle;
    handle.store(kNoHandle, std::memory_order_relaxed);
  }
  /// The handle as the plugin receives it.
  ropewalk_call* given() const { return reinterpret_cast<ropewalk_call*>(handle.load(std::memory_order_relaxed)); }
  /// Why the attempt fails, if a function was called that was not allowed; otherwise nothing.
  std::optional<std::string> misuse_of() const;

  /// Prepares for items of this stage.
  [[gnu::cold]] void enter(const Stage& new_stage);
  /// Begins an item, and forgets the previous one. Returns false if its parameters are damaged.
  bool begin(const board::Slot& slot, std::string_view given, std::span<const std::string_view> blobs);
  /// Encodes the result fields of the item. The contents of large buffers are in large_buffers. Returns false if the
  /// engine could not read the results; the task has then failed.
  bool encode_result(std::string& out);
  void drop_large_buffers();
  void fail(std::int32_t kind, std::string_view text);
  /// The same if the plugin broke its contract with the host.
  void breach(std::string_view text, std::int32_t kind = ROPEWALK_FAIL_PERMANENT);

  struct Param {
    Type type{};
    std::int32_t abi_type = ROPEWALK_TYPE_ABSENT;
    const board::FieldView* field = nullptr;  // of the stage's constants or in `varying`
    /// Decoded on demand, and kept until the parameter changes. The call belongs to one thread.
    mutable std::unique_ptr<Value> decoded;
  };

  /// The memory of a result that is not a scalar.
  struct Output {
    std::string bytes;               // text, bytes, path
    std::optional<Value> nested;     // list, map, any: encoded into `bytes` in the end
    std::unique_ptr<char[]> buffer;  // handed out by buffer()
    board::Mapping large;            // handed out by buffer(), of large_buffers

    /// Clears everything but the memory of a small string, because a new one costs a short task 20 ns.
    void clear() {
      if (bytes.capacity() > 4096)
        bytes = std::string();
      else
        bytes.clear();
      nested.reset();
      buffer.reset();
      if (large) large = {};
    }
  };

  board::WorkerLane& lane;
  const std::uint32_t number;              // of its worker
  std::atomic<Handle> handle = kNoHandle;  // for other threads
  std::atomic<Handle> misused_handle = kNoHandle;
  std::atomic<const char*> misused_function = nullptr;
  enum class Misuse { foreign_thread, stale_handle };
  std::atomic<Misuse> misuse{};
  const Stage* stage = nullptr;
  std::uint64_t task = 0;
  std::uint32_t attempt = 0;
  std::vector<Param> params;
  std::vector<board::FieldView> varying;  // the item's own parameters, as Stage::varying
  std::vector<board::FieldView> results;  // the results that were set so far
  std::vector<Output> outputs;            // the memory of `results`
  board::GrowingBlob large_buffers;
  std::vector<ropewalk_builder> builders;         // by position, created on demand
  const std::uint64_t output_limit;               // bytes, of command_output
  std::unique_ptr<CommandOutput> command_output;  // created with the first output
  mutable bool holds_memory = false;              // in outputs, buffers, builders, command_output or decoded parameters
  bool failed = false;
  bool broke_contract = false;  // the reason why it failed
  std::int32_t fail_kind = ROPEWALK_FAIL_ERROR;
  std::string failure;
  std::int64_t charged_cpu_ns = 0;
  std::int64_t deadline_ns = ROPEWALK_NO_DEADLINE;  // CLOCK_MONOTONIC without the time that hosts stood still
  std::unique_ptr<CancelWatch> watch;               // created when a task requests a descriptor

 private:
  void forget();
  bool encode_nested();
};

}  // namespace ropewalk::host
