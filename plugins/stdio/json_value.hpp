#pragma once
// Values of Ropewalk as JSON, and JSON as a result of any type. Pure, but for the call that it builds a result in.

#include <ropewalk/sdk/task.hpp>

#include <nlohmann/json.hpp>

namespace stdio {

/// Bytes that are no UTF-8 become {"base64": "..."}, as in the results that ropewalk writes. Durations are in seconds.
nlohmann::json json_of(const ropewalk::Any& value);

/// A result of any type. Numbers that do not fit into 64 bits fail the task.
struct JsonValue {
  nlohmann::json json = nullptr;
};

}  // namespace stdio

namespace ropewalk {
inline namespace [[gnu::visibility("hidden")]] sdk_v1 {
namespace detail {

template <>
struct Codec<stdio::JsonValue> {
  static constexpr std::int32_t type = ROPEWALK_TYPE_ANY, element = 0;
  static void write(Host host, ropewalk_call* call, std::uint32_t at, const stdio::JsonValue& in) {
    build(host, host->result_build(call, at), in.json);
  }
  static void build(Host host, ropewalk_builder* builder, const nlohmann::json& json);
};

}  // namespace detail
}  // namespace sdk_v1
}  // namespace ropewalk
