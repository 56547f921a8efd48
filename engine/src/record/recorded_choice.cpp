#include "record/recorded_choice.hpp"

#include "record/json_members.hpp"
#include "record/recorded_value.hpp"

#include <ropewalk/value.hpp>

#include <algorithm>
#include <limits>

namespace ropewalk::record {
namespace {

std::uint32_t workers_in(const Map& map) {
  return static_cast<std::uint32_t>(
      std::min<std::uint64_t>(count_in(map, "workers"), std::numeric_limits<std::uint32_t>::max()));
}

Map mode_to_map(const ModeEvidence& mode) {
  Map map;
  map.emplace("executor", mode.executor);
  map.emplace("workers", std::int64_t{mode.workers});
  map.emplace("attempts", static_cast<std::int64_t>(mode.attempts));
  map.emplace("died", static_cast<std::int64_t>(mode.died));
  map.emplace("run_s", mode.run_s);
  map.emplace("cpu_s", mode.cpu_s);
  map.emplace("bytes", static_cast<std::int64_t>(mode.bytes));
  return map;
}

}  // namespace

std::string choice_to_json(const AutoChoice& choice) {
  List modes;
  for (const ModeEvidence& mode : choice.modes) modes.emplace_back(mode_to_map(mode));
  Map map;
  map.emplace("executor", choice.executor);
  map.emplace("workers", std::int64_t{choice.workers});
  map.emplace("why", choice.why);
  map.emplace("remembered", choice.remembered);
  map.emplace("modes", std::move(modes));
  return to_json(std::move(map));
}

std::optional<AutoChoice> choice_from_json(std::string_view json) {
  std::string problem;
  const std::optional<Value> value = recorded_value(json, problem);
  const Map* map = value ? value->as_map() : nullptr;
  if (map == nullptr || text_in(*map, "executor").empty()) return std::nullopt;
  AutoChoice choice{.executor = text_in(*map, "executor"), .workers = workers_in(*map), .why = text_in(*map, "why")};
  if (const Value* remembered = member_of(*map, "remembered");
      remembered != nullptr && remembered->as_bool() != nullptr)
    choice.remembered = *remembered->as_bool();
  const Value* modes = member_of(*map, "modes");
  if (modes == nullptr || modes->as_list() == nullptr) return choice;
  for (const Value& each : *modes->as_list()) {
    const Map* mode = each.as_map();
    if (mode == nullptr) continue;
    choice.modes.push_back({.executor = text_in(*mode, "executor"),
                            .workers = workers_in(*mode),
                            .attempts = count_in(*mode, "attempts"),
                            .died = count_in(*mode, "died"),
                            .run_s = number_in(*mode, "run_s").value_or(0),
                            .cpu_s = number_in(*mode, "cpu_s").value_or(0),
                            .bytes = count_in(*mode, "bytes")});
  }
  return choice;
}

}  // namespace ropewalk::record
