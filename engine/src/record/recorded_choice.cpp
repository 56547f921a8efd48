#include "record/recorded_choice.hpp"

#include "events/choice_keys.hpp"
#include "record/json_members.hpp"
#include "record/recorded_value.hpp"

#include <ropewalk/value.hpp>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace ropewalk::record {
namespace {

struct ChoiceWriter {
  Map& map;
  template <class Plain>
  void operator()(std::string_view key, const Plain& value) {
    map.emplace(key, value);
  }
  void operator()(std::string_view key, std::uint32_t value) { map.emplace(key, std::int64_t{value}); }
  void operator()(std::string_view key, std::uint64_t value) { map.emplace(key, static_cast<std::int64_t>(value)); }
  void operator()(std::string_view key, const std::vector<ModeEvidence>& modes) {
    List list;
    for (const ModeEvidence& mode : modes) {
      Map each;
      visit_mode(mode, ChoiceWriter{each});
      list.emplace_back(std::move(each));
    }
    map.emplace(key, std::move(list));
  }
};

struct ChoiceReader {
  const Map& map;
  void operator()(std::string_view key, std::string& value) { value = text_in(map, key); }
  void operator()(std::string_view key, std::uint32_t& value) {
    value = static_cast<std::uint32_t>(
        std::min<std::uint64_t>(count_in(map, key), std::numeric_limits<std::uint32_t>::max()));
  }
  void operator()(std::string_view key, std::uint64_t& value) { value = count_in(map, key); }
  void operator()(std::string_view key, double& value) { value = number_in(map, key).value_or(0); }
  void operator()(std::string_view key, bool& value) {
    const Value* found = member_of(map, key);
    value = found != nullptr && found->as_bool() != nullptr && *found->as_bool();
  }
  void operator()(std::string_view key, std::vector<ModeEvidence>& modes) {
    const Value* list = member_of(map, key);
    if (list == nullptr || list->as_list() == nullptr) return;
    for (const Value& each : *list->as_list())
      if (each.as_map() != nullptr) visit_mode(modes.emplace_back(), ChoiceReader{*each.as_map()});
  }
};

}  // namespace

std::string choice_to_json(const AutoChoice& choice) {
  Map map;
  visit_choice(choice, ChoiceWriter{map});
  return to_json(std::move(map));
}

std::optional<AutoChoice> choice_from_json(std::string_view json) {
  std::string problem;
  const std::optional<Value> value = recorded_value(json, problem);
  const Map* map = value ? value->as_map() : nullptr;
  if (map == nullptr || text_in(*map, "executor").empty()) return std::nullopt;
  AutoChoice choice;
  visit_choice(choice, ChoiceReader{*map});
  return choice;
}

}  // namespace ropewalk::record
