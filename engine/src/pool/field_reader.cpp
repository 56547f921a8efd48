#include "pool/field_reader.hpp"

#include "protocol/fields.hpp"

#include <algorithm>
#include <utility>

namespace ropewalk {

FieldReader::FieldReader(const std::vector<Field>& fields) { add(fields); }

void FieldReader::add(const std::vector<Field>& fields) {
  for (const Field& field : fields) names_.push_back(field.name), types_.push_back(field.type);
  scalars_ = types_.size() <= 64 && std::all_of(types_.begin(), types_.end(), board::is_scalar);
}

std::optional<Value> FieldReader::read(std::string_view encoded) const {
  std::vector<board::FieldView> views(types_.size());
  if (!board::view_fields(types_, encoded, views)) return std::nullopt;
  Map result;
  for (std::size_t i = 0; i < views.size(); ++i) {
    std::optional<Value> value = board::value_of(types_[i], views[i]);
    if (!value) return std::nullopt;
    result.emplace(names_[i], std::move(*value));
  }
  return Value(std::move(result));
}

std::optional<std::size_t> FieldReader::find(std::string_view name) const {
  const auto found = std::find(names_.begin(), names_.end(), name);
  if (found == names_.end()) return std::nullopt;
  return static_cast<std::size_t>(found - names_.begin());
}

std::optional<std::int64_t> FieldReader::search(std::size_t position, std::string_view encoded) const {
  std::vector<board::FieldView> views(types_.size());
  if (!board::view_fields(types_, encoded, views) || !views[position].present) return std::nullopt;
  return views[position].bits;
}

}  // namespace ropewalk
