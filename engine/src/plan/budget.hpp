#pragma once
// What one evaluation of an expression may do: a few characters can ask for more time and memory than there is. Counts
// work and bytes, never time, so that the same expression ends the same way on every machine. One thread.

#include <ropewalk/value.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

namespace ropewalk {

class Budget {
 public:
  /// An element that is made, compared, added or copied is a step, and so are a few bytes of text: about 10 ns each.
  static constexpr std::uint64_t kMaxSteps = 10'000'000;
  /// Bytes of the texts and lists that functions make.
  static constexpr std::uint64_t kMaxBytes = 64u << 20;

  explicit Budget(std::uint64_t max_steps = kMaxSteps, std::uint64_t max_bytes = kMaxBytes) : max_steps_(max_steps), max_bytes_(max_bytes) {}

  /// False: that was too much, and `problem` says so.
  bool spend(std::uint64_t steps, std::string& problem);
  /// For text that is looked at byte by byte, and for text that is searched for another.
  bool scan(std::uint64_t bytes, std::string& problem) { return spend(bytes / kBytesScanned + 1, problem); }
  bool search(std::uint64_t bytes, std::string& problem) { return spend(bytes / kBytesSearched + 1, problem); }
  /// For what has been made.
  bool make(std::uint64_t bytes, std::string& problem);
  /// Whether so many bytes more can be made: to be asked while they grow.
  bool has_room(std::uint64_t bytes, std::string& problem) const;
  /// For what was read from outside: work on it may be in proportion to it.
  void grant(std::uint64_t bytes) { granted_ += bytes; }

  std::uint64_t steps() const { return steps_; }
  std::uint64_t bytes() const { return bytes_; }

 private:
  static constexpr std::uint64_t kBytesSearched = 2, kBytesMade = 8, kBytesScanned = 8;  // to a step

  std::uint64_t max_steps_, max_bytes_;
  std::uint64_t steps_ = 0, bytes_ = 0, granted_ = 0;
};

/// The bytes of a value in memory, roughly. What processes share is not copied, so it counts as nothing.
std::size_t footprint(const Value& value);

}  // namespace ropewalk
