// The functions of expressions for dates. Of the machine they read only its time zone, and that only if they are asked
// to.

#include "expressions/function_bodies.hpp"

#include <fmt/format.h>

#include <array>
#include <clocale>
#include <cmath>
#include <ctime>
#include <string_view>

namespace ropewalk::detail {
namespace {

constexpr std::int64_t kLastSecond = 253'402'300'799;  // of the year 9999
constexpr std::size_t kLongestFormat = 256, kLongestDate = 4096;
constexpr std::string_view kConversions = "aAbBCdDeFgGhHIjklmMnpPrRsStTuUVwWyYzZ%";

/// Why a format has no meaning; empty: it has one.
std::string format_problem(std::string_view format) {
  if (format.empty()) return "a format of no characters";
  if (format.size() > kLongestFormat) return fmt::format("a format of more than {} bytes", kLongestFormat);
  if (format.find('\0') != std::string_view::npos) return "a format with a zero byte";
  for (std::size_t at = format.find('%'); at != std::string_view::npos; at = format.find('%', at + 2)) {
    if (at + 1 == format.size()) return "a '%' at the end of the format; '%%' stands for itself";
    if (kConversions.find(format[at + 1]) == std::string_view::npos)
      return fmt::format("the format has '%{}'; it knows such as %Y %m %d %H %M %S %j %a %b %F %T %z and %%",
                         static_cast<unsigned char>(format[at + 1]) < 0x80 ? format.substr(at + 1, 1) : "?");
  }
  return {};
}

/// Names of days and months in English, whatever the locale of the program.
locale_t plain_locale() {
  static const locale_t kPlain = newlocale(LC_ALL_MASK, "C", nullptr);
  return kPlain;
}

}  // namespace

bool date_text(Operands in, Value& out, Budget& budget, std::string& problem) {
  const double exact = std::floor(number(in[0]));
  if (!(exact >= 0 && exact <= static_cast<double>(kLastSecond)))
    return problem = "it takes seconds since 1970, up to the year 9999", false;
  const std::string format = in.size() > 1 ? text(in[1]) : "%Y-%m-%dT%H:%M:%SZ";
  if (!budget.scan(format.size(), problem)) return false;
  if (problem = format_problem(format); !problem.empty()) return false;
  const bool local = in.size() > 2;
  if (local && text(in[2]) != "local") return problem = "after the format stands 'local', or nothing for UTC", false;
  const auto seconds = static_cast<std::time_t>(exact);
  std::tm parts{};
  if ((local ? ::localtime_r(&seconds, &parts) : ::gmtime_r(&seconds, &parts)) == nullptr)
    return problem = "the date cannot be computed", false;
  std::array<char, kLongestDate> made;
  const std::size_t size = ::strftime_l(made.data(), made.size(), format.c_str(), &parts, plain_locale());
  return out = Value(std::string(made.data(), size)), true;
}

}  // namespace ropewalk::detail
