#include "pool/pool_plan.hpp"

#include "choices/choices.hpp"

#include <ropewalk/codes.hpp>
#include <ropewalk/executors.hpp>
#include <ropewalk/workflow_spec.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace ropewalk {
namespace {

/// Plugins whose task types need no parameter: they come later.
class WithoutParameters final : public PluginSource {
 public:
  explicit WithoutParameters(PluginSource& plugins) : plugins_(plugins) {}
  Result<std::shared_ptr<const Plugin>> plugin(std::string_view name, const PluginRequest& request) override {
    Result<std::shared_ptr<const Plugin>> found = plugins_.plugin(name, request);
    if (!found) return found.error();
    found_ = *found;
    auto relaxed = std::make_shared<Plugin>(**found);
    for (TaskDescription& type : relaxed->task_types) {
      for (Field& field : type.params) field.required = false;
      type.exactly_one.clear();
    }
    return std::shared_ptr<const Plugin>(std::move(relaxed));
  }
  std::vector<std::string> names(const std::vector<std::filesystem::path>& folders) override {
    return plugins_.names(folders);
  }
  /// As it is.
  const std::shared_ptr<const Plugin>& found() const { return found_; }

 private:
  PluginSource& plugins_;
  std::shared_ptr<const Plugin> found_;
};

/// Absent where it is 0, which stands for the default.
template <class Number>
SpecValue unless_zero(Number number) {
  return number == Number(0) ? SpecValue() : SpecValue(number);
}

template <class Number>
SpecValue if_given(const std::optional<Number>& number) {
  return number ? SpecValue(*number) : SpecValue();
}

WorkflowSpec spec_of(std::string_view name, std::string_view task, const PoolOptions& options) {
  StageSpec stage{.name = std::string(name), .task = std::string(task)};
  if (!options.executor.empty()) stage.executor = Value(options.executor);
  stage.workers = unless_zero(options.workers);
  stage.per_host = unless_zero(options.per_host);
  stage.timeout = unless_zero(options.timeout);
  stage.limits = {.memory = if_given(options.limits.memory_bytes),
                  .files = if_given(options.limits.file_bytes),
                  .output = if_given(options.limits.output_bytes)};
  if (options.limits.cpu_time_ns) stage.limits.cpu_time = std::chrono::nanoseconds(*options.limits.cpu_time_ns);
  return {.name = std::string(name), .stages = {std::move(stage)}};
}

/// Places in a spec that nobody wrote help nobody.
void forget_places(std::vector<Error>& errors) {
  for (Error& error : errors) error.place = {};
}

Error bad(std::string message) { return {codes::kBadArguments, std::move(message), {}, {}}; }

}  // namespace

Result<Plan> plan_pool(std::string_view task, const PoolOptions& options, PluginSource& plugins,
                       const InputNames& inputs) {
  const std::string_view name = options.name.empty() ? task.substr(task.find('.') + 1) : std::string_view(options.name);
  const Result<Retries> retries = retries_of(options.retries);
  if (!retries) return retries.error();
  if (options.grace.count() < 0) return Errors(bad("the grace period of a pool cannot be negative"));
  for (const auto& [variable, value] : options.env)
    if (variable.empty() || variable.find('=') != std::string::npos || variable.find('\0') != std::string::npos ||
        value.find('\0') != std::string::npos)
      return Errors(bad(fmt::format("'{}' cannot be a variable of the environment", variable)));
  if (const ExecutorKind* kind = find_executor(options.executor); kind != nullptr && kind->chooses)
    return Errors(
        bad(fmt::format("a pool cannot run on '{}', which chooses for all tasks of a stage; name the executor "
                        "that it is to have",
                        options.executor)));
  WithoutParameters source(plugins);
  const Result<Workflow> workflow = make_workflow(spec_of(name, task, options));
  Result<Plan> plan = workflow ? make_plan(*workflow, source, {.inputs = inputs}) : Result<Plan>(workflow.error());
  if (!plan) {
    Errors errors = plan.error();
    forget_places(errors.list);
    return errors;
  }
  forget_places(plan->warnings);
  PlannedStage& stage = plan->stages.front();
  stage.plugin = source.found();
  stage.place = {};
  stage.retries = *retries;
  stage.env = options.env;
  plan->file.clear();
  plan->sources.clear();
  return plan;
}

Result<Retries> retries_of(const RetryPolicy& policy) {
  if (policy.max > kMaxRetries) return Errors(bad(fmt::format("RetryPolicy::max is at most {}", kMaxRetries)));
  if (policy.delay.count() < 0 || policy.max_delay.count() < 0)
    return Errors(bad("delays of a RetryPolicy cannot be negative"));
  if (!(policy.backoff >= 1 && policy.backoff <= kMaxBackoff))
    return Errors(bad(fmt::format("RetryPolicy::backoff lies between 1 and {}", kMaxBackoff)));
  if (!(policy.jitter >= 0 && policy.jitter <= 1)) return Errors(bad("RetryPolicy::jitter lies between 0 and 1"));
  Retries retries{.max = policy.max,
                  .max_given = policy.max != 0,
                  .delay_ns = policy.delay.count(),
                  .backoff = policy.backoff,
                  .max_delay_ns = std::max(policy.max_delay, policy.delay).count(),
                  .jitter = policy.jitter};
  if (policy.when.empty()) return retries;
  retries.when = 0;
  for (const RetryKind kind : policy.when) retries.when |= 1u << static_cast<unsigned>(kind);
  return retries;
}

Result<std::unique_ptr<const OwnRules>> own_rules_of(const TaskOptions& options) {
  using Rules = std::unique_ptr<const OwnRules>;
  if (!options.timeout && !options.retries) return Rules();
  auto rules = std::make_unique<OwnRules>();
  if (options.timeout) {
    if (options.timeout->count() < 0) return Errors(bad("a timeout cannot be negative"));
    rules->timeout_ns = options.timeout->count();
  }
  if (options.retries) {
    Result<Retries> retries = retries_of(*options.retries);
    if (!retries) return retries.error();
    rules->retries = *retries;
  }
  return Rules(std::move(rules));
}

}  // namespace ropewalk
