#include "record/recorded_ledger.hpp"

#include "events/ledger_keys.hpp"
#include "record/json_members.hpp"
#include "record/recorded_value.hpp"

#include <ropewalk/value.hpp>

#include <cstdint>
#include <string>
#include <utility>

namespace ropewalk::record {
namespace {

constexpr const char* kCutKey = "_start";  // behind the key of an item of which only the beginning is there

struct LedgerWriter {
  Map& map;
  void always(std::string_view key, double value) { map.emplace(key, value); }
  void always(std::string_view key, std::uint64_t value) { map.emplace(key, static_cast<std::int64_t>(value)); }
  void if_set(std::string_view key, double value) {
    if (value > 0) map.emplace(key, value);
  }
  void if_set(std::string_view key, std::optional<double> value) {
    if (value) map.emplace(key, *value);
  }
  void if_set(std::string_view key, std::uint32_t value) {
    if (value != 0) map.emplace(key, std::int64_t{value});
  }
  void if_set(std::string_view key, const std::string& value) {
    if (!value.empty()) map.emplace(key, value);
  }
  void if_set(std::string_view key, const std::optional<ShownValue>& value) {
    if (value) map.emplace(std::string(key) + (value->cut ? kCutKey : ""), value->value);
  }
  void if_set(std::string_view key, const std::optional<StageLedger::LastTask>& value) {
    if (!value) return;
    Map last;
    visit_last_task(*value, LedgerWriter{last});
    map.emplace(key, std::move(last));
  }
};

struct LedgerReader {
  const Map& map;
  void always(std::string_view key, double& value) { value = number_in(map, key).value_or(0); }
  void always(std::string_view key, std::uint64_t& value) { value = count_in(map, key); }
  void if_set(std::string_view key, double& value) { always(key, value); }
  void if_set(std::string_view key, std::optional<double>& value) { value = number_in(map, key); }
  void if_set(std::string_view key, std::uint32_t& value) { value = static_cast<std::uint32_t>(count_in(map, key)); }
  void if_set(std::string_view key, std::string& value) {
    if (const Value* text = member_of(map, key); text != nullptr && text->as_text() != nullptr)
      value = *text->as_text();
  }
  void if_set(std::string_view key, std::optional<ShownValue>& value) {
    if (const Value* whole = member_of(map, key)) value = ShownValue{*whole, false};
    if (const Value* start = member_of(map, std::string(key) + kCutKey)) value = ShownValue{*start, true};
  }
  void if_set(std::string_view key, std::optional<StageLedger::LastTask>& value) {
    const Value* last = member_of(map, key);
    if (last == nullptr || last->as_map() == nullptr) return;
    visit_last_task(value.emplace(), LedgerReader{*last->as_map()});
  }
};

}  // namespace

std::string ledger_to_json(const StageLedger& ledger) {
  Map map;
  visit_ledger(ledger, LedgerWriter{map});
  return to_json(std::move(map));
}

std::optional<StageLedger> ledger_from_json(std::string_view json) {
  std::string problem;
  const std::optional<Value> value = recorded_value(json, problem);
  const Map* map = value ? value->as_map() : nullptr;
  if (map == nullptr || !number_in(*map, "total_s")) return std::nullopt;
  StageLedger ledger;
  visit_ledger(ledger, LedgerReader{*map});
  return ledger;
}

}  // namespace ropewalk::record
