#pragma once
// The real clocks, and the pool of hosts where the engine's thread waits.

#include "base/cycles.hpp"
#include "hosts/pool.hpp"
#include "hosts/process_use.hpp"
#include "record/record_writer.hpp"
#include "run/machine.hpp"

#include <sys/random.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <optional>
#include <random>
#include <string>

namespace ropewalk {

/// The real clocks and the pool's waiting.
class RealMachine final : public Machine {
 public:
  /// `cores`: that the run may use. `has_all_cores`: these are all of the machine.
  RealMachine(HostPool& pool, const std::atomic<int>& stop, const record::RecordWriter* record, unsigned cores,
              bool has_all_cores)
      : pool_(pool), stop_(stop), record_(record), cores_(cores), has_all_cores_(has_all_cores) {}
  std::int64_t now_ns() override { return monotonic_ns(); }
  std::int64_t timer_ns() override { return pool_.now_ns(); }
  std::int64_t suspended_ns() override { return machine_suspended_ns(); }
  bool wait(std::int64_t until_ns) override { return pool_.wait(until_ns); }
  int stop_asked() override { return stop_.load(std::memory_order_acquire); }
  std::string problem() override { return record_ != nullptr ? record_->problem() : std::string(); }
  double random() override {
    if (!chance_) chance_.emplace(seed());
    return std::uniform_real_distribution<double>()(*chance_);
  }
  void share_cores(std::uint64_t tasks) override {
    pool_.job_tokens().offer(static_cast<unsigned>(cores_ - std::min<std::uint64_t>(tasks, cores_)));
  }
  std::optional<std::int64_t> engine_cpu_ns() override {
    if (shares_thread_) return std::nullopt;
    return clock_ns(CLOCK_THREAD_CPUTIME_ID);
  }
  std::optional<std::int64_t> idle_cores_ns() override {
    const std::int64_t idle_ns = has_all_cores_ ? machine_idle_ns() : -1;
    return idle_ns < 0 ? std::nullopt : std::optional(idle_ns);
  }
  /// The thread does something else between turns.
  void share_thread() { shares_thread_ = true; }

 private:
  /// Not std::random_device, which asks CPUID, which a virtual machine answers in 40 us.
  static std::minstd_rand::result_type seed() {
    std::minstd_rand::result_type seed = 0;
    (void)!::getrandom(&seed, sizeof seed, GRND_NONBLOCK);
    return seed;
  }

  HostPool& pool_;
  const std::atomic<int>& stop_;
  const record::RecordWriter* const record_;  // null: the run is not recorded
  const unsigned cores_;
  const bool has_all_cores_;
  bool shares_thread_ = false;
  std::optional<std::minstd_rand> chance_;  // most runs need none
};

}  // namespace ropewalk
