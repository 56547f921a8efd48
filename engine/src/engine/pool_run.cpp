#include "engine/pool_run.hpp"

#include "choices/cores.hpp"
#include "pool/pool_plan.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <utility>

namespace ropewalk::pool_detail {
namespace {

/// As many tasks are submitted while all workers have something to do before they are dealt: a turn costs a
/// microsecond.
constexpr std::uint32_t kUnturned = 64;

std::shared_ptr<PoolFacts> facts_of(const PlannedStage& stage) {
  return std::make_shared<PoolFacts>(PoolFacts{.name = stage.name,
                                               .task = stage.task,
                                               .results = FieldReader(stage.type().results),
                                               .thread = std::this_thread::get_id()});
}

/// A flag while something is done, also if that throws.
class While {
 public:
  explicit While(bool& flag) : flag_(flag) { flag_ = true; }
  ~While() { flag_ = false; }
  While(const While&) = delete;
  While& operator=(const While&) = delete;

 private:
  bool& flag_;
};

}  // namespace

PoolRun::PoolRun(EngineState& engine, Plan plan, const PoolOptions& options)
    : engine_(&engine),
      plan_(std::move(plan)),
      at_end_(options.at_end),
      grace_ns_(options.grace.count()),
      facts_(facts_of(plan_.stages.front())),
      encoder_(stage().task, stage().type()),
      observers_{this},
      results_(plan_, false) {
  if (options.observer != nullptr) observers_.add(*options.observer);
  for (const Error& warning : plan_.warnings) engine.log(LogLevel::warning, warning.message);
}

void PoolRun::begin() {
  facts_->pool = weak_from_this();
  EngineState& engine = *engine_;
  machine_.emplace(engine.pool, stop_, nullptr, usable_cores(), false);
  machine_->share_thread();
  executors_.emplace(engine.pool,
                     HostRules{.recycling = engine.recycling(), .open_limit_ns = RunOptions().open_limit.count()});
  loop_.emplace(plan_, *machine_, *executors_, results_, observers_);
  static std::atomic<unsigned> count = 0;
  loop_->begin({.id = fmt::format("{}-{:x}{:x}", facts_->name, static_cast<unsigned>(::getpid()), count++),
                .unix_ns = unix_ns(),
                .grace_ns = grace_ns_,
                .pass_fields = true,
                .cores = usable_cores(),
                .submitted = &feed_});
  engine.turns.join(*this);
  engine.turns.turn_alone(*this);
}

PoolRun::~PoolRun() {
  if (engine_ == nullptr) return;
  if (!ended_) end_all();
  engine_->turns.leave(*this);
}

// --- tasks ---

Result<void> PoolRun::takes_tasks() const {
  const auto none = [&](std::string message, std::string fix) {
    return Errors(Error{codes::kPoolTakesNone, std::move(message), {}, {std::move(fix)}});
  };
  if (engine_ == nullptr)
    return none(fmt::format("pool '{}' takes no further tasks: its engine was destroyed", facts_->name),
                "destroy the engine after its pools");
  if (!why_.empty())
    return Errors(Error{codes::kPoolBroken, fmt::format("pool '{}' cannot go on: {}", facts_->name, why_), {}, {}});
  if (stop_.load(std::memory_order_relaxed) != 0 || ended_)
    return none(fmt::format("pool '{}' takes no further tasks: it was stopped", facts_->name), "make another pool");
  if (feed_.is_closed())
    return none(fmt::format("pool '{}' takes no further tasks: it was closed", facts_->name),
                "submit all tasks before close(), or make another pool");
  return {};
}

Result<std::shared_ptr<FutureState>> PoolRun::submit(std::span<const Argument> arguments, const TaskOptions& options) {
  if (Result<void> takes = takes_tasks(); !takes) return takes.error();
  auto rules = own_rules_of(options);
  if (!rules) return rules.error();
  encoder_.begin();
  for (const Argument& argument : arguments) encoder_.take(argument.name, argument.value);
  encoder_.end();
  if (!encoder_.errors().empty()) return Errors(encoder_.errors());
  auto task = std::make_shared<FutureState>(facts_, this);
  encoder_.encode(task->bytes(), task->blobs());
  task->rules = std::move(*rules);
  submitted(task, 1);
  return task;
}

Result<std::shared_ptr<BatchState>> PoolRun::submit_all(std::span<const Column> columns,
                                                        std::span<const Argument> shared, const TaskOptions& options) {
  if (Result<void> takes = takes_tasks(); !takes) return takes.error();
  auto rules = own_rules_of(options);
  if (!rules) return rules.error();
  BatchColumns made;
  if (Result<void> good = made.make(encoder_, columns, shared); !good) return good.error();
  auto batch = std::make_shared<BatchState>(facts_, this, std::move(made));
  batch->rules = std::move(*rules);
  submitted(batch, static_cast<std::uint32_t>(batch->size()));
  return batch;
}

/// Idle workers get something at once; while all have something, tasks are gathered.
void PoolRun::submitted(const std::shared_ptr<Submission>& submission, std::uint32_t tasks) {
  submission->since_ns = monotonic_ns();
  feed_.add(submission, tasks);
  unturned_ += tasks;
  const bool has_idle_workers = feed_.living() <= stage().workers;
  if ((!has_idle_workers && unturned_ < kUnturned) || engine_->turns.is_turning()) return;
  engine_->turns.turn_alone(*this);
  arm();
}

void PoolRun::cancel(FutureState& task) {
  task.cancelled = true;
  cancel(std::vector<std::uint64_t>{task.first});
}

void PoolRun::cancel(BatchState& batch) {
  batch.cancelled = true;
  cancel(feed_.living_of(batch, static_cast<std::uint32_t>(batch.size())));
}

void PoolRun::cancel(std::vector<std::uint64_t> tasks) {
  if (ended_ || tasks.empty()) return;
  for (const std::uint64_t index : tasks) feed_.owner(index).cancelled = true;
  if (engine_->turns.is_turning()) {  // an observer calls: after this turn
    cancel_again_.insert(cancel_again_.end(), tasks.begin(), tasks.end());
    return;
  }
  loop_->cancel(0, tasks);
  engine_->turns.turn_alone(*this);
  arm();
}

void PoolRun::close() {
  feed_.close();
  if (ended_ || engine_->turns.is_turning()) return;
  engine_->turns.turn_alone(*this);
  arm();
}

// --- what happens ---

void PoolRun::task_result(std::int64_t, std::uint32_t, std::uint64_t index, const Value& fields) {
  large_.insert_or_assign(index, fields);
}

void PoolRun::tasks_finished(std::int64_t, std::uint32_t, std::span<const TaskFinished> tasks) {
  for (const TaskFinished& task : tasks) {
    if (!task.last) {
      if (feed_.owner(task.index).cancelled) cancel_again_.push_back(task.index);
      continue;
    }
    const auto large = large_.find(task.index);
    const std::shared_ptr<Submission> owner = feed_.end(task, large == large_.end() ? nullptr : &large->second);
    if (large != large_.end()) large_.erase(large);
    counts_.add(task.outcome);
    if (owner && owner->has_callbacks()) to_call_back_.push_back(std::static_pointer_cast<FutureState>(owner));
  }
}

void PoolRun::turn() {
  if (ended_) return;
  unturned_ = 0;
  if (const int asked = engine_->stop.load(std::memory_order_acquire); asked != 0)
    take_stop(static_cast<StopLevel>(asked));
  const bool goes_on = loop_->turn();
  if (goes_on && !cancel_again_.empty()) cancel_retries();
  if (goes_on) return;
  ended_ = true;
  engine_->turns.end(*this);
  if (stop_.load() != 0 && engine_->turns.empty()) engine_->stop_was_taken();
}

void PoolRun::cancel_retries() {
  std::vector<std::uint64_t> tasks = std::exchange(cancel_again_, {});
  std::erase_if(tasks, [&](std::uint64_t index) { return !feed_.is_living(index); });
  loop_->cancel(0, tasks);
}

void PoolRun::take_stop(StopLevel level) {
  stop_.store(std::max(stop_.load(), static_cast<int>(level)), std::memory_order_release);
}

// --- waiting ---

void PoolRun::check_thread() const {
  if (std::this_thread::get_id() == facts_->thread) return;
  throw Refused(Error{codes::kOtherThread,
                      fmt::format("pool '{}' is used from another thread than the one that made it", facts_->name),
                      {},
                      {"use a pool and its futures on one thread, or an engine and a pool for each thread"}});
}

void PoolRun::check_may_wait() const {
  if (engine_ == nullptr || !engine_->turns.is_turning()) return;
  throw Refused(Error{codes::kPoolInTurn,
                      fmt::format("an observer cannot wait for pool '{}', which it interrupts", facts_->name),
                      {},
                      {"wait in a callback of Future::then(), or after the call that steps the engine"}});
}

bool PoolRun::wait_until(const std::function<bool()>& holds, std::int64_t until_ns) {
  if (holds() && to_call_back_.empty()) return true;
  check_may_wait();
  const std::shared_ptr<PoolRun> self = shared_from_this();  // a callback may destroy the pool
  for (bool late = false; !ended_;) {
    engine_->turns.turn();
    deliver();
    if (late || ended_ || holds()) break;
    late = monotonic_ns() >= until_ns;  // what has happened by then still counts
    engine_->turns.wait(*this, until_ns);
  }
  deliver();
  if (engine_ != nullptr) engine_->turns.arm();
  return holds();
}

void PoolRun::step() {
  check_may_wait();
  const std::shared_ptr<PoolRun> self = shared_from_this();
  if (!ended_) {
    engine_->turns.wait(*this, monotonic_ns());
    engine_->turns.turn();
  }
  deliver();
  if (engine_ == nullptr) return;
  arm();  // also after its end
  engine_->turns.arm();
}

int PoolRun::fd() {
  if (engine_ == nullptr) throw Refused(takes_tasks().error());
  const bool armed = events_.is_open();
  const Result<int> fd = events_.open(engine_->pool.fd());
  if (!fd) throw Refused(fd.error());
  if (!armed) arm();
  return *fd;
}

void PoolRun::arm() {
  if (events_.is_open()) events_.arm(ended_ ? 1 : std::min(look_again_ns(), engine_->pool.send_again_ns()));
}

/// At once, if an observer or a callback has left something to do.
std::int64_t PoolRun::look_again_ns() {
  const bool now = unturned_ != 0 || !cancel_again_.empty() || (!to_call_back_.empty() && !delivering_);
  return now ? 0 : loop_->look_again_ns();
}

void PoolRun::call_back(std::shared_ptr<FutureState> task) {
  to_call_back_.push_back(std::move(task));
  if (engine_ != nullptr) arm();
}

/// One at a time: a callback that throws leaves the others for the next call.
void PoolRun::deliver() {
  if (delivering_) return;
  const While delivering(delivering_);
  while (!to_call_back_.empty()) {
    const std::shared_ptr<FutureState> task = to_call_back_.front();
    if (!task->has_callbacks()) {
      to_call_back_.pop_front();
      continue;
    }
    task->take_callback()(Future(task));
  }
}

// --- the end ---

void PoolRun::finish() {
  check_thread();
  check_may_wait();
  const std::shared_ptr<PoolRun> self = shared_from_this();
  if (at_end_ == AtEnd::cancel) {
    close();
    cancel_all();
  }
  // A callback may submit further tasks.
  while (!ended_ && (pending() != 0 || !to_call_back_.empty())) {
    wait_until([&] { return pending() == 0; });
    if (delivering_) break;  // in a callback, after which the others are called
  }
  close();
  wait_until([&] { return ended_; });
}

/// The program no longer waits for it.
void PoolRun::end_all() {
  take_stop(StopLevel::kill);
  close();
  while (!ended_) {
    engine_->turns.turn();
    if (!ended_) engine_->turns.wait(*this);
  }
}

void PoolRun::engine_ends() {
  end_all();
  loop_.reset();
  executors_.reset();
  machine_.reset();
  events_ = StepEvents();
  engine_ = nullptr;
}

}  // namespace ropewalk::pool_detail
