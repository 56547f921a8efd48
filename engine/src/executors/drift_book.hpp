#pragma once
// Whether a host is replaced whose tasks have changed its process: `drift` applied. Pure; of one stage. Without a rule
// it learns: where one host after the other changes in the same way, replacing them only costs time.

#include <ropewalk/plan.hpp>

#include <array>
#include <cstdint>

namespace ropewalk {

class DriftBook {
 public:
  explicit DriftBook(OnDrift rule) : rule_(rule) {}

  enum class Verdict {
    keep,
    replace,
    keep_from_now,  ///< the first time that it is kept because others changed in the same way
  };
  /// A host has changed in these ways (bits of board::DriftKind), which it has not said before. `tasks`: that it has
  /// run; `age_ns`: since it was lent.
  Verdict changed(std::uint32_t kinds, std::uint64_t tasks, std::int64_t age_ns);

 private:
  static constexpr std::size_t kKinds = 32;

  const OnDrift rule_;
  std::array<std::uint8_t, kKinds> repeated_{};  // hosts that changed so soon after their start
  bool reported_ = false;
};

}  // namespace ropewalk
