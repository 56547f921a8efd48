#pragma once
// A span of tasks that is about to be dispatched, with their encoded parameters. Driven by the stage, on the run's
// thread. What it has allocated it uses for the next span too: a task costs no allocation.

#include "base/arena.hpp"
#include "executors/executor.hpp"
#include "plan/attempt_values.hpp"
#include "plan/parameters.hpp"
#include "protocol/fields.hpp"
#include "run/stage_context.hpp"

#include <cstddef>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace ropewalk {

class DispatchSpan {
 public:
  /// Borrows the stage, whose constant parameters it encodes into the setting. An error: they cannot be made.
  Result<void> open(const StageContext& context, StageSetting& setting);
  /// Instead of open(), where add_made() adds all tasks: no parameter is constant.
  void open_made(const StageContext& context, StageSetting& setting);
  /// Whether its parameters read the item of a task.
  bool needs_items() const { return !varying_types_.empty(); }

  /// Forgets the tasks that it has, and makes room for so many.
  void begin(std::size_t room);
  /// Appends a task with its parameters. The scope has its index and item. `failed_on` is borrowed until the span is
  /// dispatched. False: the parameters cannot be made, `problem` says why, and nothing was appended.
  bool add(const Scope& scope, std::uint32_t attempt, std::span<const std::int32_t> failed_on, std::string& problem);
  /// What the attempt that was appended last has of its own.
  void set_own(AttemptValues own) { deals_[size_ - 1].own = &own_.emplace_back(std::move(own)); }
  /// The task that was appended last.
  const Deal& last() const { return deals_[size_ - 1]; }
  /// Appends a task whose parameters are made already. `failed_on` as in add().
  void add_made(std::uint64_t task, std::uint32_t attempt, std::span<const std::int32_t> failed_on,
                const SubmittedTasks::Parameters& parameters);
  /// Takes back the task that was appended last.
  void drop_last() { --size_; }
  std::size_t size() const { return size_; }
  /// Valid until begin().
  std::span<const Deal> tasks() const { return {deals_.data(), size_}; }

  /// Gives its memory back: there may be thousands of stages.
  void release();

 private:
  bool make_parameters(const Scope& scope, Deal& deal, std::string& problem);

  const Parameters* parameters_ = nullptr;
  std::vector<Type> varying_types_;
  std::optional<board::IntFields> ints_;  // where nothing else varies
  std::vector<Deal> deals_;               // the first size_ of them
  std::size_t size_ = 0;
  Arena bytes_;                     // of their parameters
  std::deque<board::Blobs> blobs_;  // that their parameters lie in
  std::deque<AttemptValues> own_;
  std::vector<Value> values_;  // scratch
  std::string encoded_;        // scratch
};

}  // namespace ropewalk
