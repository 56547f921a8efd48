#include "report/numbers.hpp"

#include <ropewalk/value.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <iterator>

namespace ropewalk {

std::string duration_text(double seconds) {
  if (!(seconds > 0)) return "0 s";
  const auto in = [](double value, const char* unit) {
    return value < 9.95 ? fmt::format("{:.1f} {}", value, unit) : fmt::format("{:.0f} {}", value, unit);
  };
  if (seconds < 999.5e-9) return fmt::format("{:.0f} ns", seconds * 1e9);
  if (seconds < 999.5e-6) return in(seconds * 1e6, "us");
  if (seconds < 999.5e-3) return in(seconds * 1e3, "ms");
  if (seconds < 99.995) return fmt::format("{:.2f} s", seconds);
  if (seconds < 599.5) return fmt::format("{:.0f} s", seconds);
  const auto whole = static_cast<std::uint64_t>(std::llround(std::min(seconds, 1e15)));
  if (whole < 3600) return fmt::format("{}m{:02}s", whole / 60, whole % 60);
  return fmt::format("{}h{:02}m", whole / 3600, whole / 60 % 60);
}

std::string passing_time_text(double seconds) {
  const auto whole = seconds > 0 ? static_cast<std::uint64_t>(std::min(seconds, 1e15)) : 0;
  if (whole < 100) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{}m{:02}s", whole / 60, whole % 60);
  return fmt::format("{}h{:02}m", whole / 3600, whole / 60 % 60);
}

std::string rate_text(double per_second) {
  const auto in = [](double value, const char* unit) {
    return value < 9.95 ? fmt::format("{:.1f}/{}", value, unit)
                        : fmt::format("{}/{}", grouped(static_cast<std::uint64_t>(value + 0.5)), unit);
  };
  if (!(per_second > 0)) return "0/s";
  if (per_second >= 0.995) return in(std::min(per_second, 1e18), "s");
  if (per_second * 60 >= 0.995) return in(per_second * 60, "min");
  return in(per_second * 3600, "h");
}

std::string grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, 1, ',');
  return digits;
}

std::string counted(std::uint64_t number, std::string_view noun) {
  return fmt::format("{} {}{}", grouped(number), noun, number == 1 ? "" : "s");
}

std::string bytes_text(std::uint64_t bytes) {
  if (bytes < 1000) return counted(bytes, "byte");
  static constexpr const char* kUnits[] = {"kB", "MB", "GB", "TB"};
  double value = static_cast<double>(bytes) / 1000;
  std::size_t unit = 0;
  for (; value >= 999.5 && unit + 1 < std::size(kUnits); ++unit) value /= 1000;
  return value < 9.95 ? fmt::format("{:.1f} {}", value, kUnits[unit]) : fmt::format("{:.0f} {}", value, kUnits[unit]);
}

void append_json_count(std::string& out, std::uint64_t number) {
  char digits[24];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

void append_json_seconds(std::string& out, std::int64_t ns) {
  std::uint64_t magnitude = static_cast<std::uint64_t>(ns);
  if (ns < 0) {
    out += '-';
    magnitude = 0 - magnitude;
  }
  append_json_count(out, magnitude / 1'000'000'000);
  char fraction[10] = {'.'};
  std::uint64_t rest = magnitude % 1'000'000'000;
  int last = 1;
  for (int at = 9; at > 0; --at, rest /= 10) {
    fraction[at] = static_cast<char>('0' + rest % 10);
    if (last == 1 && fraction[at] != '0') last = at;
  }
  out.append(fraction, static_cast<std::size_t>(last) + 1);
}

void append_json_rounded(std::string& out, double value, int digits) {
  if (!std::isfinite(value)) {
    append_json_number(out, value);
    return;
  }
  char text[40];
  const auto end = std::to_chars(text, text + sizeof text, value, std::chars_format::general, digits).ptr;
  double rounded = value;
  std::from_chars(text, end, rounded);
  append_json_number(out, rounded);
}

void append_json_lines(std::string& out, std::string_view lines) {
  out += '[';
  for (bool first = true; !lines.empty(); first = false) {
    const std::size_t size = std::min(lines.find('\n'), lines.size());
    if (!first) out += ", ";
    append_json_string(out, lines.substr(0, size));
    lines.remove_prefix(std::min(size + 1, lines.size()));
  }
  out += ']';
}

std::string signal_name(int signal) {
  const char* name = ::sigabbrev_np(signal);
  return name == nullptr ? fmt::format("signal {}", signal) : fmt::format("SIG{}", name);
}

}  // namespace ropewalk
