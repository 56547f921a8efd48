#include "executors/varied_executor.hpp"

#include "plan/executor_table.hpp"

#include <algorithm>
#include <utility>

namespace ropewalk {

struct VariedExecutor::Variant {
  AttemptValues values;
  PlannedStage stage;  // which its executor borrows
  std::unique_ptr<Executor> executor;
};

VariedExecutor::VariedExecutor(ExecutorFactory& executors, const PlannedStage& stage, StageSetting setting)
    : executors_(executors), stage_(stage), setting_(std::move(setting)) {}

VariedExecutor::~VariedExecutor() = default;

Result<std::unique_ptr<Executor>> VariedExecutor::open(ExecutorFactory& executors, const PlannedStage& stage,
                                                       StageSetting setting) {
  std::unique_ptr<VariedExecutor> varied(new VariedExecutor(executors, stage, std::move(setting)));
  auto first = executors.open(stage, varied->setting_);
  if (!first) return first.error();
  varied->first_ = std::move(*first);
  return Result<std::unique_ptr<Executor>>(std::move(varied));
}

/// Null: it cannot be opened, and broken_ says why.
VariedExecutor::Variant* VariedExecutor::variant_for(const AttemptValues& values) {
  const auto known =
      std::find_if(variants_.begin(), variants_.end(), [&](const auto& each) { return each->values == values; });
  if (known != variants_.end()) return known->get();
  auto variant = std::make_unique<Variant>(Variant{.values = values, .stage = stage_, .executor = nullptr});
  PlannedStage& stage = variant->stage;
  stage.limits = values.limits;
  stage.timeout_ns = values.timeout_ns;
  stage.env = values.env;
  if (const ExecutorKind* kind = find_executor(stage.executor); kind != nullptr && kind->chooses)
    stage.executor = "process", stage.per_host = 1;  // too few attempts to try modes with
  StageSetting setting = setting_;
  setting.tasks.reset();
  auto opened = executors_.open(stage, std::move(setting));
  if (!opened) return broken_ = opened.error().list.front(), nullptr;
  variant->executor = std::move(*opened);
  has_varied_ = true;
  return variants_.emplace_back(std::move(variant)).get();
}

template <class Call>
void VariedExecutor::each(const Call& call) const {
  call(*first_);
  for (const auto& variant : variants_) call(*variant->executor);
}

std::size_t VariedExecutor::room() {
  if (broken_) return 0;
  const std::size_t room = first_->room(), others = in_flight() - first_->in_flight();
  return room - std::min(room, others);
}

void VariedExecutor::deal(std::span<const Deal> tasks) {
  for (std::size_t from = 0; from < tasks.size();) {
    std::size_t end = from + 1;
    const AttemptValues* const own = tasks[from].own;
    const auto alike = [&](const Deal& task) {
      return own == nullptr ? task.own == nullptr : task.own != nullptr && *task.own == *own;
    };
    while (end < tasks.size() && alike(tasks[end])) ++end;
    const std::span<const Deal> some = tasks.subspan(from, end - from);
    Variant* const variant = own == nullptr ? nullptr : variant_for(*own);
    if (own != nullptr && variant == nullptr) return;  // the stage breaks at the next drain
    (variant == nullptr ? *first_ : *variant->executor).deal(some);
    from = end;
  }
  count_hosts();
}

void VariedExecutor::drain(ExecutorListener& listener, bool more) {
  if (broken_) return listener.broken(*broken_);
  first_->drain(listener, more);
  for (const auto& variant : variants_) variant->executor->drain(listener, false);
  count_hosts();
  std::erase_if(variants_, [&](const auto& variant) {
    if (variant->executor->in_flight() != 0) return false;
    variant->executor->finish(listener);
    return true;
  });
}

std::int64_t VariedExecutor::look_again_ns() {
  std::int64_t at = first_->look_again_ns();
  for (const auto& variant : variants_) at = std::min(at, variant->executor->look_again_ns());
  return broken_ ? 0 : at;
}

void VariedExecutor::halt(Halt halt, ExecutorListener& listener) {
  each([&](Executor& executor) { executor.halt(halt, listener); });
}

void VariedExecutor::cancel(std::span<const std::uint64_t> tasks, ExecutorListener& listener) {
  each([&](Executor& executor) { executor.cancel(tasks, listener); });
}

void VariedExecutor::finish(ExecutorListener& listener) {
  each([&](Executor& executor) { executor.finish(listener); });
}

std::size_t VariedExecutor::in_flight() const {
  std::size_t all = 0;
  each([&](Executor& executor) { all += executor.in_flight(); });
  return all;
}

void VariedExecutor::running(std::vector<TaskRunning>& all) const {
  each([&](Executor& executor) { executor.running(all); });
}

std::optional<ExecutorTimes> VariedExecutor::times(std::int64_t now_ns) {
  return has_varied_ ? std::nullopt : first_->times(now_ns);
}

void VariedExecutor::count_hosts() {
  std::uint32_t hosts = 0;
  each([&](Executor& executor) { hosts += executor.hosts(); });
  most_hosts_ = std::max(most_hosts_, hosts);
}

}  // namespace ropewalk
