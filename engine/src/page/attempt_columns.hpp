#pragma once
// Attempts as columns of numbers, each a text: LEB128 in base64. A million attempts need about 10 MB so, and a browser
// reads them in a fraction of a second. assets/data.js reads them. Pure; any thread.

#include "page/page_run.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace ropewalk::page {

/// What many attempts share.
struct AttemptKind {
  std::uint32_t stage = 0, session = 0, attempt = 0;
  Outcome outcome = Outcome::succeeded;
  bool last = false;
  auto operator<=>(const AttemptKind&) const = default;
};

struct AttemptColumns {
  std::vector<AttemptKind> kinds;  ///< in the order in which they are first met
  /// start: the difference to the attempt before, ns. run, cpu: ns. lane. kind: the place in `kinds`. index: the
  /// difference to the attempt of the same stage before, as zigzag.
  std::string start, run, cpu, lane, kind, index;
};

AttemptColumns columns_of(const std::vector<Attempt>& attempts);

/// Appends seven bits a byte, the lowest first; the top bit says that more follow.
void append_number(std::string& bytes, std::uint64_t number);
/// 0, -1, 1, -2 as 0, 1, 2, 3.
constexpr std::uint64_t zigzag(std::int64_t number) {
  return static_cast<std::uint64_t>(number) << 1 ^ static_cast<std::uint64_t>(number >> 63);
}

}  // namespace ropewalk::page
