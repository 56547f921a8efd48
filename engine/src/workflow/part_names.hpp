#pragma once
// Names for the parts of a text that was made of a WorkflowSpec, by which places refer to them. Plain values.

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace ropewalk {

class PartNames {
 public:
  /// A part begins. Offsets ascend.
  void begin(std::size_t offset, std::string name) { parts_.emplace_back(offset, std::move(name)); }
  /// The part that is last to begin at `offset` or before it.
  const std::string& at(std::size_t offset) const {
    static const std::string kWhole = "the workflow";
    const auto behind = std::upper_bound(parts_.begin(), parts_.end(), offset,
                                         [](std::size_t wanted, const auto& part) { return wanted < part.first; });
    return behind == parts_.begin() ? kWhole : std::prev(behind)->second;
  }

 private:
  std::vector<std::pair<std::size_t, std::string>> parts_;  // by offset
};

}  // namespace ropewalk
