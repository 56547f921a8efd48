// Ropewalk's pool as an embedder uses it, with a future for each task and with spans; and the pool that a C++ program
// writes for itself: threads, a queue, a condition variable and std::future.

#include "system.hpp"
#include "work.hpp"

#include <ropewalk/engine.hpp>

#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <numeric>
#include <thread>
#include <vector>

namespace ropewalk::bench {
namespace {

struct Pooled {
  explicit Pooled(const char* executor)
      : engine(
            EngineOptions{.programs = ROPEWALK_BENCH_PROGRAMS, .plugin_folders = {ROPEWALK_BENCH_PLUGINS}, .log = {}}),
        pool(engine.pool("load.chain", {.executor = executor, .workers = kWorkers})) {}
  Engine engine;
  Pool pool;
};

/// Each with its own parameters; all results are read.
double future_each(Pool& pool, std::uint64_t tasks, std::int64_t turns) {
  std::vector<Future> futures(tasks);
  std::vector<std::int64_t> results(tasks);
  const auto start = Clock::now();
  for (std::uint64_t i = 0; i < tasks; ++i)
    futures[i] = pool.submit({{"seed", static_cast<std::int64_t>(i)}, {"turns", turns}});
  for (std::uint64_t i = 0; i < tasks; ++i) {
    results[i] = *futures[i].get().as_map()->begin()->second.as_int();
    futures[i] = Future();
  }
  const double seconds = seconds_since(start);
  check(results, turns);
  return seconds;
}

double span(Pool& pool, std::uint64_t tasks, std::int64_t turns) {
  std::vector<std::int64_t> seeds(tasks);
  std::iota(seeds.begin(), seeds.end(), 0);
  const auto start = Clock::now();
  const Batch batch = pool.submit_all({{"seed", std::span<const std::int64_t>(seeds)}}, {{"turns", turns}});
  const std::vector<std::int64_t> results = batch.ints("value");
  const double seconds = seconds_since(start);
  check(results, turns);
  return seconds;
}

class ThreadPool {
 public:
  explicit ThreadPool(int workers) {
    for (int i = 0; i < workers; ++i) threads_.emplace_back([this] { work(); });
  }
  ~ThreadPool() {
    {
      const std::lock_guard lock(mutex_);
      ends_ = true;
    }
    there_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }
  template <class Task>
  auto submit(Task task) {
    auto packaged = std::make_shared<std::packaged_task<std::invoke_result_t<Task>()>>(std::move(task));
    auto future = packaged->get_future();
    {
      const std::lock_guard lock(mutex_);
      tasks_.emplace_back([packaged] { (*packaged)(); });
    }
    there_.notify_one();
    return future;
  }

 private:
  void work() {
    for (;;) {
      std::unique_lock lock(mutex_);
      there_.wait(lock, [&] { return ends_ || !tasks_.empty(); });
      if (tasks_.empty()) return;
      const std::function<void()> task = std::move(tasks_.front());
      tasks_.pop_front();
      lock.unlock();
      task();
    }
  }

  std::mutex mutex_;
  std::condition_variable there_;
  std::deque<std::function<void()>> tasks_;
  bool ends_ = false;
  std::vector<std::thread> threads_;
};

double own_pool(std::uint64_t tasks, std::int64_t turns) {
  static ThreadPool pool(kWorkers);
  std::vector<std::future<std::int64_t>> futures(tasks);
  std::vector<std::int64_t> results(tasks);
  const auto start = Clock::now();
  for (std::uint64_t i = 0; i < tasks; ++i)
    futures[i] = pool.submit([i, turns] { return chain(static_cast<std::int64_t>(i), turns); });
  for (std::uint64_t i = 0; i < tasks; ++i) results[i] = futures[i].get();
  const double seconds = seconds_since(start);
  check(results, turns);
  return seconds;
}

}  // namespace

void add_pools(std::vector<System>& systems) {
  for (const char* executor : {"process", "thread"}) {
    const auto pooled = std::make_shared<std::unique_ptr<Pooled>>();  // made when it is run
    const auto pool = [pooled, executor]() -> Pool& {
      if (!*pooled) *pooled = std::make_unique<Pooled>(executor);
      return (*pooled)->pool;
    };
    const std::string name = std::string("ropewalk ") + executor;
    systems.push_back({name + ", a future each",
                       [pool](std::uint64_t tasks, std::int64_t turns) { return future_each(pool(), tasks, turns); },
                       400'000});
    systems.push_back(
        {name + ", a span", [pool](std::uint64_t tasks, std::int64_t turns) { return span(pool(), tasks, turns); }});
  }
  systems.push_back({"threads + queue + std::future", own_pool, 400'000});
}

}  // namespace ropewalk::bench
