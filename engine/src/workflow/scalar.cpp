#include "workflow/scalar.hpp"

#include "base/text.hpp"
#include "values/type_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

namespace ropewalk {
namespace {

std::string shown(std::string_view text) {
  constexpr std::size_t kMax = 60;
  if (text.size() <= kMax) return fmt::format("'{}'", escape_for_display(text));
  std::size_t cut = kMax;  // not within a character
  while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xC0) == 0x80) --cut;
  return fmt::format("'{}...'", escape_for_display(text.substr(0, cut)));
}

ScalarReading no(std::string problem, std::string fix = {}) {
  return {std::nullopt, std::move(problem), std::move(fix)};
}
ScalarReading none(std::string_view text) { return no(fmt::format("{} is none", shown(text))); }

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Digits at the start of `text`.
std::size_t digits(std::string_view text) {
  return static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_digit) - text.begin());
}

/// Whether the text is [-] digits [. digits] [e [+-] digits]: JSON, but with leading zeros.
bool is_number(std::string_view text, bool& whole) {
  whole = true;
  if (text.starts_with('-')) text.remove_prefix(1);
  if (digits(text) == 0) return false;
  text.remove_prefix(digits(text));
  if (text.starts_with('.')) {
    whole = false;
    text.remove_prefix(1);
    if (digits(text) == 0) return false;
    text.remove_prefix(digits(text));
  }
  if (text.starts_with('e') || text.starts_with('E')) {
    whole = false;
    text.remove_prefix(1);
    if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
    if (digits(text) == 0) return false;
    text.remove_prefix(digits(text));
  }
  return text.empty();
}

bool has_leading_zero(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  return text.size() > 1 && text[0] == '0' && is_digit(text[1]);
}

ScalarReading read_int(std::string_view text) {
  bool whole = false;
  if (!is_number(text, whole) || !whole) return none(text);
  if (has_leading_zero(text))
    return no(fmt::format("{} has a leading zero", shown(text)), "write it without; there are no octal numbers");
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size())
    return no(fmt::format("{} is too large", shown(text)), "ints lie between -2^63 and 2^63-1");
  return {Value(value), {}, {}};
}

ScalarReading read_float(std::string_view text) {
  bool whole = false;
  if (!is_number(text, whole)) return none(text);
  if (has_leading_zero(text)) return no(fmt::format("{} has a leading zero", shown(text)), "write it without");
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value))
    return no(fmt::format("{} cannot be held in a float", shown(text)));
  return {Value(value), {}, {}};
}

struct Unit {
  std::string_view name;
  double times, over;  // the pair is exact where a division rounds better than a multiplication
};
constexpr std::array kTimeUnits = {Unit{"d", 86400, 1}, Unit{"h", 3600, 1}, Unit{"m", 60, 1},  Unit{"s", 1, 1},
                                   Unit{"ms", 1, 1e3},  Unit{"us", 1, 1e6}, Unit{"ns", 1, 1e9}};

ScalarReading read_duration(std::string_view text) {
  const std::string fix = "write a number and its unit (ns us ms s m h d), such as 300ms or 1h30m";
  std::string_view rest = text;
  double seconds = 0;
  std::size_t next_unit = 0;  // units must be in descending order
  do {
    std::size_t length = digits(rest);
    if (length > 0 && length < rest.size() && rest[length] == '.') length += 1 + digits(rest.substr(length + 1));
    bool whole = false;
    if (!is_number(rest.substr(0, length), whole))
      return no(
          text.starts_with('-') ? fmt::format("{} is negative", shown(text)) : fmt::format("{} is none", shown(text)),
          fix);
    double number = 0;
    std::from_chars(rest.data(), rest.data() + length, number);
    rest.remove_prefix(length);
    if (rest.empty()) {
      const bool plain = next_unit == 0 && text.size() <= 20;
      return no(fmt::format("{} has no unit", shown(text)),
                plain ? fmt::format("write {}s for seconds; the units are ns us ms s m h d", text) : fix);
    }
    const std::string_view name =
        rest.substr(0, static_cast<std::size_t>(std::find_if(rest.begin(), rest.end(), is_digit) - rest.begin()));
    std::size_t unit = next_unit;
    while (unit < kTimeUnits.size() && kTimeUnits[unit].name != name) ++unit;
    if (unit == kTimeUnits.size()) return no(fmt::format("{} is none", shown(text)), fix);
    seconds += number * kTimeUnits[unit].times / kTimeUnits[unit].over;
    next_unit = unit + 1;
    rest.remove_prefix(name.size());
  } while (!rest.empty());
  if (seconds > 9.2e9) return no(fmt::format("{} is too long", shown(text)), "the longest duration is 292 years");
  return {Value(seconds), {}, {}};
}

struct SizeUnit {
  std::string_view name;
  std::int64_t bytes;
};
constexpr std::array kSizeUnits = {SizeUnit{"", 1},
                                   SizeUnit{"B", 1},
                                   SizeUnit{"kB", 1000},
                                   SizeUnit{"MB", 1000'000},
                                   SizeUnit{"GB", 1000'000'000},
                                   SizeUnit{"TB", 1000'000'000'000},
                                   SizeUnit{"KiB", 1 << 10},
                                   SizeUnit{"MiB", 1 << 20},
                                   SizeUnit{"GiB", 1 << 30},
                                   SizeUnit{"TiB", std::int64_t{1} << 40}};

ScalarReading read_size(std::string_view text) {
  const std::string fix = "write a number and its unit (B kB MB GB TB KiB MiB GiB TiB), such as 64MiB";
  std::size_t length = digits(text);
  if (length > 0 && length < text.size() && text[length] == '.') length += 1 + digits(text.substr(length + 1));
  bool whole = false;
  if (!is_number(text.substr(0, length), whole) || has_leading_zero(text))
    return no(
        text.starts_with('-') ? fmt::format("{} is negative", shown(text)) : fmt::format("{} is none", shown(text)),
        fix);
  const auto unit = std::find_if(kSizeUnits.begin(), kSizeUnits.end(),
                                 [&](const SizeUnit& u) { return u.name == text.substr(length); });
  if (unit == kSizeUnits.end()) return no(fmt::format("{} is none", shown(text)), fix);
  std::int64_t bytes = 0;
  if (whole) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + length, bytes);
    (void)end;
    if (error != std::errc() || __builtin_mul_overflow(bytes, unit->bytes, &bytes))
      return no(fmt::format("{} is too large", shown(text)));
    return {Value(bytes), {}, {}};
  }
  double number = 0;
  std::from_chars(text.data(), text.data() + length, number);
  number *= static_cast<double>(unit->bytes);
  if (number > 9e18) return no(fmt::format("{} is too large", shown(text)));
  if (number != std::floor(number)) return no(fmt::format("{} is no whole number of bytes", shown(text)), fix);
  return {Value(static_cast<std::int64_t>(number)), {}, {}};
}

/// Whether some YAML readers, but not Ropewalk, read the text as a bool, a null or a number.
bool is_ambiguous(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  for (const std::string_view word : {"yes", "no", "on", "off", "y", "n", "true", "false", "null", "~"})
    if (lower == word) return true;
  std::string_view rest = lower;
  if (rest.starts_with('-') || rest.starts_with('+')) rest.remove_prefix(1);
  if (rest == ".inf" || rest == ".nan" || rest == "inf" || rest == "nan") return true;
  if (rest.empty() || !(is_digit(rest[0]) || (rest[0] == '.' && rest.size() > 1 && is_digit(rest[1])))) return false;
  if (rest.starts_with("0x") || rest.starts_with("0o") || rest.starts_with("0b"))
    return rest.find_first_not_of("0123456789abcdef_", 2) == std::string_view::npos;
  bool whole = false;
  return rest.find_first_not_of("0123456789._") == std::string_view::npos
             ? std::count(rest.begin(), rest.end(), '.') <= 1
             : is_number(rest, whole);
}

/// 3.10 may be a version, and 12e5 a commit. A text is a number only if conversion back to text gives the same text.
ScalarReading kept_as_written(ScalarReading reading, std::string_view text) {
  if (!reading.value) return reading;
  std::string written = to_json(*reading.value);
  if (written == text) return reading;
  return no(fmt::format("{} as a number would be {}", shown(text), written),
            fmt::format("quote it if text is meant; else write {}", written));
}

ScalarReading read_untyped(std::string_view text, bool quoted) {
  if (quoted) return {Value(text), {}, {}};
  if (text == "true" || text == "false") return {Value(text == "true"), {}, {}};
  bool whole = false;
  if (is_number(text, whole) && !has_leading_zero(text))
    return kept_as_written(whole ? read_int(text) : read_float(text), text);
  if (is_ambiguous(text))
    return no(fmt::format("{} can be read in more than one way", shown(text)),
              "quote it if text is meant; else write true, false or a plain number");
  return {Value(text), {}, {}};
}

}  // namespace

ScalarReading read_scalar(std::string_view text, Type type, bool quoted) {
  const auto unquoted = [&](ScalarReading reading) {
    return quoted && reading.value
               ? no(fmt::format("{} is quoted, which makes it text", shown(text)), "remove the quotes")
               : reading;
  };
  switch (type) {
    case Type::any: return read_untyped(text, quoted);
    case Type::boolean:
      if (text != "true" && text != "false")
        return no(fmt::format("{} is neither true nor false", shown(text)), "write true or false");
      return unquoted({Value(text == "true"), {}, {}});
    case Type::integer: return unquoted(read_int(text));
    case Type::real: return unquoted(read_float(text));
    case Type::text: return {Value(text), {}, {}};
    case Type::bytes: return {Value(Bytes{std::string(text)}), {}, {}};
    case Type::path:
      if (text.find('\0') != std::string_view::npos) return no("it contains a NUL character");
      return {Value(Path{std::string(text)}), {}, {}};
    case Type::duration: return read_duration(text);
    case Type::size: return read_size(text);
    case Type::list:
      return no(fmt::format("{} is a single value", shown(text)),
                "write [a, b], or each element on a line of its own that begins with '- '");
    case Type::map: return no(fmt::format("{} is a single value", shown(text)), "write {key: value}");
  }
  return none(text);
}

std::string duration_pattern() {
  std::string pattern = "^(?=[0-9])";
  for (const Unit& unit : kTimeUnits) pattern += fmt::format(R"(([0-9]+(\.[0-9]+)?{})?)", unit.name);
  return pattern + "$";
}

std::string size_pattern() {
  std::vector<std::string_view> units;
  for (const SizeUnit& unit : kSizeUnits) units.push_back(unit.name);
  return fmt::format(R"(^(0|[1-9][0-9]*)(\.[0-9]+)?({})$)", fmt::join(units, "|"));
}

std::string_view type_phrase(Type type) {
  switch (type) {
    case Type::any: return "any value";
    case Type::boolean: return "a bool";
    case Type::integer: return "an int";
    case Type::real: return "a float";
    case Type::text: return "text";
    case Type::bytes: return "bytes";
    case Type::path: return "a path";
    case Type::duration: return "a duration";
    case Type::size: return "a size";
    case Type::list: return "a list";
    case Type::map: return "a map";
  }
  return "?";
}

const std::vector<std::string>& type_names() {
  static const std::vector<std::string> kNames = names_of(type_words());
  return kNames;
}

std::optional<Type> type_by_name(std::string_view name) { return find_word(type_words(), name); }

}  // namespace ropewalk
