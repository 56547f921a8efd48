#pragma once
// The parts of a spec that are one value in YAML, as that value: `retries: 2`, `foreach: {glob: "*"}`. Pure; any
// thread.

#include <ropewalk/workflow_spec.hpp>

#include <string>
#include <utility>
#include <vector>

namespace ropewalk {

inline SpecValue of_list(const SpecList& list) { return list.is_absent() ? SpecValue() : SpecValue(list); }
inline SpecValue of_map(const SpecMap& map) { return map.is_absent() ? SpecValue() : SpecValue(map); }
inline SpecValue of_text(const std::string& text) { return text.empty() ? SpecValue() : SpecValue(text); }

/// A map of the language: its keys, those without a value left out. Absent if it has none.
SpecValue map_of(const std::vector<std::pair<const char*, SpecValue>>& keys);

// Absent if their key is not to be written.
SpecValue value_of(const RequiresSpec& versions);
SpecValue value_of(const RetriesSpec& retries);
SpecValue value_of(const LimitsSpec& limits);
/// Of all fields but `list`, which is no key.
SpecValue value_of(const ForeachSpec& source);
/// A param always has a value.
SpecValue value_of(const ParamSpec& param);

}  // namespace ropewalk
