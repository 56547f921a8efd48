#pragma once
// FakeHost: runs a plugin's tasks in the test's own process, without the engine, and records what they do.
//
//   ropewalk::FakeHost host(ropewalk_plugin_v1());
//   const ropewalk::FakeOutcome outcome = host.run("checksum", {{"path", "/etc/hostname"}});
//   EXPECT_TRUE(outcome.succeeded) << outcome.message;
//   EXPECT_EQ(outcome.integer("bytes"), 7);
//
// It implements the complete table of the ABI and checks its use: violations are in `faults`. It does not check limits
// and choices (the engine does, before a task starts) and does not apply JSON defaults: an omitted option is absent.
// Use one FakeHost from one thread at a time. The plugin must outlive it.

#include <ropewalk/sdk/abi.h>
#include <ropewalk/sdk/fake_table.hpp>

#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace ropewalk {
inline namespace sdk_v1 {

/// Runs the task types of a plugin in a test, without an engine. Not copyable; one thread. The plugin must outlive it.
class FakeHost {
 public:
  /// Parameters by name.
  using Params = std::map<std::string, FakeValue, std::less<>>;

  /// Which optional features of query() the host offers: `all` or `none`.
  using Features = detail::FakeFeatures;

  /// Features::none: a host that predates the optional features of query().
  explicit FakeHost(const ropewalk_plugin* plugin, Features features = Features::all)
      : plugin_(plugin), table_(detail::fake_table(features)) {
    for (std::uint32_t i = 0; i < plugin->task_type_count; ++i) {
      const ropewalk_task_type* code = plugin->task_types[i];
      FakeTaskType& type = types_.emplace_back();
      type.name = code->name;
      if (code->describe) code->describe(&table_, reinterpret_cast<ropewalk_types*>(&type));
    }
    workers_.resize(types_.size());
  }
  ~FakeHost() {
    for (std::size_t i = 0; i < workers_.size(); ++i)
      if (workers_[i].opened && code(i).close) code(i).close(&table_, workers_[i].state);
  }
  FakeHost(const FakeHost&) = delete;
  FakeHost& operator=(const FakeHost&) = delete;

  /// Returns what describe() of each task type has declared, in the order of the plugin.
  const std::vector<FakeTaskType>& task_types() const { return types_; }
  /// Returns one of them. An unknown name throws std::invalid_argument.
  const FakeTaskType& task_type(std::string_view name) const { return types_[find(name)]; }

  /// Runs one attempt. An error in the test (an unknown task or parameter, a value of the wrong type) throws
  /// std::invalid_argument. One worker per task type is opened for the first run and closed with the host.
  FakeOutcome run(std::string_view task_type, const Params& params = {}, const FakeSituation& situation = {}) {
    const std::size_t at = find(task_type);
    const auto running = std::make_shared<detail::FakeCall>(types_[at], situation);
    detail::FakeCall& call = *running;
    for (const FakeField& field : types_[at].params) call.params.push_back(take(field, params));
    for (const auto& given : params)
      if (!takes(types_[at], given.first))
        throw std::invalid_argument("task '" + std::string(task_type) + "' takes no parameter '" + given.first + "'");
    /// Ends with the attempt, also by an exception.
    struct Handle {
      std::uintptr_t number;
      ~Handle() { detail::FakeCalls::all().remove(number); }
    } const handle{detail::FakeCalls::all().add(running)};
    Worker& worker = workers_[at];
    if (!worker.opened && code(at).open) {
      const std::int32_t status = code(at).open(&table_, detail::out(handle.number), &worker.state);
      if (status != ROPEWALK_OK) return call.finish(status);
    }
    worker.opened = true;
    return call.finish(code(at).run(&table_, detail::out(handle.number), worker.state));
  }

  /// Total calls with the handle of a finished attempt, by all plugins of this process so far. A real host ignores
  /// these calls too.
  static std::uint64_t late_calls() { return detail::FakeCalls::all().late(); }

 private:
  struct Worker {
    bool opened = false;
    void* state = nullptr;
  };

  const ropewalk_task_type& code(std::size_t at) const { return *plugin_->task_types[at]; }
  static bool takes(const FakeTaskType& type, std::string_view name) {
    return std::any_of(type.params.begin(), type.params.end(),
                       [&](const FakeField& field) { return field.name == name; });
  }
  std::size_t find(std::string_view name) const {
    for (std::size_t i = 0; i < types_.size(); ++i)
      if (types_[i].name == name) return i;
    throw std::invalid_argument("plugin '" + std::string(plugin_->name) + "' has no task '" + std::string(name) + "'");
  }

  /// The parameter as the engine would pass it.
  static FakeValue take(const FakeField& field, const Params& params) {
    const auto found = params.find(field.name);
    if (found == params.end() || found->second.is_null()) {
      if (field.flags & ROPEWALK_FIELD_REQUIRED)
        throw std::invalid_argument("parameter '" + field.name + "' is missing");
      return {};
    }
    const FakeValue& value = found->second;
    const std::int32_t type = detail::type_of(value);
    const bool number = type == ROPEWALK_TYPE_INT || type == ROPEWALK_TYPE_FLOAT;
    switch (field.type) {
      case ROPEWALK_TYPE_FLOAT:
        if (number) return value.number();
        break;
      case ROPEWALK_TYPE_DURATION:
        if (number) return static_cast<std::int64_t>(std::llround(value.number() * 1e9));
        break;
      case ROPEWALK_TYPE_SIZE:
        if (type == ROPEWALK_TYPE_INT) return value;
        break;
      case ROPEWALK_TYPE_TEXT:
      case ROPEWALK_TYPE_PATH:
      case ROPEWALK_TYPE_BYTES:
        if (type == ROPEWALK_TYPE_TEXT || type == ROPEWALK_TYPE_PATH || type == ROPEWALK_TYPE_BYTES)
          return detail::string_value(field.type, detail::out(value.bytes()));
        break;
      default:
        if (field.type == ROPEWALK_TYPE_ANY || field.type == type) return value;
    }
    throw std::invalid_argument("parameter '" + field.name + "' cannot be " + value.shown());
  }

  const ropewalk_plugin* plugin_;
  const ropewalk_host& table_;
  std::vector<FakeTaskType> types_;
  std::vector<Worker> workers_;
};

}  // namespace sdk_v1
}  // namespace ropewalk
