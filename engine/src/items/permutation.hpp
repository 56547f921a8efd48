#pragma once
// An order of the numbers below n that is computed number by number, so that it needs no memory: a Feistel network over
// the next power of four, walked until the number lies below n (Black and Rogaway, "Ciphers with Arbitrary Finite
// Domains", 2002). Pure; any thread.

#include <bit>
#include <cstdint>

namespace ropewalk {

class Permutation {
 public:
  Permutation(std::uint64_t size, std::uint64_t seed) : size_(size), seed_(seed) {
    while (size > std::uint64_t{1} << 2 * half_) ++half_;
  }

  /// The number at this position; `position` is below the size.
  std::uint64_t at(std::uint64_t position) const {
    do position = once(position);
    while (position >= size_);
    return position;
  }

 private:
  static constexpr unsigned kRounds = 6;

  std::uint64_t once(std::uint64_t number) const {
    const std::uint64_t mask = (std::uint64_t{1} << half_) - 1;
    std::uint64_t left = number >> half_, right = number & mask;
    for (unsigned round = 0; round < kRounds; ++round) {
      const std::uint64_t next = left ^ (mixed(right + (std::uint64_t{round} << 32)) & mask);
      left = right;
      right = next;
    }
    return left << half_ | right;
  }
  /// The finalizer of SplitMix64.
  std::uint64_t mixed(std::uint64_t value) const {
    value = (value ^ std::rotl(seed_, 17)) + seed_ + 0x9E3779B97F4A7C15u;
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9u;
    value = (value ^ (value >> 27)) * 0x94D049BB133111EBu;
    return value ^ (value >> 31);
  }

  std::uint64_t size_, seed_;
  unsigned half_ = 0;  // bits of a half
};

}  // namespace ropewalk
