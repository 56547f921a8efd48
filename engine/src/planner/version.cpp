#include "planner/version.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace ropewalk {
namespace {

std::string_view trimmed(std::string_view text) {
  const std::size_t start = text.find_first_not_of(' ');
  if (start == std::string_view::npos) return {};
  return text.substr(start, text.find_last_not_of(' ') - start + 1);
}

bool is_tag(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '-';
  });
}

}  // namespace

std::optional<Version> Version::parse(std::string_view text) {
  Version version;
  if (const std::size_t plus = text.find('+'); plus != std::string_view::npos) {
    if (!is_tag(text.substr(plus + 1))) return std::nullopt;
    text = text.substr(0, plus);
  }
  if (const std::size_t minus = text.find('-'); minus != std::string_view::npos) {
    if (!is_tag(text.substr(minus + 1))) return std::nullopt;
    version.before_ = text.substr(minus + 1);
    text = text.substr(0, minus);
  }
  for (;;) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end == text.data()) return std::nullopt;
    version.numbers_.push_back(number);
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (text.empty()) break;
    if (text.front() != '.') return std::nullopt;
    text.remove_prefix(1);
  }
  while (!version.numbers_.empty() && version.numbers_.back() == 0) version.numbers_.pop_back();
  return version;
}

std::strong_ordering Version::operator<=>(const Version& other) const {
  if (const auto order = numbers_ <=> other.numbers_; order != 0) return order;
  if (before_.empty() != other.before_.empty())
    return before_.empty() ? std::strong_ordering::greater : std::strong_ordering::less;
  return before_ <=> other.before_;
}

std::optional<VersionRange> VersionRange::parse(std::string_view text, std::string& problem) {
  static constexpr std::pair<std::string_view, Kind> kKinds[] = {{">=", Kind::at_least},  {"<=", Kind::at_most},
                                                                 {"!=", Kind::not_equal}, {">", Kind::above},
                                                                 {"<", Kind::below},      {"=", Kind::equal}};
  VersionRange range;
  for (std::size_t start = 0; start <= text.size();) {
    const std::size_t end = std::min(text.find(',', start), text.size());
    const std::string_view part = trimmed(text.substr(start, end - start));
    start = end + 1;
    const auto kind = std::find_if(std::begin(kKinds), std::end(kKinds),
                                   [&](const auto& each) { return part.starts_with(each.first); });
    if (kind == std::end(kKinds))
      return problem = fmt::format("'{}' begins with none of >=, >, <=, <, =, !=", escape_for_display(part)),
             std::nullopt;
    const std::string_view rest = trimmed(part.substr(kind->first.size()));
    const std::optional<Version> version = Version::parse(rest);
    if (!version) return problem = fmt::format("'{}' is no version", escape_for_display(rest)), std::nullopt;
    range.conditions_.push_back({kind->second, *version});
  }
  return range;
}

bool VersionRange::contains(const Version& version) const {
  return std::all_of(conditions_.begin(), conditions_.end(), [&](const Condition& condition) {
    switch (condition.kind) {
      case Kind::at_least: return version >= condition.version;
      case Kind::above: return version > condition.version;
      case Kind::at_most: return version <= condition.version;
      case Kind::below: return version < condition.version;
      case Kind::equal: return version == condition.version;
      case Kind::not_equal: return version != condition.version;
    }
    return false;
  });
}

}  // namespace ropewalk
