#include "record/recorded_ledger.hpp"

#include "record/recorded_value.hpp"

#include <ropewalk/value.hpp>

namespace ropewalk::record {
namespace {

const Value* find(const Map& map, std::string_view key) {
  const auto found = map.find(key);
  return found == map.end() ? nullptr : &found->second;
}

std::optional<double> number_in(const Map& map, std::string_view key) {
  const Value* value = find(map, key);
  if (value == nullptr) return std::nullopt;
  if (const double* real = value->as_float()) return *real;
  if (const std::int64_t* whole = value->as_int()) return static_cast<double>(*whole);
  return std::nullopt;
}

std::uint64_t count_in(const Map& map, std::string_view key) {
  const Value* value = find(map, key);
  const std::int64_t* count = value != nullptr ? value->as_int() : nullptr;
  return count != nullptr && *count > 0 ? static_cast<std::uint64_t>(*count) : 0;
}

StageLedger::LastTask last_task_in(const Map& map) {
  StageLedger::LastTask last{.index = count_in(map, "index"), .run_s = number_in(map, "run_s").value_or(0)};
  if (const Value* item = find(map, "item")) last.item = ShownValue{*item, false};
  if (const Value* start = find(map, "item_start")) last.item = ShownValue{*start, true};
  return last;
}

}  // namespace

std::string ledger_to_json(const StageLedger& ledger) {
  Map map;
  for (const LedgerPart& part : kLedgerParts) map.emplace(part.key, ledger.*part.seconds);
  if (ledger.retry_s > 0) map.emplace("retry_s", ledger.retry_s);
  if (ledger.engine_s_per_task) map.emplace("engine_s_per_task", *ledger.engine_s_per_task);
  if (ledger.metg_s) map.emplace("metg_s", *ledger.metg_s);
  if (ledger.cores != 0) map.emplace("cores", std::int64_t{ledger.cores});
  if (ledger.idle_cores) map.emplace("idle_cores", *ledger.idle_cores);
  if (!ledger.fed_by.empty()) map.emplace("fed_by", ledger.fed_by);
  if (ledger.last_task) {
    Map last;
    last.emplace("index", static_cast<std::int64_t>(ledger.last_task->index));
    last.emplace("run_s", ledger.last_task->run_s);
    if (ledger.last_task->item)
      last.emplace(ledger.last_task->item->cut ? "item_start" : "item", ledger.last_task->item->value);
    map.emplace("last_task", std::move(last));
  }
  return to_json(std::move(map));
}

std::optional<StageLedger> ledger_from_json(std::string_view json) {
  std::string problem;
  const std::optional<Value> value = recorded_value(json, problem);
  const Map* map = value ? value->as_map() : nullptr;
  if (map == nullptr || !number_in(*map, "total_s")) return std::nullopt;
  StageLedger ledger;
  for (const LedgerPart& part : kLedgerParts) ledger.*part.seconds = number_in(*map, part.key).value_or(0);
  ledger.retry_s = number_in(*map, "retry_s").value_or(0);
  ledger.engine_s_per_task = number_in(*map, "engine_s_per_task");
  ledger.metg_s = number_in(*map, "metg_s");
  ledger.cores = static_cast<std::uint32_t>(count_in(*map, "cores"));
  ledger.idle_cores = number_in(*map, "idle_cores");
  if (const Value* fed_by = find(*map, "fed_by"); fed_by != nullptr && fed_by->as_text() != nullptr)
    ledger.fed_by = *fed_by->as_text();
  if (const Value* last = find(*map, "last_task"); last != nullptr && last->as_map() != nullptr)
    ledger.last_task = last_task_in(*last->as_map());
  return ledger;
}

}  // namespace ropewalk::record
