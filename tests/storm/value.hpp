#pragma once
// The result of storm.step by index, and which attempts are fatal. Used by the plugin, which does it, and by the oracle
// and the driver, which expect it.

#include <cstdint>
#include <string>

namespace storm {

/// splitmix64 (Steele, Lea, Flood 2014).
inline std::uint64_t mixed(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

inline std::int64_t number_of(std::uint64_t index) { return static_cast<std::int64_t>(mixed(index) >> 11); }

/// Usually a few letters. One in 64 is longer than the inline limit of an outbox, up to 80 KB.
inline std::string text_of(std::uint64_t index) {
  const std::uint64_t bits = mixed(~index);
  std::string text(bits % 64 == 0 ? 10'000 + bits / 64 % 70'000 : bits / 64 % 40, ' ');
  for (std::size_t at = 0; at < text.size(); ++at) text[at] = static_cast<char>('a' + (bits + at * at) % 26);
  return text;
}

enum class Fate { lives, stops, faults, aborts, exits };

/// `rate` is the share of attempts that end their host. Stopping the host is rare, because each stop costs a whole
/// timeout.
inline Fate fate_of(std::uint64_t seed, std::uint64_t index, std::uint32_t attempt, double rate) {
  const std::uint64_t bits = mixed(mixed(mixed(seed) ^ index) ^ attempt);
  if (static_cast<double>(bits >> 11) * 0x1p-53 >= rate) return Fate::lives;
  const std::uint64_t way = mixed(bits) % 32;
  return way == 0 ? Fate::stops : way < 10 ? Fate::faults : way < 18 ? Fate::aborts : Fate::exits;
}

}  // namespace storm
