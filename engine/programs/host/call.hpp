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

/// A task fails with it.
inline constexpr std::string_view kDamagedParams = "the parameters were damaged on their way to the host";

struct Call {
  /// `number`: of its worker in this process, from 0.
  Call(board::WorkerLane& lane, std::uint32_t number, std::uint64_t output_limit)
      : lane(lane), number(number), output_limit(output_limit) {}

  /// From now on this thread may use the handle, which is the attempt's until close().
  void open() {
    const Handle made = make_handle(lane.item(), number);
    on_this_thread = {made, this};
    handle.store(made, std::memory_order_relaxed);
  }
  void close() {
    on_this_thread.handle = kNoHandle;
    handle.store(kNoHandle, std::memory_order_relaxed);
  }
  /// What the plugin is given of it.
  ropewalk_call* given() const { return reinterpret_cast<ropewalk_call*>(handle.load(std::memory_order_relaxed)); }
  /// Why the attempt fails if a function was called that may not be; null: none was.
  std::optional<std::string> misuse_of() const;

  /// What follows are items of this stage.
  [[gnu::cold]] void enter(const Stage& new_stage);
  /// Forgets the last item. False if the parameters are damaged.
  bool begin(const board::Slot& slot, std::string_view given, std::span<const std::string_view> blobs);
  /// The result fields of the item, encoded; what a task wrote into a large buffer is in large_buffers. False: the
  /// engine could not read them, and the task has failed.
  bool encode_result(std::string& out);
  void drop_large_buffers();
  void fail(std::int32_t kind, std::string_view text);
  /// The same where the plugin broke its contract with the host.
  void breach(std::string_view text, std::int32_t kind = ROPEWALK_FAIL_PERMANENT);

  struct Param {
    Type type{};
    std::int32_t abi_type = ROPEWALK_TYPE_ABSENT;
    const board::FieldView* field = nullptr;  // of the stage's constants or in `varying`
    /// Made when a plugin asks, and kept until the parameter changes; the call belongs to one thread.
    mutable std::unique_ptr<Value> decoded;
  };

  /// What the view of a result that is no scalar points into.
  struct Output {
    std::string bytes;               // text, bytes, path
    std::optional<Value> nested;     // list, map, any: encoded into `bytes` in the end
    std::unique_ptr<char[]> buffer;  // handed out by buffer()
    board::Mapping large;            // handed out by buffer(), of large_buffers

    /// As new, but for a small string's memory: making and moving a fresh one costs a short task 20 ns.
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
  std::vector<board::FieldView> results;  // what it has given so far
  std::vector<Output> outputs;            // and what those point into
  board::GrowingBlob large_buffers;
  std::vector<ropewalk_builder> builders;         // by position, as far as they were needed
  const std::uint64_t output_limit;               // bytes, of command_output
  std::unique_ptr<CommandOutput> command_output;  // once something was handed over
  mutable bool holds_memory = false;              // in outputs, buffers, builders, command_output or decoded parameters
  bool failed = false;
  bool broke_contract = false;  // and that is why it failed
  std::int32_t fail_kind = ROPEWALK_FAIL_ERROR;
  std::string failure;
  std::int64_t charged_cpu_ns = 0;
  std::int64_t deadline_ns = ROPEWALK_NO_DEADLINE;  // CLOCK_MONOTONIC without the time that hosts stood still
  std::unique_ptr<CancelWatch> watch;               // made when a task asks for a descriptor

 private:
  void forget();
  bool encode_nested();
};

}  // namespace ropewalk::host
