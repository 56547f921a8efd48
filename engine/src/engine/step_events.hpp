#pragma once
// The descriptor that a program polls to step a run or a pool: readable when something happens at the hosts, or at a
// time that is set. One thread.

#include "base/fd.hpp"

#include <ropewalk/error.hpp>

#include <cstdint>

namespace ropewalk {

class StepEvents {
 public:
  /// `hosts`: the descriptor of the pool of hosts, which outlives this. Makes the descriptor on the first call. R403.
  Result<int> open(int hosts);
  bool is_open() const { return static_cast<bool>(timer_); }
  /// Readable from then on, CLOCK_MONOTONIC, until it is armed again. Only if it is open.
  void arm(std::int64_t at_ns);

 private:
  Fd events_, timer_;
};

}  // namespace ropewalk
