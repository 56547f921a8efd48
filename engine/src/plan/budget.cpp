#include "plan/budget.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

namespace ropewalk {

bool Budget::spend(std::uint64_t steps, std::string& problem) {
  steps_ += steps;
  if (steps_ <= max_steps_ + granted_) return true;
  problem = fmt::format("it handles more than {} million elements", static_cast<double>(max_steps_) / 1e6);
  return false;
}

bool Budget::make(std::uint64_t bytes, std::string& problem) {
  if (!has_room(bytes, problem)) return false;
  bytes_ += bytes;
  return spend(bytes / kBytesMade + 1, problem);
}

bool Budget::has_room(std::uint64_t bytes, std::string& problem) const {
  if (bytes_ + bytes <= max_bytes_) return true;
  problem = fmt::format("it makes more than {} of values", size_text(max_bytes_));
  return false;
}

std::size_t footprint(const Value& value) {
  std::size_t bytes = sizeof value;
  if (value.as_shared()) return bytes;
  if (const std::string* text = value.as_string()) bytes += text->size();
  if (const List* list = value.as_list())
    for (const Value& element : *list) bytes += footprint(element);
  if (const Map* map = value.as_map())
    for (const auto& [name, member] : *map) bytes += sizeof name + name.size() + footprint(member);
  return bytes;
}

}  // namespace ropewalk
