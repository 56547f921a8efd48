// The thread pools that C++ programs use today, each used as its documentation shows, with two workers.

#include "system.hpp"
#include "work.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#ifdef ROPEWALK_BENCH_TBB
#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/task_group.h>
#endif

#include <array>
#include <atomic>
#include <deque>
#include <future>
#include <memory>
#include <thread>

namespace ropewalk::bench {
namespace {

/// Memory for the results, touched beforehand so that page faults are not charged to a task.
std::vector<std::int64_t>& results(std::uint64_t tasks) {
  static std::vector<std::int64_t> kept;
  kept.assign(tasks, -1);
  return kept;
}

template <class Body>
double timed(std::uint64_t tasks, std::int64_t turns, Body&& body) {
  std::vector<std::int64_t>& out = results(tasks);
  const auto start = Clock::now();
  body(out);
  const double seconds = seconds_since(start);
  check(out, turns);
  return seconds;
}

double serial_loop(std::uint64_t tasks, std::int64_t turns) {
  return timed(tasks, turns, [&](auto& out) {
    for (std::uint64_t i = 0; i < tasks; ++i) out[i] = chain(static_cast<std::int64_t>(i), turns);
  });
}

#ifdef ROPEWALK_BENCH_TBB
double tbb_for(std::uint64_t tasks, std::int64_t turns) {
  return timed(tasks, turns, [&](auto& out) {
    tbb::parallel_for(
        tbb::blocked_range<std::uint64_t>(0, tasks, 1),
        [&](const tbb::blocked_range<std::uint64_t>& range) {
          for (std::uint64_t i = range.begin(); i != range.end(); ++i)
            out[i] = chain(static_cast<std::int64_t>(i), turns);
        },
        tbb::simple_partitioner());
  });
}

double tbb_group(std::uint64_t tasks, std::int64_t turns) {
  return timed(tasks, turns, [&](auto& out) {
    tbb::task_group group;
    for (std::uint64_t i = 0; i < tasks; ++i)
      group.run([&out, i, turns] { out[i] = chain(static_cast<std::int64_t>(i), turns); });
    group.wait();
  });
}
#endif

#ifdef _OPENMP
double openmp_dynamic(std::uint64_t tasks, std::int64_t turns) {
  return timed(tasks, turns, [&](auto& out) {
#pragma omp parallel for schedule(dynamic, 1) num_threads(kWorkers)
    for (std::uint64_t i = 0; i < tasks; ++i) out[i] = chain(static_cast<std::int64_t>(i), turns);
  });
}

double openmp_tasks(std::uint64_t tasks, std::int64_t turns) {
  return timed(tasks, turns, [&](auto& out) {
#pragma omp parallel num_threads(kWorkers)
#pragma omp single
    for (std::uint64_t i = 0; i < tasks; ++i) {
#pragma omp task firstprivate(i) shared(out)
      out[i] = chain(static_cast<std::int64_t>(i), turns);
    }
  });
}
#endif

boost::asio::thread_pool& asio_pool() {
  static boost::asio::thread_pool pool(kWorkers);
  return pool;
}

double asio_post(std::uint64_t tasks, std::int64_t turns) {
  return timed(tasks, turns, [&](auto& out) {
    alignas(64) std::atomic<std::uint64_t> left = tasks;
    for (std::uint64_t i = 0; i < tasks; ++i) {
      boost::asio::post(asio_pool(), [&out, &left, i, turns] {
        out[i] = chain(static_cast<std::int64_t>(i), turns);
        if (left.fetch_sub(1, std::memory_order_acq_rel) == 1) left.notify_one();
      });
    }
    for (std::uint64_t now = left; now != 0; now = left) left.wait(now);
  });
}

double asio_future(std::uint64_t tasks, std::int64_t turns) {
  return timed(tasks, turns, [&](auto& out) {
    std::vector<std::future<std::int64_t>> futures;
    futures.reserve(tasks);
    for (std::uint64_t i = 0; i < tasks; ++i) {
      std::packaged_task<std::int64_t()> task([i, turns] { return chain(static_cast<std::int64_t>(i), turns); });
      futures.push_back(task.get_future());
      boost::asio::post(asio_pool(), std::move(task));
    }
    for (std::uint64_t i = 0; i < tasks; ++i) out[i] = futures[i].get();
  });
}

double std_async(std::uint64_t tasks, std::int64_t turns) {
  constexpr std::size_t kOutstanding = 64;  // each is a thread, and a realistic program would not start a million
  return timed(tasks, turns, [&](auto& out) {
    std::deque<std::future<std::int64_t>> futures;
    std::uint64_t read = 0;
    for (std::uint64_t i = 0; i < tasks; ++i) {
      if (futures.size() == kOutstanding) out[read++] = futures.front().get(), futures.pop_front();
      futures.push_back(std::async(std::launch::async, chain, static_cast<std::int64_t>(i), turns));
    }
    for (; !futures.empty(); futures.pop_front()) out[read++] = futures.front().get();
  });
}

double std_thread(std::uint64_t tasks, std::int64_t turns) {
  return timed(tasks, turns, [&](auto& out) {
    std::array<std::thread, kWorkers> threads;
    for (std::uint64_t i = 0; i < tasks; ++i) {
      std::thread& thread = threads[i % kWorkers];
      if (thread.joinable()) thread.join();
      thread = std::thread([&out, i, turns] { out[i] = chain(static_cast<std::int64_t>(i), turns); });
    }
    for (std::thread& thread : threads)
      if (thread.joinable()) thread.join();
  });
}

}  // namespace

void add_peers(std::vector<System>& systems) {
  systems.push_back({"serial loop", serial_loop, 1'000'000, 1});
#ifdef ROPEWALK_BENCH_TBB
  static const tbb::global_control two(tbb::global_control::max_allowed_parallelism, kWorkers);
  systems.push_back({"oneTBB parallel_for", tbb_for});
  systems.push_back({"oneTBB task_group", tbb_group});
#endif
#ifdef _OPENMP
  systems.push_back({"OpenMP dynamic,1", openmp_dynamic});
  systems.push_back({"OpenMP tasks", openmp_tasks});
#endif
  systems.push_back({"Asio post", asio_post});
  systems.push_back({"Asio post + future", asio_future, 400'000});
  systems.push_back({"std::async", std_async, 4'000});
  systems.push_back({"std::thread", std_thread, 3'000});
}

}  // namespace ropewalk::bench
