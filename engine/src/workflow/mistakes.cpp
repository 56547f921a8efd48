#include "workflow/mistakes.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <utility>

namespace ropewalk {

std::vector<Error> Mistakes::take() {
  std::map<std::string, std::size_t> files;  // in the order in which they first came
  for (const Error& error : list_) files.try_emplace(error.place.file, error.place.file.empty() ? 0 : files.size() + 1);
  const auto key = [&](const Error& error) {
    return std::tuple(files.at(error.place.file), error.place.line, error.place.column);
  };
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
