#include <ropewalk/explanation.hpp>

#include "codes/tables.hpp"

#include <algorithm>

namespace ropewalk {

const std::vector<Explanation>& explanations() {
  static const std::vector<Explanation> kAll = [] {
    std::vector<Explanation> all;
    for (const auto part : {file_codes(), key_codes(), rule_codes(), expression_codes(), plugin_codes(),
                            command_codes(), running_codes()})
      all.insert(all.end(), part.begin(), part.end());
    return all;
  }();
  return kAll;
}

const Explanation* explanation_of(std::string_view code) {
  const std::vector<Explanation>& all = explanations();
  const auto found = std::find_if(all.begin(), all.end(), [&](const Explanation& each) { return each.code == code; });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace ropewalk
