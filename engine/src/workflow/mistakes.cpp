#include "workflow/mistakes.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace ropewalk {

std::vector<Error> Mistakes::take() {
  const auto key = [](const Error& error) { return std::tie(error.place.line, error.place.column); };
  std::stable_sort(list_.begin(), list_.end(), [&](const Error& a, const Error& b) { return key(a) < key(b); });
  list_.erase(std::unique(list_.begin(), list_.end()), list_.end());
  if (list_.size() > kMost) list_.resize(kMost);
  // What a message quotes may be anything; here, so that no message can forget it.
  for (Error& error : list_) {
    error.message = escape_for_display(error.message);
    for (std::string& note : error.notes) note = escape_for_display(note);
  }
  return std::exchange(list_, {});
}

}  // namespace ropewalk
