#include "events/task_name.hpp"

#include "values/shown_value.hpp"

#include <fmt/format.h>

namespace ropewalk {

std::string task_name(std::string_view stage, std::uint64_t index, const std::optional<ShownValue>& item) {
  const std::int64_t* number = item ? item->value.as_int() : nullptr;
  const bool is_index = number && static_cast<std::uint64_t>(*number) == index;
  return !item || is_index ? fmt::format("{}/{}", stage, index)
                           : fmt::format("{}/{} ({})", stage, index, short_text(*item));
}

}  // namespace ropewalk
