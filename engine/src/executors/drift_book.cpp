#include "executors/drift_book.hpp"

#include "protocol/board_layout.hpp"

#include <algorithm>

namespace ropewalk {
namespace {

using board::bit;
using board::DriftKind;

constexpr std::uint8_t kRepeated = 3;  // hosts
// A host that has done more before it changed is worth replacing: that is seldom, and what it does matters to many.
constexpr std::uint64_t kFewTasks = 64;
constexpr std::int64_t kShortLifeNs = 1'000'000'000;
/// Without its own descriptors a host cannot go on.
constexpr std::uint32_t kNeverKept = bit(DriftKind::hosts_own);
/// Threads that are left behind add up.
constexpr std::uint32_t kNeverLearned = bit(DriftKind::threads);

}  // namespace

DriftBook::Verdict DriftBook::changed(std::uint32_t kinds, std::uint64_t tasks, std::int64_t age_ns) {
  if (rule_ == OnDrift::replace || (kinds & kNeverKept) != 0) return Verdict::replace;
  if (rule_ == OnDrift::keep) return Verdict::keep;
  if ((kinds & kNeverLearned) != 0) return Verdict::replace;
  bool learned = true;
  for (std::size_t kind = 0; kind < kKinds; ++kind) {
    if ((kinds >> kind & 1) == 0) continue;
    if (tasks <= kFewTasks || age_ns < kShortLifeNs)
      repeated_[kind] = std::min<std::uint8_t>(repeated_[kind] + 1, kRepeated);
    learned = learned && repeated_[kind] == kRepeated;
  }
  if (!learned) return Verdict::replace;
  if (reported_) return Verdict::keep;
  reported_ = true;
  return Verdict::keep_from_now;
}

}  // namespace ropewalk
