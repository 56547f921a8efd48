#pragma once
// The functions of the ABI over FakeCall and FakeTaskType: the fake host's table. Part of fake_host.hpp, which is what
// a plugin's tests include. Knows no plugin.

#include <ropewalk/sdk/abi.h>
#include <ropewalk/sdk/fake_call.hpp>

#include <cmath>

namespace ropewalk {
inline namespace sdk_v1 {
namespace detail {

// The ABI's types are opaque, so this can coexist with a real host in one program.
inline std::shared_ptr<FakeCall> in(const ropewalk_call* call) {
  return FakeCalls::all().find(reinterpret_cast<std::uintptr_t>(call));
}
inline ropewalk_call* out(std::uintptr_t handle) { return reinterpret_cast<ropewalk_call*>(handle); }
inline const FakeValue& in(const ropewalk_value* value) {
  static const FakeValue absent;
  return value == nullptr ? absent : *reinterpret_cast<const FakeValue*>(value);
}
inline const ropewalk_value* handle(const FakeValue& value) { return reinterpret_cast<const ropewalk_value*>(&value); }
inline FakeCall::Builder& in(ropewalk_builder* builder) {
  auto& self = *reinterpret_cast<FakeCall::Builder*>(builder);
  self.call->own_thread("build");
  return self;
}
inline std::string in(ropewalk_text text) { return text.size == 0 ? std::string() : std::string(text.data, text.size); }
inline ropewalk_text out(std::string_view text) { return {text.data(), text.size()}; }

inline std::int32_t type_of(const FakeValue& value) {
  if (value.get<bool>()) return ROPEWALK_TYPE_BOOL;
  if (value.get<std::int64_t>()) return ROPEWALK_TYPE_INT;
  if (value.get<double>()) return ROPEWALK_TYPE_FLOAT;
  if (value.get<std::string>()) return ROPEWALK_TYPE_TEXT;
  if (value.get<FakeValue::Bytes>()) return ROPEWALK_TYPE_BYTES;
  if (value.get<std::filesystem::path>()) return ROPEWALK_TYPE_PATH;
  if (value.get<FakeValue::List>()) return ROPEWALK_TYPE_LIST;
  if (value.get<FakeValue::Map>()) return ROPEWALK_TYPE_MAP;
  return ROPEWALK_TYPE_ABSENT;
}

inline void fill_describe(ropewalk_host& host) {
  using In = FakeTaskType*;
  static constexpr auto text = [](const char* text) { return std::string(text ? text : ""); };
  static constexpr auto field = [](const ropewalk_field* abi_field) {
    return FakeField{text(abi_field->name),    text(abi_field->unit),    text(abi_field->default_value),
                     text(abi_field->minimum), text(abi_field->maximum), text(abi_field->choices),
                     text(abi_field->help),    abi_field->type,          abi_field->element_type,
                     abi_field->flags};
  };
  host.task_info = [](ropewalk_types* types, const ropewalk_task_info* info) {
    auto* type = reinterpret_cast<In>(types);
    type->flags = info->flags, type->summary = text(info->summary), type->executor = text(info->executor);
  };
  host.param = [](ropewalk_types* types, const ropewalk_field* abi_field) {
    reinterpret_cast<In>(types)->params.push_back(field(abi_field));
  };
  host.result = [](ropewalk_types* types, const ropewalk_field* abi_field) {
    reinterpret_cast<In>(types)->results.push_back(field(abi_field));
  };
}

/// Returns the value of a parameter if it may be read as one of `types`. Reading it as another type is a fault.
inline const FakeValue* param(const ropewalk_call* call, std::uint32_t at, std::initializer_list<std::int32_t> types,
                              const char* function) {
  const FakeField* field = in(call)->param_field(at, function);
  if (field == nullptr) return nullptr;
  if (field->type != ROPEWALK_TYPE_ANY && std::find(types.begin(), types.end(), field->type) == types.end()) {
    in(call)->fault(std::string(function) + ": parameter '" + field->name + "' is declared with another type");
    return nullptr;
  }
  return &in(call)->params[at];  // valid until run() returns
}

inline void fill_params(ropewalk_host& host) {
  host.param_type = [](const ropewalk_call* call, std::uint32_t at) -> std::int32_t {
    const FakeField* field = in(call)->param_field(at, "param_type");
    if (field == nullptr || in(call)->params[at].is_null()) return ROPEWALK_TYPE_ABSENT;
    return field->type == ROPEWALK_TYPE_ANY ? type_of(in(call)->params[at]) : field->type;
  };
  host.param_bool = [](const ropewalk_call* call, std::uint32_t at) -> std::int32_t {
    const FakeValue* value = param(call, at, {ROPEWALK_TYPE_BOOL}, "param_bool");
    return value && value->get<bool>() && *value->get<bool>();
  };
  host.param_int = [](const ropewalk_call* call, std::uint32_t at) -> std::int64_t {
    const FakeValue* value =
        param(call, at, {ROPEWALK_TYPE_INT, ROPEWALK_TYPE_DURATION, ROPEWALK_TYPE_SIZE}, "param_int");
    return value && value->get<std::int64_t>() ? *value->get<std::int64_t>() : 0;
  };
  host.param_float = [](const ropewalk_call* call, std::uint32_t at) {
    const FakeValue* value = param(call, at, {ROPEWALK_TYPE_FLOAT}, "param_float");
    return value ? value->number() : 0.0;
  };
  host.param_text = [](const ropewalk_call* call, std::uint32_t at) {
    const FakeValue* value =
        param(call, at, {ROPEWALK_TYPE_TEXT, ROPEWALK_TYPE_BYTES, ROPEWALK_TYPE_PATH}, "param_text");
    return out(value ? value->bytes() : std::string_view());
  };
  host.param_value = [](ropewalk_call* call, std::uint32_t at) -> const ropewalk_value* {
    const FakeField* field = in(call)->param_field(at, "param_value");
    return field == nullptr || in(call)->params[at].is_null() ? nullptr : handle(in(call)->params[at]);
  };
}

inline void fill_values(ropewalk_host& host) {
  host.value_type = [](const ropewalk_value* value) { return type_of(in(value)); };
  host.value_bool = [](const ropewalk_value* value) -> std::int32_t {
    return in(value).get<bool>() && *in(value).get<bool>();
  };
  host.value_int = [](const ropewalk_value* value) {
    return in(value).get<std::int64_t>() ? *in(value).get<std::int64_t>() : 0;
  };
  host.value_float = [](const ropewalk_value* value) { return in(value).number(); };
  host.value_text = [](const ropewalk_value* value) { return out(in(value).bytes()); };
  host.value_length = [](const ropewalk_value* value) -> std::uint64_t {
    if (const auto* list = in(value).get<FakeValue::List>()) return list->size();
    if (const auto* map = in(value).get<FakeValue::Map>()) return map->size();
    return 0;
  };
  host.value_at = [](const ropewalk_value* value, std::uint64_t index) -> const ropewalk_value* {
    if (const auto* list = in(value).get<FakeValue::List>())
      return index < list->size() ? handle((*list)[index]) : nullptr;
    if (const auto* map = in(value).get<FakeValue::Map>())
      return index < map->size() ? handle(std::next(map->begin(), index)->second) : nullptr;
    return nullptr;
  };
  host.value_key = [](const ropewalk_value* value, std::uint64_t index) {
    const auto* map = in(value).get<FakeValue::Map>();
    return out(map && index < map->size() ? std::string_view(std::next(map->begin(), index)->first)
                                          : std::string_view());
  };
}

inline FakeValue string_value(std::int32_t type, ropewalk_text text) {
  if (type == ROPEWALK_TYPE_BYTES) return FakeValue::Bytes{in(text)};
  if (type == ROPEWALK_TYPE_PATH) return std::filesystem::path(in(text));
  return in(text);
}

inline void fill_results(ropewalk_host& host) {
  host.result_bool = [](ropewalk_call* call, std::uint32_t at, std::int32_t value) {
    if (FakeValue* result = in(call)->result(at, {ROPEWALK_TYPE_BOOL}, "result_bool")) *result = value != 0;
  };
  host.result_int = [](ropewalk_call* call, std::uint32_t at, std::int64_t value) {
    FakeValue* result =
        in(call)->result(at, {ROPEWALK_TYPE_INT, ROPEWALK_TYPE_DURATION, ROPEWALK_TYPE_SIZE}, "result_int");
    if (result == nullptr) return;
    if (in(call)->result_type(at) == ROPEWALK_TYPE_DURATION)
      *result = static_cast<double>(value) * 1e-9;
    else
      *result = value;
  };
  host.result_float = [](ropewalk_call* call, std::uint32_t at, double value) {
    if (!std::isfinite(value)) in(call)->fault("result_float: the number is not finite");
    if (FakeValue* result = in(call)->result(at, {ROPEWALK_TYPE_FLOAT}, "result_float")) *result = value;
  };
  host.result_text = [](ropewalk_call* call, std::uint32_t at, ropewalk_text value) {
    FakeValue* result =
        in(call)->result(at, {ROPEWALK_TYPE_TEXT, ROPEWALK_TYPE_BYTES, ROPEWALK_TYPE_PATH}, "result_text");
    if (result != nullptr) *result = string_value(in(call)->result_type(at), value);
  };
  host.result_build = [](ropewalk_call* call, std::uint32_t at) {
    FakeValue* result = in(call)->result(at, {ROPEWALK_TYPE_LIST, ROPEWALK_TYPE_MAP}, "result_build");
    return reinterpret_cast<ropewalk_builder*>(in(call)->build(result, at));
  };
  host.buffer = [](ropewalk_call* call, std::uint32_t at, std::uint64_t size) -> void* {
    return in(call)->result(at, {ROPEWALK_TYPE_BYTES}, "buffer") ? in(call)->buffer(at, size).data() : nullptr;
  };
  host.build_null = [](ropewalk_builder* builder) { in(builder).put({}); };
  host.build_bool = [](ropewalk_builder* builder, std::int32_t value) { in(builder).put(value != 0); };
  host.build_int = [](ropewalk_builder* builder, std::int64_t value) { in(builder).put(value); };
  host.build_float = [](ropewalk_builder* builder, double value) { in(builder).put(value); };
  host.build_text = [](ropewalk_builder* builder, std::int32_t type, ropewalk_text value) {
    in(builder).put(string_value(type, value));
  };
  host.build_begin_list = [](ropewalk_builder* builder) {
    if (FakeValue* place = in(builder).put(FakeValue::List())) in(builder).open.push_back(place);
  };
  host.build_begin_map = [](ropewalk_builder* builder) {
    if (FakeValue* place = in(builder).put(FakeValue::Map())) in(builder).open.push_back(place);
  };
  host.build_key = [](ropewalk_builder* builder, ropewalk_text key) {
    auto& self = in(builder);
    if (self.open.empty() || !self.open.back()->get<FakeValue::Map>())
      return self.call->fault("build_key: no map is open");
    self.key = in(key);
  };
  host.build_end = [](ropewalk_builder* builder) {
    auto& self = in(builder);
    if (self.open.empty()) return self.call->fault("build_end: nothing is open");
    self.open.pop_back();
  };
}

inline void fill_call(ropewalk_host& host) {
  host.index = [](const ropewalk_call* call) { return in(call)->situation_for("index").index; };
  host.attempt = [](const ropewalk_call* call) { return in(call)->situation_for("attempt").attempt; };
  host.stage = [](const ropewalk_call* call) { return out(in(call)->situation_for("stage").stage); };
  host.run_id = [](const ropewalk_call* call) { return out(in(call)->situation_for("run_id").run_id); };
  host.cancelled = [](const ropewalk_call* call) -> std::int32_t { return in(call)->cancelled(); };
  host.deadline = [](const ropewalk_call* call) { return in(call)->deadline(); };
  host.wait = [](ropewalk_call* call, std::int64_t nanoseconds) -> std::int32_t { return in(call)->wait(nanoseconds); };
  host.cancel_fd = [](ropewalk_call* call) { return in(call)->cancel_fd(); };
  host.progress = [](ropewalk_call* call, double fraction, ropewalk_text note) {
    in(call)->progress(fraction, in(note));
  };
  host.log = [](ropewalk_call* call, std::int32_t level, ropewalk_text text) { in(call)->log(level, in(text)); };
  host.charge_cpu = [](ropewalk_call* call, std::int64_t nanoseconds) { in(call)->charge_cpu(nanoseconds); };
  host.fail = [](ropewalk_call* call, std::int32_t kind, ropewalk_text text) { in(call)->fail(kind, in(text)); };
  host.query = [](const char*) -> const void* { return nullptr; };
}

inline const ropewalk_output& fake_output() {
  static const ropewalk_output output = {
      sizeof(ropewalk_output), 0, [](const ropewalk_call* call) { return in(call)->output_limit(); },
      [](ropewalk_call* call, std::int32_t stream, ropewalk_text piece) -> std::int32_t {
        return in(call)->write_output(stream, in(piece)) ? ROPEWALK_OK : ROPEWALK_FAILED;
      },
      [](ropewalk_call* call, std::uint32_t at, std::int32_t stream) -> std::int32_t {
        FakeValue* result = in(call)->result(at, {ROPEWALK_TYPE_TEXT, ROPEWALK_TYPE_BYTES}, "output.result");
        if (result != nullptr) *result = string_value(in(call)->result_type(at), out(in(call)->all_output(stream)));
        return ROPEWALK_OK;
      }};
  return output;
}

inline const ropewalk_processes& fake_processes() {
  static const ropewalk_processes processes = {
      sizeof(ropewalk_processes), 0, [](ropewalk_call* call, std::uint64_t count) { in(call)->left_behind(count); }};
  return processes;
}

/// Which optional features query() offers: all of them, or none, like a host that predates them.
enum class FakeFeatures { all, none };

inline ropewalk_host make_fake_table(FakeFeatures features) {
  ropewalk_host host{};
  host.struct_size = sizeof host;
  host.abi_minor = ROPEWALK_ABI_MINOR;
  fill_describe(host);
  fill_params(host);
  fill_values(host);
  fill_results(host);
  fill_call(host);
  if (features == FakeFeatures::all)
    host.query = [](const char* name) -> const void* {
      if (std::string_view(name) == ROPEWALK_OUTPUT_FEATURE) return &fake_output();
      return std::string_view(name) == ROPEWALK_PROCESSES_FEATURE ? &fake_processes() : nullptr;
    };
  return host;
}

inline const ropewalk_host& fake_table(FakeFeatures features = FakeFeatures::all) {
  static const ropewalk_host with = make_fake_table(FakeFeatures::all), without = make_fake_table(FakeFeatures::none);
  return features == FakeFeatures::all ? with : without;
}

}  // namespace detail
}  // namespace sdk_v1
}  // namespace ropewalk
