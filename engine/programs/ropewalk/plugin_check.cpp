#include "plugin_check.hpp"

#include "plan/items.hpp"
#include "plan/parameters.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ropewalk::cli {
namespace {

/// A host is replaced after this many tasks, so that closing is tested.
constexpr std::uint64_t kRunsAHost = 2;
constexpr std::int64_t kTimeoutNs = 5'000'000'000, kGraceNs = 1'000'000'000;

struct OnlyDefaults final : Parameters {
  explicit OnlyDefaults(const TaskType& type) {
    for (const Field& field : type.params) values.push_back(field.default_value.value_or(Value()));
  }
  std::span<const std::uint32_t> varying() const override { return {}; }
  Result<std::vector<Value>> constants(const Scope&) const override { return values; }
  bool make(const Scope&, std::span<Value>, std::string&) const override { return true; }
  Result<std::vector<KnownParameter>> known(const Scope&) const override {
    std::vector<KnownParameter> all;
    for (const Value& value : values) all.push_back({.value = value});
    return all;
  }
  std::vector<Value> values;
};

struct SomeTasks final : Items {
  explicit SomeTasks(std::uint64_t count) : count(count) {}
  struct List final : ItemList {
    explicit List(std::uint64_t count) : count(count) {}
    std::uint64_t size() const override { return count; }
    Value at(std::uint64_t index) const override { return static_cast<std::int64_t>(index); }
    std::uint64_t count;
  };
  bool fans_out() const override { return true; }
  Result<std::unique_ptr<ItemList>> open(const Scope&) const override {
    return std::unique_ptr<ItemList>(new List(count));
  }
  std::uint64_t count;
};

class Judge final : public Observer {
 public:
  Judge(const EngineOptions& options, std::shared_ptr<const Plugin> plugin, std::size_t type)
      : engine_(options), plugin_(std::move(plugin)), type_(type) {
    checked_.name = plugin_->task_types[type].name;
  }

  CheckedType judge() {
    drive("serial", 1, 3 * kRunsAHost, "");
    if (plugin_->task_types[type_].thread_safe) drive("thread", 2, 4 * kRunsAHost, "on two threads at once");
    drive("process-per-task", 2, 2, "in a process of its own");
    stops_ = true;
    drive("serial", 1, 1, "asked to stop");
    return std::move(checked_);
  }

 private:
  void drive(const char* executor, unsigned workers, std::uint64_t tasks, const char* how) {
    how_ = how;
    PlannedStage stage;
    stage.name = checked_.name;
    stage.task = plugin_->name + "." + checked_.name;
    stage.executor = executor;
    stage.workers = workers;
    stage.per_host = executor == std::string_view("thread") ? workers : 1;
    stage.timeout_ns = kTimeoutNs;
    stage.plugin = plugin_;
    stage.task_type = type_;
    stage.items = std::make_shared<SomeTasks>(tasks);
    stage.parameters = std::make_shared<OnlyDefaults>(stage.type());
    Plan plan;
    plan.workflow = "check";
    plan.stages.push_back(std::move(stage));
    at_fault_ = false;
    bad_ends_.clear();
    const RunResult result = engine_.run(plan, *this, {.grace = std::chrono::nanoseconds(kGraceNs)});
    if (result.broken) fault(result.why);
    // If all tasks of a host ended well, a bad end of the host is a fault of closing.
    if (!at_fault_ && !stops_)
      for (const std::string& how : bad_ends_) fault(fmt::format("its process {} when it was closed", how));
  }

  void tasks_started(std::int64_t, std::uint32_t, std::span<const TaskStarted>) override {
    if (stops_) engine_.stop(StopLevel::ask);
  }
  void tasks_finished(std::int64_t, std::uint32_t, std::span<const TaskFinished> tasks) override {
    for (const TaskFinished& task : tasks) take(task);
  }
  void take(const TaskFinished& task) {
    ++checked_.runs;
    switch (task.outcome) {
      case Outcome::succeeded: ++checked_.succeeded; return;
      case Outcome::failed:
        if (task.ending == Ending::breach) return fault(std::string(task.message));
        if (++checked_.failed == 1) checked_.why_failed = task.message;
        return;
      case Outcome::cancelled:
        ++checked_.stopped;
        if (task.ending == Ending::found) note("it does not stop when it is asked to, and is ended with its process");
        return;
      case Outcome::timed_out:
        ++checked_.endless;
        return note(fmt::format("it was not over after {} s", kTimeoutNs / 1'000'000'000));
      default: return fault(std::string(task.message));
    }
  }
  void host_ended(std::int64_t, const HostEnded& host) override {
    if (host.end != HostEnd::closed) bad_ends_.emplace_back(host.how);
  }
  void warning(std::int64_t, const Warning& warning) override { note(std::string(warning.text)); }

  void fault(std::string text) {
    at_fault_ = true;
    const bool known = std::find(checked_.faults.begin(), checked_.faults.end(), text) != checked_.faults.end();
    if (!known) add(checked_.faults, *how_ == '\0' ? std::move(text) : fmt::format("{}: {}", how_, text));
  }
  void note(std::string text) { add(checked_.notes, std::move(text)); }
  static void add(std::vector<std::string>& list, std::string text) {
    if (std::find(list.begin(), list.end(), text) == list.end()) list.push_back(std::move(text));
  }

  // Separate, because hosts would otherwise be reused for the next type, and close what this one opened.
  Engine engine_;
  const std::shared_ptr<const Plugin> plugin_;
  const std::size_t type_;
  CheckedType checked_;
  const char* how_ = "";
  bool at_fault_ = false;              // in this drive
  std::vector<std::string> bad_ends_;  // of its hosts
  bool stops_ = false;
};

}  // namespace

std::vector<CheckedType> check_task_types(EngineOptions options, const std::shared_ptr<const Plugin>& plugin) {
  options.recycle_after_tasks = kRunsAHost;
  std::vector<CheckedType> all;
  for (std::size_t type = 0; type < plugin->task_types.size(); ++type)
    all.push_back(Judge(options, plugin, type).judge());
  return all;
}

}  // namespace ropewalk::cli
