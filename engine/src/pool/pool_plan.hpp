#pragma once
// The plan of a pool: one stage without items and parameters, which come with its tasks. Made by the planner, so that
// executor, workers, timeout and limits are checked as those of a workflow. Pure, but for the source of plugins.

#include "pool/submission.hpp"

#include <ropewalk/error.hpp>
#include <ropewalk/input_names.hpp>
#include <ropewalk/plan.hpp>
#include <ropewalk/pool.hpp>

#include <string_view>

namespace ropewalk {

Result<Plan> plan_pool(std::string_view task, const PoolOptions& options, PluginSource& plugins,
                       const InputNames& inputs);
/// R416: a number lies outside its range.
Result<Retries> retries_of(const RetryPolicy& policy);
/// Null: the options say nothing.
Result<std::unique_ptr<const OwnRules>> own_rules_of(const TaskOptions& options);

}  // namespace ropewalk
