// Pool, Future and Batch: the handles behind pool.hpp.

#include "engine/pool_run.hpp"
#include "pool/pool_plan.hpp"

#include <ropewalk/codes.hpp>
#include <ropewalk/engine.hpp>
#include <ropewalk/pool.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <utility>

namespace ropewalk {
namespace {

std::string text_of(const Errors& errors) {
  if (errors.list.empty()) return "unknown error";
  const Error& first = errors.list.front();
  std::string text = first.code.empty() ? first.message : fmt::format("{} [{}]", first.message, first.code);
  for (const std::string& note : first.notes) text += "; " + note;
  if (errors.list.size() > 1) text += fmt::format("; and {} more", errors.list.size() - 1);
  return text;
}

template <class T>
T value_or_throw(Result<T> result) {
  if (!result) throw Refused(result.error());
  return std::move(*result);
}

Error no_task() {
  return {codes::kBadFuture,
          "this future has no task: it was made without one, or moved to another object",
          {},
          {"use the one that Pool::submit() returned"}};
}

/// Of the monotonic clock, `most` from now.
std::int64_t after(std::chrono::nanoseconds most) {
  const std::int64_t now = monotonic_ns();
  return most.count() > pool_detail::PoolRun::kForever - now ? pool_detail::PoolRun::kForever : now + most.count();
}

/// Of a submission that belongs to another thread.
void check_thread(const Submission& submission) {
  if (std::this_thread::get_id() == submission.facts->thread) return;
  throw Refused(Error{
      codes::kOtherThread,
      fmt::format("a future of pool '{}' is used from another thread than that of its pool", submission.facts->name),
      {},
      {"use a pool and its futures on one thread, and pass values on to others"}});
}

std::span<const Argument> span_of(std::initializer_list<Argument> list) { return {list.begin(), list.size()}; }

}  // namespace

Refused::Refused(Errors errors)
    : std::runtime_error(text_of(errors)), errors_(std::make_shared<const Errors>(std::move(errors))) {}

// --- Future ---

pool_detail::FutureState& Future::state() const {
  if (!state_) throw Refused(no_task());
  check_thread(*state_);
  return *state_;
}

std::uint64_t Future::task() const { return state().first; }
bool Future::done() const { return state().done(); }

void Future::wait() const {
  pool_detail::FutureState& task = state();
  if (!task.done()) task.run->wait_until([&] { return task.done(); });
}

bool Future::wait_for(std::chrono::nanoseconds most) const {
  pool_detail::FutureState& task = state();
  return task.done() || task.run->wait_until([&] { return task.done(); }, after(most));
}

const Value& Future::get() const {
  wait();
  if (state_->failure()) throw TaskError(state_->failure());
  const Value* const value = state_->value();
  if (value != nullptr) return *value;
  throw TaskError(std::make_shared<TaskFailure>(TaskFailure{.pool = state_->facts->name,
                                                            .task = state_->first,
                                                            .attempts = 1,
                                                            .message = "its result was damaged on its way"}));
}

Outcome Future::outcome() const {
  wait();
  return state_->outcome();
}

const TaskFailure* Future::failure() const {
  wait();
  return state_->failure().get();
}

bool Future::cancel() const {
  pool_detail::FutureState& task = state();
  if (task.done()) return false;
  task.run->cancel(task);
  return true;
}

void Future::then(Callback callback) const {
  pool_detail::FutureState& task = state();
  if (!task.done()) return task.add_callback(std::move(callback));
  if (const std::shared_ptr<pool_detail::PoolRun> run = task.facts->pool.lock()) {
    task.add_callback(std::move(callback));
    return run->call_back(state_);
  }
  throw Refused(Error{codes::kPoolTakesNone,
                      fmt::format("pool '{}', which would call the callback, is gone", task.facts->name),
                      {},
                      {"the task is done: use its result"}});
}

// --- Batch ---

pool_detail::BatchState& Batch::state() const {
  if (!state_) throw Refused(no_task());
  check_thread(*state_);
  return *state_;
}

pool_detail::BatchState& Batch::ended_state() const {
  wait();
  return *state_;
}

std::size_t Batch::size() const { return state().size(); }
std::size_t Batch::ended() const { return state().ended(); }

void Batch::wait() const {
  pool_detail::BatchState& batch = state();
  if (batch.run != nullptr) batch.run->wait_until([&] { return batch.run == nullptr; });
}

bool Batch::wait_for(std::chrono::nanoseconds most) const {
  pool_detail::BatchState& batch = state();
  return batch.run == nullptr || batch.run->wait_until([&] { return batch.run == nullptr; }, after(most));
}

void Batch::cancel() const {
  pool_detail::BatchState& batch = state();
  if (batch.run != nullptr) batch.run->cancel(batch);
}

TaskCounts Batch::counts() const { return ended_state().counts(); }
Outcome Batch::outcome(std::size_t at) const { return ended_state().outcome(at); }

Value Batch::value(std::size_t at) const {
  const pool_detail::BatchState& batch = ended_state();
  if (batch.outcome(at) != Outcome::succeeded) throw TaskError(batch.failure(at));
  if (std::optional<Value> value = batch.value(at)) return std::move(*value);
  throw TaskError(std::make_shared<TaskFailure>(TaskFailure{.pool = batch.facts->name,
                                                            .task = batch.first + at,
                                                            .attempts = 1,
                                                            .message = "its result was damaged on its way"}));
}

const TaskFailure* Batch::failure(std::size_t at) const {
  const pool_detail::BatchState& batch = ended_state();
  return batch.outcome(at) == Outcome::succeeded ? nullptr : batch.failure(at).get();
}

namespace {

/// Of all results, a scalar field of one of these types.
template <class T, class Read>
std::vector<T> column(const pool_detail::BatchState& batch, std::string_view name, std::initializer_list<Type> types,
                      T absent, Read&& read) {
  const FieldReader& results = batch.facts->results;
  const std::optional<std::size_t> field = results.find(name);
  if (!field)
    throw Refused(Error{codes::kBadArguments,
                        fmt::format("results of '{}' have no field '{}'", batch.facts->task, name),
                        {},
                        {fmt::format("they have: {}", fmt::join(results.names(), ", "))}});
  if (std::find(types.begin(), types.end(), results.type(*field)) == types.end())
    throw Refused(
        Error{codes::kBadArguments,
              fmt::format("field '{}' of '{}' is of type {}", name, batch.facts->task, type_name(results.type(*field))),
              {},
              {"read it with Batch::value()"}});
  std::vector<T> values(batch.size(), absent);
  for (std::size_t at = 0; at < values.size(); ++at) {
    if (batch.outcome(at) != Outcome::succeeded) continue;
    if (const auto bits = results.scalar(*field, batch.fields(at))) values[at] = read(*bits);
  }
  return values;
}

}  // namespace

std::vector<std::int64_t> Batch::ints(std::string_view field, std::int64_t absent) const {
  return column(ended_state(), field, {Type::integer, Type::size}, absent, [](std::int64_t bits) { return bits; });
}

std::vector<double> Batch::floats(std::string_view field, double absent) const {
  return column(ended_state(), field, {Type::real, Type::duration}, absent,
                [](std::int64_t bits) { return std::bit_cast<double>(bits); });
}

// --- AsCompleted ---

AsCompleted::AsCompleted(std::vector<Future> futures)
    : futures_(std::move(futures)), queue_(std::make_shared<pool_detail::CompletionQueue>()), left_(futures_.size()) {
  const EngineState* engine = nullptr;
  for (std::size_t i = 0; i < futures_.size(); ++i) {
    pool_detail::FutureState& task = futures_[i].state();
    if (task.done()) {
      queue_->ended.push_back(i);
      continue;
    }
    task.report_to(queue_, i);
    if (engine == nullptr) engine = task.run->engine();
    if (engine != task.run->engine())
      throw Refused(Error{codes::kBadFuture,
                          "as_completed() cannot wait for futures of several engines",
                          {},
                          {"make their pools with one engine"}});
  }
}

std::optional<Future> AsCompleted::next() {
  if (left_ == 0) return std::nullopt;
  if (queue_->ended.empty())
    for (Future& future : futures_) {
      if (!future.valid() || future.done()) continue;
      future.state().run->wait_until([&] { return !queue_->ended.empty(); });
      break;
    }
  --left_;
  const std::size_t first = queue_->ended.front();
  queue_->ended.pop_front();
  return std::move(futures_[first]);
}

// --- Pool ---

Pool::Pool(Pool&&) noexcept = default;
Pool::~Pool() {
  if (run_) run_->finish();
}

pool_detail::PoolRun& Pool::run() const {
  if (!run_) throw Refused(Error{codes::kPoolTakesNone, "the pool was moved to another object", {}, {"use that one"}});
  run_->check_thread();
  return *run_;
}

Future Pool::submit(std::initializer_list<Argument> arguments, const TaskOptions& options) {
  return Future(value_or_throw(run().submit(span_of(arguments), options)));
}
Future Pool::submit(std::span<const Argument> arguments, const TaskOptions& options) {
  return Future(value_or_throw(run().submit(arguments, options)));
}
Future Pool::submit(const Map& arguments, const TaskOptions& options) {
  std::vector<Argument> list;
  for (const auto& [name, value] : arguments) list.push_back({name, value});
  return submit(std::span<const Argument>(list), options);
}
Result<Future> Pool::try_submit(std::span<const Argument> arguments, const TaskOptions& options) {
  auto task = run().submit(arguments, options);
  if (!task) return task.error();
  return Future(std::move(*task));
}

Batch Pool::submit_all(std::initializer_list<Column> columns, std::initializer_list<Argument> shared,
                       const TaskOptions& options) {
  return submit_all(std::span<const Column>(columns.begin(), columns.size()), span_of(shared), options);
}
Batch Pool::submit_all(std::span<const Column> columns, std::span<const Argument> shared, const TaskOptions& options) {
  return Batch(value_or_throw(run().submit_all(columns, shared, options)));
}

std::uint64_t Pool::pending() const { return run().pending(); }
TaskCounts Pool::counts() const { return run().counts(); }
unsigned Pool::workers() const { return run().stage().workers; }
std::string Pool::executor() const { return run().stage().executor; }

void Pool::wait() {
  pool_detail::PoolRun& pool = run();
  pool.wait_until([&] { return pool.pending() == 0; });
}
bool Pool::wait_for(std::chrono::nanoseconds most) {
  pool_detail::PoolRun& pool = run();
  return pool.wait_until([&] { return pool.pending() == 0; }, after(most));
}
void Pool::cancel_all() { run().cancel_all(); }
void Pool::close() { run().close(); }
int Pool::fd() { return run().fd(); }
void Pool::step() { run().step(); }

// --- Engine ---

Result<Pool> Engine::try_pool(std::string_view task, const PoolOptions& options) {
  if (state_->turns.is_turning())
    return Errors(Error{codes::kPoolInTurn,
                        "an observer cannot make a pool of its own engine",
                        {},
                        {"make it before, or in a callback of Future::then()"}});
  Result<Plan> plan = plan_pool(task, options, *this, state_->options.inputs);
  if (!plan) return plan.error();
  auto run = std::make_shared<pool_detail::PoolRun>(*state_, std::move(*plan), options);
  run->begin();
  return Pool(std::move(run));
}

Pool Engine::pool(std::string_view task, const PoolOptions& options) { return value_or_throw(try_pool(task, options)); }

}  // namespace ropewalk
