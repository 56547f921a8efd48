#include "workflow/spec_keys.hpp"

#include <optional>

namespace ropewalk {
namespace {

using Keys = std::vector<std::pair<const char*, SpecValue>>;

/// The value alone if that is the first key and no other is given, as in `retries: 2`.
SpecValue shortened(const Keys& keys) {
  SpecValue all = map_of(keys);
  const SpecValue& first = keys.front().second;
  const bool alone = all.as_map() && all.as_map()->fields().size() == 1 && !first.is_absent();
  return alone && !first.as_list() && !first.as_map() ? first : all;
}

SpecValue of_range(const RangeSpec& range) {
  if (!range.count.is_absent()) return range.count;
  return map_of({{"from", range.from}, {"to", range.to}, {"step", range.step}});
}

SpecValue empty_if(bool given, SpecValue value) {
  return given && value.is_absent() ? SpecValue(SpecMap::none()) : std::move(value);
}

}  // namespace

SpecValue map_of(const Keys& keys) {
  SpecMap map;
  for (const auto& [name, value] : keys)
    if (!value.is_absent()) map.add(name, value);
  return of_map(map);
}

SpecValue value_of(const RequiresSpec& versions) {
  return map_of({{"ropewalk", of_text(versions.ropewalk)}, {"plugins", of_map(versions.plugins)}});
}

SpecValue value_of(const RetriesSpec& retries) {
  return empty_if(retries.given, shortened({{"max", retries.max},
                                            {"delay", retries.delay},
                                            {"backoff", retries.backoff},
                                            {"max_delay", retries.max_delay},
                                            {"jitter", retries.jitter},
                                            {"when", retries.when},
                                            {"unless", retries.unless}}));
}

SpecValue value_of(const LimitsSpec& limits) {
  return empty_if(limits.given, map_of({{"memory", limits.memory},
                                        {"cpu_time", limits.cpu_time},
                                        {"files", limits.files},
                                        {"output", limits.output}}));
}

SpecValue value_of(const ForeachSpec& source) {
  const bool shaped = !source.where.is_absent() || !source.shuffle.is_absent() || !source.batch.is_absent();
  return map_of({{"list", shaped ? source.list : SpecValue()},
                 {"range", of_range(source.range)},
                 {"glob", source.glob},
                 {"lines", shortened({{"file", source.lines.file}, {"end", source.lines.end}})},
                 {"jsonl", source.jsonl},
                 {"blocks", shortened({{"file", source.blocks.file},
                                       {"size", source.blocks.size},
                                       {"lines", source.blocks.lines},
                                       {"end", source.blocks.end}})},
                 {"matrix", of_map(source.matrix)},
                 {"zip", of_map(source.zip)},
                 {"exclude", source.exclude},
                 {"include", of_list(source.include)},
                 {"results", source.results},
                 {"in", source.in},
                 {"where", source.where},
                 {"shuffle", source.shuffle},
                 {"batch", source.batch}});
}

SpecValue value_of(const ParamSpec& param) {
  const auto name_of = [](const std::optional<Type>& type) { return type ? SpecValue(type_name(*type)) : SpecValue(); };
  SpecValue all = map_of({{"type", name_of(param.type)},
                          {"of", name_of(param.of)},
                          {"default", param.default_value},
                          {"min", param.min},
                          {"max", param.max},
                          {"choices", of_list(param.choices)},
                          {"help", of_text(param.help)},
                          {"secret", param.secret ? SpecValue(true) : SpecValue()}});
  const bool short_form = all.as_map() && all.as_map()->fields().size() == 1 && !param.default_value.is_absent();
  return short_form && !param.default_value.as_map() ? param.default_value : empty_if(true, std::move(all));
}

}  // namespace ropewalk
