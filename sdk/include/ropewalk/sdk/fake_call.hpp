#pragma once
// FakeCall: one attempt of one task in the fake host: its parameters, its effects, and its errors. Part of
// fake_host.hpp, which is what a plugin's tests include. Any thread may call cancelled(), wait(), progress(), log() and
// left_behind(); everything else belongs to the thread of run(). FakeCall checks this and records a violation as a
// fault. A handle of a finished attempt has no effect and is counted.

#include <ropewalk/sdk/abi.h>
#include <ropewalk/sdk/fake_value.hpp>

#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace ropewalk {
inline namespace sdk_v1 {

/// A parameter or a result field, as describe() has declared it. See ropewalk_field.
struct FakeField {
  std::string name;           ///< of the field
  std::string unit;           ///< shown in messages; may be empty
  std::string default_value;  ///< JSON; empty: none
  std::string minimum;        ///< JSON number; empty: none
  std::string maximum;        ///< JSON number; empty: none
  std::string choices;        ///< JSON array; empty: any value
  std::string help;           ///< for people; may be empty
  std::int32_t type = 0;      ///< ROPEWALK_TYPE_*
  std::int32_t element = 0;   ///< ROPEWALK_TYPE_* of elements; 0: any
  std::uint32_t flags = 0;    ///< ROPEWALK_FIELD_*
};

/// A task type, as describe() has declared it.
struct FakeTaskType {
  std::string name;                ///< without the plugin's name
  std::string summary;             ///< one sentence
  std::string executor;            ///< the preferred one; empty: process
  std::uint32_t flags = 0;         ///< ROPEWALK_TASK_*
  std::vector<FakeField> params;   ///< by position
  std::vector<FakeField> results;  ///< by position
};

/// The properties of the attempt, and when it is requested to stop. Waits take no time unless real_waits is set: the
/// call's own clock advances instead, and cancel_after counts by that clock.
struct FakeSituation {
  std::uint64_t index = 0;            ///< of the task in its stage
  std::uint32_t attempt = 1;          ///< from 1
  std::string stage = "stage";        ///< name of the stage
  std::string run_id = "run";         ///< identity of the run
  std::uint64_t cancel_at_check = 0;  ///< the n-th cancelled() or wait() is the first to report the request; 0: never
  std::optional<std::chrono::nanoseconds> cancel_after{};  ///< since the start of the attempt; empty: never
  std::optional<std::chrono::nanoseconds> deadline_in{};   ///< since the start of the attempt; empty: no timeout
  bool real_waits = false;                                 ///< wait() takes time
  std::uint64_t output_limit = 256u << 20;                 ///< maximum output of its processes in bytes
};

/// How the attempt ended, and everything that it reported.
struct FakeOutcome {
  bool succeeded = false;  ///< run() returned ROPEWALK_OK, and every result is valid
  std::string kind;        ///< of the failure: error, transient, permanent, stopped, no_room
  std::string message;     ///< of the failure
  std::map<std::string, FakeValue, std::less<>> results;     ///< by the name of the field
  std::vector<std::pair<std::int32_t, std::string>> logs;    ///< ROPEWALK_LOG_*, text
  std::vector<std::pair<double, std::string>> progress;      ///< {fraction, note}, all of them
  std::vector<std::pair<std::int32_t, std::string>> output;  ///< ROPEWALK_STREAM_*, text: pieces of "ropewalk.output/1"
  std::uint64_t left_behind = 0;                             ///< processes that it killed
  std::chrono::nanoseconds waited{};                         ///< time that wait() has taken
  std::chrono::nanoseconds charged_cpu{};                    ///< CPU time of processes that the task has charged
  std::vector<std::string> faults;  ///< violations of the ABI's rules; empty for a correct plugin

  /// Returns the bytes of a result that is text, bytes or a path, otherwise "".
  std::string text(std::string_view field) const { return std::string(value(field).bytes()); }
  /// Returns a result that is an int, otherwise 0.
  std::int64_t integer(std::string_view field) const {
    const FakeValue found = value(field);
    return found.get<std::int64_t>() ? *found.get<std::int64_t>() : 0;
  }
  /// Returns a result; null if it is not set.
  FakeValue value(std::string_view field) const {
    const auto found = results.find(field);
    return found == results.end() ? FakeValue() : found->second;
  }
};

namespace detail {

class FakeCall {
 public:
  using Clock = std::chrono::steady_clock;

  FakeCall(const FakeTaskType& type, const FakeSituation& situation)
      : type_(type), now_(situation), results_(type.results.size()), begun_(Clock::now()) {}
  FakeCall(const FakeCall&) = delete;
  FakeCall& operator=(const FakeCall&) = delete;
  ~FakeCall() {
    if (cancel_fd_ >= 0) ::close(cancel_fd_);
  }

  void fault(std::string text) {
    const std::lock_guard lock(mutex_);
    outcome_.faults.push_back(std::move(text));
  }
  void own_thread(const char* function) {
    if (std::this_thread::get_id() != thread_)
      fault(std::string(function) + " was called on another thread than run()");
  }

  std::vector<FakeValue> params;  ///< by position, of the declared types

  const FakeField* param_field(std::uint32_t at, const char* function) {
    own_thread(function);
    if (at < type_.params.size()) return &type_.params[at];
    fault(std::string(function) + ": there is no parameter at position " + std::to_string(at));
    return nullptr;
  }

  /// Returns the place for a result, or null. Checks the position and the type.
  FakeValue* result(std::uint32_t at, std::initializer_list<std::int32_t> types, const char* function) {
    own_thread(function);
    if (at >= type_.results.size()) {
      fault(std::string(function) + ": there is no result field at position " + std::to_string(at));
      return nullptr;
    }
    const FakeField& field = type_.results[at];
    if (field.type != ROPEWALK_TYPE_ANY && std::find(types.begin(), types.end(), field.type) == types.end()) {
      fault(std::string(function) + ": result field '" + field.name + "' is declared with another type");
      return nullptr;
    }
    return &results_[at].emplace();
  }
  std::int32_t result_type(std::uint32_t at) const { return type_.results[at].type; }

  std::string& buffer(std::uint32_t at, std::uint64_t size) {
    auto& kept = buffers_.emplace_back(at, std::string(size, '\0'));
    return kept.second;
  }

  /// A list or map under construction.
  struct Builder {
    FakeCall* call;
    const FakeField* field;  // null: not part of a result
    FakeValue root;
    std::vector<FakeValue*> open;
    std::optional<std::string> key;
    FakeValue* target;
    bool begun = false;

    /// The reason for which a real host fails the task; null: none.
    const char* refusal(const FakeValue& value) const {
      const double* number = value.get<double>();
      if (number != nullptr && !std::isfinite(*number)) return "a number is not finite";
      const bool nests = value.get<FakeValue::List>() || value.get<FakeValue::Map>();
      if (nests && open.size() == 64) return "a value is nested more than 64 deep";
      if (key && key->find('\0') != std::string::npos) return "a key contains a NUL character";
      if (field == nullptr || open.size() > 1) return nullptr;
      if (open.empty()) return fits(value, field->type) ? nullptr : "the result is declared with another type";
      return value.is_null() || fits(value, field->element) ? nullptr : "the elements are declared with another type";
    }
    static bool fits(const FakeValue& value, std::int32_t type) {
      switch (type) {
        case ROPEWALK_TYPE_BOOL: return value.get<bool>();
        case ROPEWALK_TYPE_INT:
        case ROPEWALK_TYPE_SIZE: return value.get<std::int64_t>();
        case ROPEWALK_TYPE_FLOAT:
        case ROPEWALK_TYPE_DURATION: return value.get<double>() || value.get<std::int64_t>();
        case ROPEWALK_TYPE_TEXT:
        case ROPEWALK_TYPE_BYTES:
        case ROPEWALK_TYPE_PATH:
          return value.get<std::string>() || value.get<FakeValue::Bytes>() || value.get<std::filesystem::path>();
        case ROPEWALK_TYPE_LIST: return value.get<FakeValue::List>();
        case ROPEWALK_TYPE_MAP: return value.get<FakeValue::Map>();
        default: return true;
      }
    }

    FakeValue* put(FakeValue value) {
      if (const char* why = refusal(value)) return call->fault(std::string("build: ") + why), nullptr;
      if (open.empty()) {
        if (begun) return call->fault("build: a second value where the result is complete"), nullptr;
        begun = true;
        root = std::move(value);
        return &root;
      }
      if (auto* list = open.back()->get<FakeValue::List>()) return &list->emplace_back(std::move(value));
      if (!key) return call->fault("build: a map's element without build_key()"), nullptr;
      auto& map = *open.back()->get<FakeValue::Map>();
      FakeValue& place = map[*std::exchange(key, std::nullopt)];
      place = std::move(value);
      return &place;
    }
  };
  Builder* build(FakeValue* target, std::uint32_t at) {
    return &builders_.emplace_back(Builder{this, target ? &type_.results[at] : nullptr, {}, {}, {}, target, false});
  }

  bool cancelled() {
    const std::lock_guard lock(mutex_);
    ++checks_;
    return stopped();
  }
  bool wait(std::int64_t nanoseconds) {
    std::unique_lock lock(mutex_);
    ++checks_;
    if (stopped()) return true;
    const auto wanted = std::chrono::nanoseconds(std::max<std::int64_t>(nanoseconds, 0));
    const auto left = now_.cancel_after ? *now_.cancel_after - elapsed() : wanted;
    const auto slept = std::min(wanted, left);
    outcome_.waited += slept;
    if (!now_.real_waits) {
      jumped_ += slept;
    } else {
      lock.unlock();
      std::this_thread::sleep_for(slept);
      lock.lock();
    }
    return stopped();
  }
  /// Readable once cancel_after has passed by the real clock; readable at once if cancel_at_check is set.
  int cancel_fd() {
    own_thread("cancel_fd");
    if (cancel_fd_ >= 0) return cancel_fd_;
    cancel_fd_ = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
    if (!now_.cancel_after && now_.cancel_at_check == 0) return cancel_fd_;
    const auto left = now_.cancel_at_check ? std::chrono::nanoseconds(1) : *now_.cancel_after - elapsed();
    const std::int64_t ns = std::max<std::int64_t>(left.count(), 1);
    const itimerspec at = {{}, {static_cast<time_t>(ns / 1000000000), static_cast<long>(ns % 1000000000)}};
    timerfd_settime(cancel_fd_, 0, &at, nullptr);
    return cancel_fd_;
  }
  std::int64_t deadline() {
    own_thread("deadline");
    if (!now_.deadline_in) return ROPEWALK_NO_DEADLINE;
    return (begun_ + *now_.deadline_in).time_since_epoch() / std::chrono::nanoseconds(1);
  }
  const FakeSituation& situation_for(const char* function) {
    own_thread(function);
    return now_;
  }

  void progress(double fraction, std::string note) {
    if (!(fraction >= 0 && fraction <= 1)) fault("progress: " + std::to_string(fraction) + " is not from 0 to 1");
    const std::lock_guard lock(mutex_);
    outcome_.progress.emplace_back(fraction, std::move(note));
  }
  void log(std::int32_t level, std::string text) {
    if (level < ROPEWALK_LOG_DEBUG || level > ROPEWALK_LOG_ERROR)
      fault("log: there is no level " + std::to_string(level));
    const std::lock_guard lock(mutex_);
    outcome_.logs.emplace_back(level, std::move(text));
  }
  void charge_cpu(std::int64_t nanoseconds) {
    own_thread("charge_cpu");
    if (nanoseconds < 0) return fault("charge_cpu: a negative time");
    outcome_.charged_cpu += std::chrono::nanoseconds(nanoseconds);
  }
  void fail(std::int32_t kind, std::string text) {
    own_thread("fail");
    static constexpr const char* kKinds[] = {"error", "transient", "permanent", "stopped", "no_room"};
    const bool exit_code = kind >= ROPEWALK_FAIL_EXIT_CODE(0) && kind <= ROPEWALK_FAIL_EXIT_CODE(255);
    if (kind < 0 || (kind > ROPEWALK_FAIL_NO_ROOM && !exit_code))
      return fault("fail: there is no kind " + std::to_string(kind));
    outcome_.kind = exit_code ? "exit code " + std::to_string(kind - ROPEWALK_FAIL_EXIT_CODE(0)) : kKinds[kind];
    outcome_.message = std::move(text);
  }

  void left_behind(std::uint64_t processes) {
    const std::lock_guard lock(mutex_);
    outcome_.left_behind += processes;
  }
  std::uint64_t output_limit() {
    own_thread("output.limit");
    return now_.output_limit;
  }
  bool write_output(std::int32_t stream, std::string piece) {
    own_thread("output.write");
    if (stream != ROPEWALK_STREAM_OUT && stream != ROPEWALK_STREAM_ERR)
      return fault("output.write: there is no stream " + std::to_string(stream)), false;
    written_ += piece.size();
    if (written_ > now_.output_limit) return fail(ROPEWALK_FAIL_ERROR, "over the limit of output"), false;
    outcome_.output.emplace_back(stream, std::move(piece));
    return true;
  }
  std::string all_output(std::int32_t stream) const {
    std::string all;
    for (const auto& [of, piece] : outcome_.output)
      if (of == stream) all += piece;
    return all;
  }

  FakeOutcome finish(std::int32_t status) {
    for (Builder& builder : builders_)
      if (builder.target) *builder.target = std::move(builder.root);
    for (auto& [at, bytes] : buffers_) results_[at] = FakeValue::Bytes{std::move(bytes)};
    if (status != ROPEWALK_OK && status != ROPEWALK_FAILED)
      fault("run() returned the reserved status " + std::to_string(status));
    if (status == ROPEWALK_OK && !outcome_.kind.empty()) fault("run() returned OK after fail()");
    if (status != ROPEWALK_OK && outcome_.kind.empty()) outcome_.kind = "error", fault("run() failed without fail()");
    outcome_.succeeded = status == ROPEWALK_OK && outcome_.kind.empty();
    for (std::size_t i = 0; outcome_.succeeded && i < results_.size(); ++i)
      if (results_[i]) outcome_.results[type_.results[i].name] = std::move(*results_[i]);
    return std::move(outcome_);
  }

 private:
  std::chrono::nanoseconds elapsed() const { return Clock::now() - begun_ + jumped_; }
  bool stopped() const {  // mutex_ is held
    if (now_.cancel_at_check != 0 && checks_ >= now_.cancel_at_check) return true;
    return now_.cancel_after && elapsed() >= *now_.cancel_after;
  }

  const FakeTaskType& type_;
  const FakeSituation now_;
  std::vector<std::optional<FakeValue>> results_;
  std::deque<std::pair<std::uint32_t, std::string>> buffers_;
  std::deque<Builder> builders_;
  std::uint64_t written_ = 0;
  int cancel_fd_ = -1;
  const Clock::time_point begun_;
  const std::thread::id thread_ = std::this_thread::get_id();

  std::mutex mutex_;  // of the state that any thread may use:
  std::uint64_t checks_ = 0;
  std::chrono::nanoseconds jumped_{};
  FakeOutcome outcome_;
};

/// The running attempts, by handle.
class FakeCalls {
 public:
  static FakeCalls& all() {
    static FakeCalls calls;
    return calls;
  }
  std::uintptr_t add(std::shared_ptr<FakeCall> call) {
    const std::lock_guard lock(mutex_);
    running_.emplace(++last_, std::move(call));
    return last_;
  }
  void remove(std::uintptr_t handle) {
    const std::lock_guard lock(mutex_);
    running_.erase(handle);
  }
  /// For a finished attempt: returns one without parameters and results that is requested to stop.
  std::shared_ptr<FakeCall> find(std::uintptr_t handle) {
    const std::lock_guard lock(mutex_);
    const auto found = running_.find(handle);
    if (found != running_.end()) return found->second;
    ++late_;
    return over_;
  }
  std::uint64_t late() {
    const std::lock_guard lock(mutex_);
    return late_;
  }

 private:
  static FakeSituation stopped() {
    FakeSituation situation;
    situation.cancel_at_check = 1;
    return situation;
  }

  const FakeTaskType nothing_{};
  const std::shared_ptr<FakeCall> over_ = std::make_shared<FakeCall>(nothing_, stopped());
  std::mutex mutex_;
  std::map<std::uintptr_t, std::shared_ptr<FakeCall>> running_;
  std::uintptr_t last_ = 0;
  std::uint64_t late_ = 0;  // calls with the handles of finished attempts
};

}  // namespace detail
}  // namespace sdk_v1
}  // namespace ropewalk
