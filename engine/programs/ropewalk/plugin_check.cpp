#include "plugin_check.hpp"

#include <ropewalk/workflow_spec.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <set>

namespace ropewalk::cli {
namespace {

/// A host is replaced after this many tasks, so that closing is tested.
constexpr std::uint64_t kRunsAHost = 2;
constexpr std::chrono::seconds kTimeout{5};
constexpr std::int64_t kGraceNs = 1'000'000'000;

/// The plugin under test, whatever others are named like it.
class OnePlugin final : public PluginSource {
 public:
  explicit OnePlugin(std::shared_ptr<const Plugin> plugin) : plugin_(std::move(plugin)) {}
  Result<std::shared_ptr<const Plugin>> plugin(std::string_view, const PluginRequest&) override { return plugin_; }
  std::vector<std::string> names(const std::vector<std::filesystem::path>&) override { return {plugin_->name}; }

 private:
  const std::shared_ptr<const Plugin> plugin_;
};

/// The least value that a parameter takes.
SpecValue least_value(const Field& field) {
  if (!field.choices.empty() && field.type != Type::list) return field.choices.front();
  const Value zero = field.maximum && field.maximum->as_int()
                         ? Value(std::min<std::int64_t>(0, *field.maximum->as_int()))
                     : field.maximum && field.maximum->as_float() ? Value(std::min(0.0, *field.maximum->as_float()))
                                                                  : Value(0);
  const Value number = field.minimum.value_or(zero);
  switch (field.type) {
    case Type::boolean: return false;
    case Type::integer:
    case Type::size:
    case Type::real: return number;
    case Type::duration:
      return std::chrono::duration<double>(number.as_float() ? *number.as_float()
                                                             : static_cast<double>(*number.as_int()));
    case Type::list: return SpecList::none();
    case Type::map: return SpecMap::none();
    default: return "";
  }
}

/// Values for the parameters that must be given; the others have their defaults.
SpecMap required_parameters(const TaskDescription& type) {
  SpecMap with;
  std::set<std::string> given;
  for (const std::vector<std::string>& group : type.exactly_one)
    if (!group.empty()) given.insert(group.front());
  for (const Field& field : type.params)
    if (given.contains(field.name) || (field.required && !field.default_value))
      with.add(field.name, least_value(field));
  return with;
}

class Judge final : public Observer {
 public:
  Judge(const EngineOptions& options, std::shared_ptr<const Plugin> plugin, std::size_t type)
      : engine_(options), plugin_(std::move(plugin)), type_(type) {
    checked_.name = plugin_->task_types[type].name;
  }

  CheckedType judge() {
    drive("serial", 0, 3 * kRunsAHost, "");
    if (plugin_->task_types[type_].thread_safe) drive("thread", 2, 4 * kRunsAHost, "on two threads at once");
    drive("process-per-task", 2, 2, "in a process of its own");
    stops_ = true;
    drive("serial", 0, 1, "asked to stop");
    return std::move(checked_);
  }

 private:
  /// `workers`: 0 for an executor that takes none.
  void drive(const char* executor, unsigned workers, std::uint64_t tasks, const char* how) {
    how_ = how;
    const TaskDescription& type = plugin_->task_types[type_];
    const WorkflowSpec spec{.name = "check",
                            .stages = {{.name = "check",
                                        .task = plugin_->name + "." + checked_.name,
                                        .executor = executor,
                                        .workers = workers == 0 ? SpecValue() : SpecValue(workers),
                                        .foreach = {.range = {.count = tasks}},
                                        .with = required_parameters(type),
                                        .timeout = kTimeout}}};
    OnePlugin source(plugin_);
    const auto workflow = make_workflow(spec);
    auto plan = workflow ? make_plan(*workflow, source, {}) : Result<Plan>(workflow.error());
    if (!plan) {
      const Errors errors = plan.error();
      return fault("it cannot be planned: " + errors.list.front().message);
    }
    plan->warnings.clear();  // of this workflow, not of the plugin
    at_fault_ = false;
    bad_ends_.clear();
    const RunResult result = engine_.run(*plan, *this, {.grace = std::chrono::nanoseconds(kGraceNs)});
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
        return note(fmt::format("it was not over after {} s", kTimeout.count()));
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
