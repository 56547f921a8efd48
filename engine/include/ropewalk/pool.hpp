#pragma once
// Tasks as they come: a pool of workers that is kept, to which a program submits tasks one by one or in spans, and
// which returns futures. Engine::pool() makes one.
//
// A pool takes no thread. submit() gives tasks to idle workers; everything else happens in the calls that wait, and in
// step(). A pool, its futures and its batches belong to the thread that made the pool: every call of another thread is
// refused (R412).

#include <ropewalk/error.hpp>
#include <ropewalk/events.hpp>
#include <ropewalk/plan.hpp>
#include <ropewalk/value.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <optional>
#include <ranges>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace ropewalk {

namespace pool_detail {
class PoolRun;
class FutureState;
class BatchState;
class CompletionQueue;
}  // namespace pool_detail

/// One parameter of a task: `{"path", path}`. The name is borrowed for the call.
struct Argument {
  std::string_view name;  ///< of the parameter
  Value value;            ///< of a type that the parameter takes
};

/// One parameter of each task of a span. Name and values are borrowed for the call.
struct Column {
  std::string_view name;  ///< of the parameter
  /// A value for each task.
  std::variant<std::span<const std::int64_t>, std::span<const double>, std::span<const std::string>,
               std::span<const Value>>
      values;

  /// How many values there are.
  std::size_t size() const {
    return std::visit([](const auto& each) { return each.size(); }, values);
  }
};

/// Which failed attempts are tried again, and when. As `retries` of a workflow.
struct RetryPolicy {
  std::uint32_t max = 0;                                        ///< extra attempts after each kind of failure
  std::chrono::nanoseconds delay{0};                            ///< before the first of them
  double backoff = 2;                                           ///< factor from each delay to the next; at least 1
  std::chrono::nanoseconds max_delay{std::chrono::minutes(1)};  ///< no delay is longer
  double jitter = 0;                                            ///< 0..1: the share of a delay that chance may cut off
  std::vector<RetryKind> when = {};                             ///< kinds of failure; empty: all
};

/// What ~Pool does with tasks that have not ended.
enum class AtEnd : std::uint8_t {
  wait,    ///< waits for them
  cancel,  ///< cancels them: those that run are asked to stop, and killed after the grace period
};

/// How a pool runs its tasks.
struct PoolOptions {
  std::string executor = {};            ///< `process`, `thread`, ..., not `auto`; empty: what the task type prefers
  unsigned workers = 0;                 ///< tasks at once; 0: the usable cores
  unsigned per_host = 0;                ///< workers that share a process, of `thread` and `process`; 0: as `auto`
  std::chrono::nanoseconds timeout{0};  ///< of an attempt; 0: none
  RetryPolicy retries = {};             ///< of a task that fails
  Limits limits = {};                   ///< of an attempt
  Environment env = {};                 ///< of the processes that run the tasks
  std::chrono::nanoseconds grace{std::chrono::seconds(10)};  ///< between asking a task to stop and killing it
  AtEnd at_end = AtEnd::wait;                                ///< what ~Pool does
  std::string name = {};                                     ///< in messages and events; empty: that of the task type
  /// Receives the events of the pool, as of a run with one stage. Borrowed; must outlive the pool. It may submit tasks
  /// and must not wait for any (R413). Task indices are those of Future::task().
  Observer* observer = nullptr;
};

/// What holds for one task, or for a span of them, instead of what PoolOptions say.
struct TaskOptions {
  std::optional<std::chrono::nanoseconds> timeout = {};  ///< 0: none
  std::optional<RetryPolicy> retries = {};               ///< of the task, if it fails
};

/// Thrown when a call is refused: bad parameters (W codes), no such plugin (P codes), misuse of a pool (R411 to R415).
/// The message is that of the first error, with its code and its fix.
class Refused : public std::runtime_error {
 public:
  /// At least one error.
  explicit Refused(Errors errors);
  /// All of them. Valid as long as this object or a copy of it lives.
  const Errors& errors() const { return *errors_; }
  /// Of the first error: "W202".
  const std::string& code() const { return errors_->list.front().code; }

 private:
  std::shared_ptr<const Errors> errors_;
};

/// How a task did not succeed.
struct TaskFailure {
  std::string pool;                   ///< its name
  std::uint64_t task = 0;             ///< as Future::task()
  Outcome outcome = Outcome::failed;  ///< cancelled, not_started: it was cancelled, or the pool was stopped
  std::int32_t detail = 0;            ///< the signal if crashed, the exit code if exited, else 0
  std::uint32_t attempts = 0;         ///< 0: it never started
  std::string message = {};           ///< why
  std::string evidence = {};          ///< of a crash: lines with the address, the backtrace, the last output
  KeptOutput output = {};             ///< what its last attempt wrote, as far as it is known
  std::int32_t host = 0;              ///< pid of the process that ran its last attempt; 0: none
  std::uint32_t worker = 0;           ///< within that process
};
/// "checksum/17 failed at attempt 3: cannot read 'a': No such file or directory".
std::string to_string(const TaskFailure& failure);

/// Thrown by Future::get() and Batch::value() for a task that did not succeed.
class TaskError : public std::runtime_error {
 public:
  /// `failure` is not null.
  explicit TaskError(std::shared_ptr<const TaskFailure> failure);
  /// All that is known. Valid as long as this object or a copy of it lives.
  const TaskFailure& failure() const { return *failure_; }
  /// How the task ended.
  Outcome outcome() const { return failure_->outcome; }

 private:
  std::shared_ptr<const TaskFailure> failure_;
};

/// The result of a submitted task, as soon as it is there. A handle: copies are the same future. Dropping it cancels
/// nothing. It may outlive its pool, whose end gives every task an end. A default-constructed one has no task, and
/// refuses every call but valid() (R414).
class Future {
 public:
  /// What then() calls: with this future.
  using Callback = std::function<void(Future)>;

  Future() = default;
  /// Whether it has a task.
  bool valid() const { return state_ != nullptr; }
  /// The number of the task in its pool, from 0 in the order of submission.
  std::uint64_t task() const;
  /// Whether the task has ended, as far as the pool has heard.
  bool done() const;

  /// Waits for the end, and returns the result: a map of the fields of the task type. The reference is valid as long as
  /// this future or a copy of it lives. Throws TaskError if the task did not succeed.
  const Value& get() const;
  /// Waits for the end.
  void wait() const;
  /// Waits at most so long. True: the task has ended.
  bool wait_for(std::chrono::nanoseconds most) const;
  /// Waits for the end.
  Outcome outcome() const;
  /// Waits for the end. Null: the task succeeded. Valid as the reference of get().
  const TaskFailure* failure() const;

  /// Ends the task before its time, without waiting: one that has not begun ends as not_started; one that runs is asked
  /// to stop, is killed after the grace period, and ends as cancelled unless it succeeds in between. False: it has
  /// ended already.
  bool cancel() const;
  /// Calls `callback` once, when the task has ended: during step() or a call that waits, after the engine's own work.
  /// It may submit, cancel and wait; other callbacks are not called meanwhile. What it throws leaves that call.
  void then(Callback callback) const;

 private:
  friend class Pool;
  friend class AsCompleted;
  friend class pool_detail::PoolRun;
  explicit Future(std::shared_ptr<pool_detail::FutureState> state) : state_(std::move(state)) {}
  pool_detail::FutureState& state() const;

  std::shared_ptr<pool_detail::FutureState> state_;
};

/// Many tasks that were submitted together, by position: much cheaper than a future each. A handle, as Future.
class Batch {
 public:
  Batch() = default;
  /// Whether it has tasks.
  bool valid() const { return state_ != nullptr; }
  /// How many tasks it has.
  std::size_t size() const;
  /// How many have ended.
  std::size_t ended() const;
  /// Whether all have ended, as far as the pool has heard.
  bool done() const { return ended() == size(); }
  /// Waits for the end of all.
  void wait() const;
  /// True: all have ended.
  bool wait_for(std::chrono::nanoseconds most) const;
  /// As Future::cancel(), of all that have not ended.
  void cancel() const;

  // Each waits for the end of all tasks. A position that is too large is an std::out_of_range.
  /// How many ended in which way.
  TaskCounts counts() const;
  /// How the task at that position ended.
  Outcome outcome(std::size_t at) const;
  /// The result, a map of its fields. Throws TaskError.
  Value value(std::size_t at) const;
  /// Null: it succeeded. Valid as long as this batch or a copy of it lives.
  const TaskFailure* failure(std::size_t at) const;
  /// One field of all results, which must be an int, a size, a float or a duration in seconds. Tasks that did not
  /// succeed have `absent`. Refused: there is no such field, or it is of another type.
  std::vector<std::int64_t> ints(std::string_view field, std::int64_t absent = 0) const;
  /// The same as floats.
  std::vector<double> floats(std::string_view field, double absent = 0) const;

 private:
  friend class Pool;
  friend class pool_detail::PoolRun;
  explicit Batch(std::shared_ptr<pool_detail::BatchState> state) : state_(std::move(state)) {}
  pool_detail::BatchState& state() const;
  pool_detail::BatchState& ended_state() const;

  std::shared_ptr<pool_detail::BatchState> state_;
};

/// Futures in the order in which their tasks end: `for (const Future& future : as_completed(futures))`. Waits as it is
/// advanced. All of one engine (R414).
class AsCompleted {
 public:
  /// Each future once, in any order.
  explicit AsCompleted(std::vector<Future> futures);
  /// The next one; empty: there are no more.
  std::optional<Future> next();

  /// Over the futures, once.
  class Iterator {
   public:
    using iterator_concept = std::input_iterator_tag;  ///< one pass
    using value_type = Future;                         ///< of a task that has ended
    using difference_type = std::ptrdiff_t;            ///< as iterators have it
    /// Waits for the first one.
    explicit Iterator(AsCompleted& all) : all_(&all), current_(all.next()) {}
    /// The future. Valid until the iterator is advanced.
    const Future& operator*() const { return *current_; }
    /// Waits for the next one.
    Iterator& operator++() { return current_ = all_->next(), *this; }
    /// The same.
    void operator++(int) { ++*this; }
    /// Whether there is none any more.
    bool operator==(std::default_sentinel_t) const { return !current_; }

   private:
    AsCompleted* all_;
    std::optional<Future> current_;
  };
  /// Waits for the first one. Call it once.
  Iterator begin() { return Iterator(*this); }
  /// Behind the last one.
  std::default_sentinel_t end() const { return {}; }

 private:
  std::vector<Future> futures_;
  std::shared_ptr<pool_detail::CompletionQueue> queue_;
  std::size_t left_;
};
/// The futures in the order in which their tasks end.
inline AsCompleted as_completed(std::vector<Future> futures) { return AsCompleted(std::move(futures)); }

template <std::ranges::input_range Range, class Make>
class PoolMap;

/// Runs tasks of one type. Its engine should outlive it; tasks end with their engine. Cannot be copied. One that was
/// moved from can only be destroyed.
class Pool {
 public:
  Pool(Pool&&) noexcept;  ///< takes the tasks
  Pool& operator=(Pool&&) = delete;
  /// Waits for the tasks, or cancels them, as PoolOptions::at_end says, and calls the callbacks that are due, which
  /// must not throw then. On another thread, or from an observer, it ends the program with a message.
  ~Pool();

  /// Submits a task. Throws Refused if the parameters do not fit the task type, with the messages of a plan, or if the
  /// pool takes no more tasks (R411, R415). Calls no callback.
  Future submit(std::initializer_list<Argument> arguments = {}, const TaskOptions& options = {});
  /// The same.
  Future submit(std::span<const Argument> arguments, const TaskOptions& options = {});
  /// The same.
  Future submit(const Map& arguments, const TaskOptions& options = {});
  /// The same without exceptions.
  Result<Future> try_submit(std::span<const Argument> arguments, const TaskOptions& options = {});

  /// Submits as many tasks as the columns have values, all as many. `shared`: parameters that are the same for all.
  /// Throws Refused as submit(), before any of the tasks is submitted; the message names the first task that does not
  /// fit.
  Batch submit_all(std::initializer_list<Column> columns, std::initializer_list<Argument> shared = {},
                   const TaskOptions& options = {});
  /// The same.
  Batch submit_all(std::span<const Column> columns, std::span<const Argument> shared = {},
                   const TaskOptions& options = {});

  /// One task for each element of the range, which is read as the tasks are run: at most `at_once` tasks are submitted
  /// and not yet taken from the map (0: four for each worker). `make(element)` returns the arguments, as a Map or a
  /// range of Argument. Iterate over it once: it yields futures that are done, in the order of the range.
  template <std::ranges::input_range Range, class Make>
  PoolMap<std::views::all_t<Range>, Make> map(Range&& range, Make make, std::size_t at_once = 0);

  /// Tasks that have not ended.
  std::uint64_t pending() const;
  /// Those that have, by how they ended.
  TaskCounts counts() const;
  /// Tasks at once.
  unsigned workers() const;
  /// The executor, such as "process".
  std::string executor() const;

  /// Waits until nothing is pending, and calls the callbacks.
  void wait();
  /// At most so long. True: nothing is pending.
  bool wait_for(std::chrono::nanoseconds most);
  /// As Future::cancel(), of all tasks that have not ended. The pool takes further tasks.
  void cancel_all();
  /// Takes no further tasks (R411).
  void close();

  /// For event loops: readable when step() has something to do. It belongs to the pool: poll it, and do not read or
  /// close it. Throws Refused: the program has no descriptor left (R403).
  int fd();
  /// Does what can be done now without waiting for tasks, for all pools and runs of the engine, and calls callbacks.
  void step();

 private:
  friend class Engine;
  explicit Pool(std::shared_ptr<pool_detail::PoolRun> run) : run_(std::move(run)) {}
  pool_detail::PoolRun& run() const;

  std::shared_ptr<pool_detail::PoolRun> run_;  // null: moved from
};

/// What Pool::map() returns. The pool must outlive it.
template <std::ranges::input_range Range, class Make>
class PoolMap {
 public:
  /// As Pool::map().
  PoolMap(Pool& pool, Range range, Make make, std::size_t at_once)
      : pool_(pool), range_(std::move(range)), make_(std::move(make)), at_once_(at_once) {}

  /// Over the futures, once.
  class Iterator {
   public:
    using iterator_concept = std::input_iterator_tag;  ///< one pass
    using value_type = Future;                         ///< of a task that has ended
    using difference_type = std::ptrdiff_t;            ///< as iterators have it
    /// Waits for the first one.
    explicit Iterator(PoolMap& all) : all_(&all) { ++*this; }
    /// The future. Valid until the iterator is advanced.
    const Future& operator*() const { return *current_; }
    /// Waits for the next one.
    Iterator& operator++() { return current_ = all_->next(), *this; }
    /// The same.
    void operator++(int) { ++*this; }
    /// Whether there is none any more.
    bool operator==(std::default_sentinel_t) const { return !current_; }

   private:
    PoolMap* all_;
    std::optional<Future> current_;
  };
  /// Waits for the first one. Call it once.
  Iterator begin() { return Iterator(*this); }
  /// Behind the last one.
  std::default_sentinel_t end() const { return {}; }

 private:
  /// The oldest one, when it is done, after its place was taken by the next element.
  std::optional<Future> next() {
    if (!at_) at_.emplace(std::ranges::begin(range_));
    for (; waiting_.size() < at_once_ && *at_ != std::ranges::end(range_); ++*at_) submit(make_(**at_));
    if (waiting_.empty()) return std::nullopt;
    Future first = std::move(waiting_.front());
    waiting_.pop_front();
    first.wait();
    return first;
  }
  template <class Arguments>
  void submit(const Arguments& arguments) {
    if constexpr (std::is_convertible_v<const Arguments&, const Map&>)
      waiting_.push_back(pool_.submit(static_cast<const Map&>(arguments)));
    else
      waiting_.push_back(pool_.submit(std::span<const Argument>(arguments)));
  }

  Pool& pool_;
  Range range_;
  Make make_;
  const std::size_t at_once_;
  std::optional<std::ranges::iterator_t<Range>> at_;
  std::deque<Future> waiting_;
};

template <std::ranges::input_range Range, class Make>
PoolMap<std::views::all_t<Range>, Make> Pool::map(Range&& range, Make make, std::size_t at_once) {
  if (at_once == 0) at_once = std::size_t{4} * workers();
  return PoolMap<std::views::all_t<Range>, Make>(*this, std::views::all(std::forward<Range>(range)), std::move(make),
                                                 at_once);
}

}  // namespace ropewalk
