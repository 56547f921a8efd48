#pragma once
// A hash of bytes that is the same on every machine and in every version, for what is compared over time. Eight bytes a
// multiplication; 64 bits distinguish what differs by accident, not what an attacker makes alike.

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace ropewalk {

inline std::uint64_t content_hash(std::string_view bytes, std::uint64_t seed = 0) {
  static_assert(std::endian::native == std::endian::little);
  // The 128-bit product of two words, folded, as in wyhash (Wang Yi, 2019).
  const auto mix = [](std::uint64_t a, std::uint64_t b) {
    const unsigned __int128 product = static_cast<unsigned __int128>(a) * b;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
  };
  constexpr std::uint64_t kFirst = 0xa0761d6478bd642f, kSecond = 0xe7037ed1a0b428db;
  std::uint64_t hash = mix(seed ^ kFirst, bytes.size() ^ kSecond);
  while (!bytes.empty()) {
    std::uint64_t word = 0;
    const std::size_t size = bytes.size() < sizeof word ? bytes.size() : sizeof word;
    std::memcpy(&word, bytes.data(), size);
    bytes.remove_prefix(size);
    hash = mix(hash ^ word ^ kFirst, kSecond) + word;
  }
  return mix(hash ^ kSecond, kFirst);
}

}  // namespace ropewalk
