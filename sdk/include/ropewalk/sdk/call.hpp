#pragma once
// Call: the functions of the host for a running task. Represents one attempt of one task; created by the SDK, borrowed
// by run(). Any thread may call cancelled(), wait(), progress(), log() and left_behind() during run(). All other
// functions may be called only on the task's own thread: the host rejects other threads, and the task fails. A handle()
// may outlive run(): the host then ignores it, and cancelled() returns true. Part of task.hpp, which is what a plugin
// includes.

#include <ropewalk/sdk/abi.h>
#include <ropewalk/sdk/any.hpp>
#include <ropewalk/sdk/failure.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace ropewalk {
inline namespace sdk_v1 {

/// How important a line of the log is.
enum class Level : std::int32_t {
  debug = ROPEWALK_LOG_DEBUG,      ///< shown with -vv
  info = ROPEWALK_LOG_INFO,        ///< shown with -v, and below a failure
  warning = ROPEWALK_LOG_WARNING,  ///< as info
  error = ROPEWALK_LOG_ERROR,      ///< as info
};

/// The host's functions for one attempt of a task. Made by the SDK, borrowed by run(). See the comment of this file for
/// threads and lifetime.
class Call {
 public:
  /// Returns the position of the result field with that name, or -1.
  using FindResult = std::int64_t (*)(std::string_view name);

  /// Made by the SDK.
  Call(const ropewalk_host* host, ropewalk_call* call, FindResult find_result)
      : host_(host), call_(call), find_result_(find_result) {}
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  std::uint64_t index() const { return host_->index(call_); }      ///< of the task in its stage, from 0
  std::uint32_t attempt() const { return host_->attempt(call_); }  ///< from 1
  /// Returns the name of the stage. Valid until run() returns.
  std::string_view stage() const { return view(host_->stage(call_)); }
  /// Returns the identity of the run. Valid until run() returns.
  std::string_view run_id() const { return view(host_->run_id(call_)); }

  /// Cheap enough for an inner loop.
  bool cancelled() const { return host_->cancelled(call_) != 0; }
  /// Throws Stopped if the task was requested to stop.
  void stop_if_cancelled() const {
    if (cancelled()) throw Stopped();
  }
  /// When the task times out. The deadline moves if the run is suspended, so call it again. Empty: the stage has no
  /// `timeout`.
  std::optional<std::chrono::steady_clock::time_point> deadline() const {
    const std::int64_t at = host_->deadline(call_);
    if (at == ROPEWALK_NO_DEADLINE) return std::nullopt;
    return std::chrono::steady_clock::time_point(std::chrono::nanoseconds(at));
  }
  /// Sleeps. Returns true if it ended early because the task was requested to stop.
  bool wait(std::chrono::nanoseconds time) { return host_->wait(call_, time.count()) != 0; }
  /// For poll(): a descriptor that becomes readable when the task is requested to stop. It belongs to the host; never
  /// close it. -1 if there is none.
  int cancel_fd() { return host_->cancel_fd(call_); }

  /// `fraction` from 0 to 1. The latest is shown while the task runs; at most 1 KiB of the note is kept.
  void progress(double fraction, std::string_view note = {}) { host_->progress(call_, fraction, text(note)); }
  /// Keeps at most 1 KiB of the message.
  void log(Level level, std::string_view message) {
    host_->log(call_, static_cast<std::int32_t>(level), text(message));
  }
  /// Adds the CPU time of processes that this task started.
  void charge_cpu(std::chrono::nanoseconds time) { host_->charge_cpu(call_, time.count()); }

  /// Returns memory for the result field `name`, which must be declared as a Buffer. Assign the returned Buffer to the
  /// field.
  Buffer buffer(std::string_view name, std::size_t size) {
    const std::int64_t position = find_result_(name);
    if (position < 0) throw Permanent("there is no result field '" + std::string(name) + "' to make a buffer for");
    void* memory = host_->buffer(call_, static_cast<std::uint32_t>(position), size);
    if (memory == nullptr) throw std::bad_alloc();
    return {static_cast<std::byte*>(memory), size};
  }

  /// Reports the number of processes that the task's command left running and that the task has killed. The user is
  /// warned.
  void left_behind(std::uint64_t processes) {
    const auto* feature = static_cast<const ropewalk_processes*>(query(ROPEWALK_PROCESSES_FEATURE));
    if (feature != nullptr) feature->left_behind(call_, processes);
  }

  /// Returns an optional feature of the host by name and version, or null if the host does not offer it.
  const void* query(const char* name) const { return host_->query(name); }
  /// Returns the host's functions in C. Valid as long as the process.
  const ropewalk_host* host() const { return host_; }
  /// Returns the handle for the host's functions in C.
  ropewalk_call* handle() const { return call_; }

 private:
  static std::string_view view(ropewalk_text text) { return {text.size ? text.data : "", text.size}; }
  static ropewalk_text text(std::string_view text) { return {text.data(), text.size()}; }

  const ropewalk_host* const host_;
  ropewalk_call* const call_;
  const FindResult find_result_;
};

}  // namespace sdk_v1
}  // namespace ropewalk
