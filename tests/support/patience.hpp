#pragma once
// How long a test waits for something that must happen. The bounds only end a hang; the awaited events usually take
// less than a twentieth of them.

#include <chrono>
#include <thread>

namespace ropewalk::test {

inline constexpr std::chrono::seconds kPatience{300};
/// For a complete program or a complete test.
inline constexpr std::chrono::seconds kLongPatience{900};

/// Checks every two milliseconds; returns false after kPatience.
template <class Condition>
bool eventually(Condition holds) {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (!holds()) {
    if (std::chrono::steady_clock::now() >= until) return holds();
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

}  // namespace ropewalk::test
