// The allocations and the retained memory that a task may cost the engine's process: counted, not timed.

#include <ropewalk/engine.hpp>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <new>

namespace {
std::atomic<std::uint64_t> allocations = 0;

void* allocate(std::size_t size, std::size_t alignment) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  void* memory = alignment <= alignof(std::max_align_t)
                     ? std::malloc(size)
                     : std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
}  // namespace

// All C++ allocations of this process, including those of the standard library.
void* operator new(std::size_t size) { return allocate(size, 1); }
void* operator new[](std::size_t size) { return allocate(size, 1); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return allocate(size, static_cast<std::size_t>(alignment));
}
void* operator new[](std::size_t size, std::align_val_t alignment) {
  return allocate(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

namespace ropewalk {
namespace {

constexpr std::uint64_t kFew = 10'000, kMany = 1'000'000;

struct Counter final : Observer {
  void tasks_finished(std::int64_t, std::uint32_t, std::span<const TaskFinished> tasks) override {
    count += tasks.size();
  }
  std::uint64_t count = 0;
};

struct Cost {
  std::uint64_t allocations = 0;
  std::uint64_t kept_bytes = 0;  ///< of the heap, mapped blocks included, while the RunResult exists
};

class CostOfATask : public testing::TestWithParam<const char*> {
 protected:
  Cost run(std::uint64_t tasks) {
    const Result<Workflow> workflow =
        parse_workflow(fmt::format("{{ropewalk: 1, name: cost, stages: [{{name: all, task: load.chain, executor: {}, "
                                   "workers: 2, foreach: {{range: {}}}, "
                                   "with: {{seed: '${{{{ index }}}}'}}}}]}}",
                                   GetParam(), tasks),
                       "cost");
    if (!workflow) return ADD_FAILURE() << workflow.error().list.front().message, Cost();
    const Result<Plan> plan = engine.plan(*workflow);
    if (!plan) return ADD_FAILURE() << plan.error().list.front().message, Cost();
    Counter counter;
    const std::uint64_t allocated_before = allocations.load();
    const std::uint64_t bytes_before = heap_bytes();
    const RunResult result = engine.run(*plan, counter, {.keep_results = true});
    EXPECT_EQ(result.outcome, Outcome::succeeded) << result.why;
    EXPECT_EQ(counter.count, tasks);
    const std::uint64_t bytes_after = heap_bytes();
    return {.allocations = allocations.load() - allocated_before,
            .kept_bytes = bytes_after > bytes_before ? bytes_after - bytes_before : 0};
  }
  static std::uint64_t heap_bytes() {
    const struct mallinfo2 info = ::mallinfo2();
    return info.uordblks + info.hblkhd;
  }

  Engine engine{{.programs = ROPEWALK_BUILD "/bin", .plugin_folders = {ROPEWALK_BENCH_PLUGINS}, .log = {}}};
};

// A span of tasks may allocate, a task may not. The difference of two runs excludes the fixed cost of a run.
TEST_P(CostOfATask, IsNoAllocationInTheEngine) {
  run(kFew);
  const Cost few = run(kFew), many = run(kMany);
  EXPECT_LT(many.allocations, few.allocations + kMany / 20)
      << "allocations of " << kFew << " tasks: " << few.allocations;
}

// Results are in a file once they exceed a megabyte. Only the index into it stays in memory.
TEST_P(CostOfATask, IsAtMost64BytesKept) {
  run(kFew);
  const Cost few = run(kFew), many = run(kMany);
  EXPECT_LE(many.kept_bytes, few.kept_bytes + 64 * (kMany - kFew));
}

class LargeResult : public CostOfATask {
 protected:
  /// Resident memory of this process, including shared memory.
  static std::uint64_t resident_bytes() {
    std::uint64_t pages = 0, resident = 0;
    std::ifstream("/proc/self/statm") >> pages >> resident;
    return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  }
};

/// Samples while the second task has the result of the first one.
struct PeakSampler final : Observer {
  explicit PeakSampler(std::function<std::uint64_t()> sample) : sample(std::move(sample)) {}
  void tasks_finished(std::int64_t, std::uint32_t, std::span<const TaskFinished>) override {
    most = std::max(most, sample());
  }
  std::function<std::uint64_t()> sample;
  std::uint64_t most = 0;
};

TEST_P(LargeResult, IsReadInAnotherProcessAndNeverCopiedByTheEngine) {
  constexpr std::uint64_t kSize = 256 << 20;
  const Result<Workflow> workflow =
      parse_workflow(fmt::format("ropewalk: 1\nname: large\nstages:\n"
                                 "  - {{name: fill, task: load.fill, executor: {}, foreach: {{range: 1}}, with: "
                                 "{{size: {}}}, outputs: {{name: some}}}}\n"
                                 "  - {{name: read, task: load.read, executor: process, foreach: {{results: fill}}, "
                                 "with: {{data: '${{{{ item.data }}}}', since: 0}}}}\n"
                                 "  - {{name: whole, task: load.read, executor: {}, with: {{data: '${{{{ "
                                 "stages.fill.results[0].data }}}}', since: 0}}}}\n",
                                 GetParam(), kSize, GetParam()),
                     "large");
  ASSERT_TRUE(workflow) << workflow.error().list.front().message;
  const Result<Plan> plan = engine.plan(*workflow);
  ASSERT_TRUE(plan) << plan.error().list.front().message;
  PeakSampler looks(resident_bytes);
  const std::uint64_t before = resident_bytes(), allocated_before = heap_bytes();
  const RunResult result = engine.run(*plan, looks, {.keep_results = true});
  ASSERT_EQ(result.outcome, Outcome::succeeded) << (result.failures.empty() ? result.why : result.failures[0].message);
  EXPECT_LT(looks.most, before + (32 << 20));
  EXPECT_LT(heap_bytes(), allocated_before + (8 << 20));
  for (const std::uint32_t stage : {1u, 2u})
    result.results->visit(stage, [&](const KeptResults::Row& row) {
      EXPECT_EQ(*row.value->as_map()->at("sum").as_int(),
                static_cast<std::int64_t>(std::uint64_t{0x0707070707070707} * (kSize / 8)));
    });
  result.results->visit(0, [&](const KeptResults::Row& row) {
    EXPECT_EQ(row.value->as_map()->at("data").kind(), Value::Kind::bytes);
    EXPECT_EQ(*row.value->as_map()->at("name").as_text(), "some");
  });
}

INSTANTIATE_TEST_SUITE_P(Executors, LargeResult,
                         testing::Values("serial", "thread", "thread-per-task", "process", "process-per-task"));
INSTANTIATE_TEST_SUITE_P(Executors, CostOfATask, testing::Values("thread", "process"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace ropewalk
