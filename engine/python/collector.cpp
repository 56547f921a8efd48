#include "collector.hpp"

#include <ropewalk/codes.hpp>

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <system_error>

namespace ropewalk::python {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kBatchTime(1);
constexpr std::size_t kBusy = 8;  // tasks for each worker

Errors none_is_taken() { return Error{codes::kPoolTakesNone, "the pool was stopped before the task began", {}, {}}; }

}  // namespace

/// What the pool tells beside the ends of tasks.
class Collector::Events final : public Observer {
 public:
  explicit Events(Collector& collector) : collector_(collector) {}

  void task_output(std::int64_t, std::uint32_t, const TaskOutput& output) override {
    const auto found = collector_.ids_.find(output.index);
    add(found == collector_.ids_.end() ? std::nullopt : std::optional(found->second), output.text);
  }
  void host_output(std::int64_t, const HostOutput& output) override { add(std::nullopt, output.text); }
  void warning(std::int64_t, const Warning& warning) override {
    collector_.collected_.warnings.emplace_back(warning.text);
  }

 private:
  void add(std::optional<std::uint64_t> id, std::string_view text) {
    collector_.collected_.outputs.push_back({id, std::string(text)});
  }

  Collector& collector_;
};

Collector::Collector(EngineOptions engine, std::string task, PoolOptions pool)
    : engine_options_(std::move(engine)),
      task_(std::move(task)),
      pool_options_(std::move(pool)),
      bell_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (bell_ < 0) throw std::system_error(errno, std::generic_category(), "cannot make an eventfd");
  pool_options_.at_end = AtEnd::cancel;
}

Collector::~Collector() {
  end();
  ::close(bell_);
}

void Collector::end() {
  pool_.reset();
  engine_.reset();
  for (auto& [id, future] : living_) {  // not called back
    if (future.done())
      collected_.tasks.push_back({id, std::move(future), {}});
    else
      collected_.tasks.push_back({id, std::nullopt, none_is_taken()});
  }
  living_.clear();
}

// --- the mailbox ---

void Collector::ring() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t rung = ::write(bell_, &one, sizeof one);
}

void Collector::post(PostedTask task) {
  bool waits;
  {
    const std::lock_guard lock(mutex_);
    mail_.tasks.push_back(std::move(task));
    waits = std::exchange(owner_waits_, false);
  }
  if (waits) ring();
}

void Collector::cancel(std::uint64_t id) {
  {
    const std::lock_guard lock(mutex_);
    mail_.cancels.push_back(id);
  }
  ring();
}

void Collector::cancel_all() {
  {
    const std::lock_guard lock(mutex_);
    mail_.cancel_all = true;
  }
  ring();
}

void Collector::kill() {
  {
    const std::lock_guard lock(mutex_);
    mail_.kill = true;
  }
  ring();
}

void Collector::close() {
  {
    const std::lock_guard lock(mutex_);
    mail_.close = true;
  }
  ring();
}

// --- the owner ---

void Collector::submit(PostedTask task) {
  if (killed_) {
    collected_.tasks.push_back({task.id, std::nullopt, none_is_taken()});
    return;
  }
  std::vector<Argument> arguments;
  arguments.reserve(task.arguments.size());
  for (auto& [name, value] : task.arguments) arguments.push_back({name, std::move(value)});
  const std::uint64_t id = task.id;
  Result<Future> future = pool_->try_submit(arguments, task.options);
  if (!future) {
    collected_.tasks.push_back({id, std::nullopt, future.error()});
    return;
  }
  ids_.emplace(future->task(), id);
  living_.emplace(id, *future);
  future->then([this, id](Future ended) {
    ids_.erase(ended.task());
    living_.erase(id);
    collected_.tasks.push_back({id, std::move(ended), {}});
  });
}

void Collector::take_mail() {
  Mail mail;
  {
    const std::lock_guard lock(mutex_);
    mail = std::exchange(mail_, {});
    owner_waits_ = false;
  }
  if (!pool_ && !killed_ && !mail.tasks.empty()) {
    engine_.emplace(engine_options_);
    events_ = std::make_unique<Events>(*this);
    pool_options_.observer = events_.get();
    pool_.emplace(engine_->pool(task_, pool_options_));
  }
  for (PostedTask& task : mail.tasks) submit(std::move(task));
  for (const std::uint64_t id : mail.cancels)
    if (const auto found = living_.find(id); found != living_.end()) Future(found->second).cancel();
  if (mail.cancel_all && pool_) pool_->cancel_all();
  if (mail.kill && !killed_) {
    killed_ = true;
    if (engine_) engine_->stop(StopLevel::kill_all);
    end();  // with tasks that the stopped pool has not looked at
  }
  closing_ = closing_ || mail.close;
}

void Collector::wait_for_something(std::int64_t most_ns) {
  {
    const std::lock_guard lock(mutex_);
    if (!mail_.tasks.empty() || !mail_.cancels.empty() || mail_.cancel_all || mail_.kill || mail_.close) return;
    owner_waits_ = true;
  }
  pollfd waited[] = {{.fd = bell_, .events = POLLIN, .revents = 0},
                     {.fd = pool_ ? pool_->fd() : -1, .events = POLLIN, .revents = 0}};
  const timespec most{.tv_sec = 0, .tv_nsec = most_ns};
  ::ppoll(waited, 2, most_ns < 0 ? nullptr : &most, nullptr);
  if ((waited[0].revents & POLLIN) == 0) return;
  std::uint64_t rung;
  [[maybe_unused]] const ssize_t read = ::read(bell_, &rung, sizeof rung);
}

Collected Collector::collect() {
  try {
    return collect_next();
  } catch (...) {  // here, because a pool must be destroyed by its owner
    end();
    throw;
  }
}

Collected Collector::collect_next() {
  while (true) {
    const bool had = has_collected();
    take_mail();
    if (pool_) pool_->step();
    if (!had) first_at_ = Clock::now();
    std::int64_t most_ns = -1;
    if (has_collected()) {
      // While the workers have much more to do, a batch is collected: the caller pays for each with a turn of the GIL.
      const bool busy = pool_ && living_.size() > kBusy * pool_->workers() + collected_.tasks.size();
      most_ns = std::chrono::nanoseconds(first_at_ + kBatchTime - Clock::now()).count();
      if (!busy || most_ns <= 0) return std::exchange(collected_, {});
    }
    if (closing_ && living_.empty()) break;
    wait_for_something(most_ns);
  }
  end();  // prints of hosts at their end are still observed
  Collected last = std::exchange(collected_, {});
  last.closed = true;
  return last;
}

}  // namespace ropewalk::python
