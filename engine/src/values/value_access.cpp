#include <ropewalk/value_access.hpp>

#include "base/suggest.hpp"
#include "values/shown_value.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

namespace ropewalk::value_detail {
namespace {

/// "element 3 of field 'sizes'"; "" for the value itself.
std::string text_of(const ValuePlace& place) {
  std::string text;
  for (const ValuePlace* at = &place; at != nullptr; at = at->outer) {
    if (at->element)
      text += fmt::format("{}element {}", text.empty() ? "" : " of ", *at->element);
    else if (!at->field.empty())
      text += fmt::format("{}field '{}'", text.empty() ? "" : " of ", at->field);
  }
  return text.empty() ? "the value" : text;
}

Errors refused(std::string message) { return Error{.code = codes::kValueUnlike, .message = std::move(message)}; }

}  // namespace

Errors unlike(const Value& found, std::string_view wanted, const ValuePlace& place) {
  const std::string content = found.is_null() ? "" : fmt::format(" ({})", short_text(shown(found)));
  return refused(fmt::format("{} is {}{}, not {}", text_of(place), kind_name(found.kind()), content, wanted));
}

Errors missing(const Map& map, std::string_view field, const ValuePlace& place) {
  std::vector<std::string> names;
  for (const auto& [name, value] : map) names.push_back(name);
  std::string fix = did_you_mean(field, names);
  if (fix.empty()) fix = names.empty() ? " (it is empty)" : fmt::format(" (has: {})", at_most_ten(names));
  return refused(fmt::format("{} has no field '{}'{}", text_of(place), field, fix));
}

Errors not_within(const Value& found, std::string_view range, const ValuePlace& place) {
  return refused(fmt::format("{} is {}, which does not fit into {}", text_of(place), short_text(shown(found)), range));
}

Result<std::int64_t> whole(const Value& value, std::int64_t least, std::int64_t most, const ValuePlace& place) {
  const std::int64_t* number = value.as_int();
  if (number == nullptr) return unlike(value, "int", place);
  if (*number < least || *number > most) return not_within(value, fmt::format("{} to {}", least, most), place);
  return *number;
}

Result<double> real(const Value& value, std::string_view wanted, const ValuePlace& place) {
  if (const double* number = value.as_float()) return *number;
  if (const std::int64_t* number = value.as_int()) return static_cast<double>(*number);
  return unlike(value, wanted, place);
}

}  // namespace ropewalk::value_detail
