#include "report/time_text.hpp"

#include <ctime>

namespace ropewalk {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

std::string text_of(const std::tm& parts, const char* form) {
  char text[64];
  return {text, std::strftime(text, sizeof text, form, &parts)};
}

}  // namespace

std::string local_time_text(std::int64_t unix_ns) {
  const std::time_t seconds = static_cast<std::time_t>(unix_ns / kSecond);
  std::tm parts{};
  ::localtime_r(&seconds, &parts);
  return text_of(parts, "%Y-%m-%d %H:%M:%S");
}

std::string utc_time_text(std::int64_t unix_ns) {
  const std::time_t seconds = static_cast<std::time_t>(unix_ns / kSecond);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  return text_of(parts, "%Y-%m-%dT%H:%M:%SZ");
}

}  // namespace ropewalk
