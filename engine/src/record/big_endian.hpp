#pragma once
// Words in the files of SQLite, which have the most significant byte first.

#include <cstdint>

namespace ropewalk::record {

/// Reads four bytes.
inline std::uint32_t big_endian(const char* at) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(at);
  return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 | std::uint32_t{bytes[2]} << 8 | bytes[3];
}

}  // namespace ropewalk::record
