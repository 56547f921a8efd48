#pragma once
// The errors that all kinds of items report if they cannot be listed.

#include "items/item_sources.hpp"

#include <ropewalk/codes.hpp>
#include <ropewalk/error.hpp>

#include <fmt/format.h>

#include <string>
#include <string_view>

namespace ropewalk::detail {

inline std::string too_many_text() {
  return fmt::format("there are more than {} items, the most that a stage may have", kMaxItems);
}
inline Error bad_items(std::string_view message) {
  return Error{codes::kBadItems, fmt::format("'foreach': {}", message)};
}
inline Error too_many() { return bad_items(too_many_text()); }

}  // namespace ropewalk::detail
