#pragma once
// Codec<M>: how a member of C++ type M is declared, read and written through the ABI. One specialisation per kind of
// type. Plugin authors call nothing here. Part of task.hpp, which is what a plugin includes.
//
// A Codec has type and element (ROPEWALK_TYPE_*), and those of the following functions that make sense for M:
//   read(host, call, position, member)     a parameter that is present
//   from(host, value, member)              an element of a nested value
//   write(host, call, position, member)    a result field
//   build(host, builder, member)           an element of a nested result
//   json(member)                           a default; "null" if JSON cannot represent it
// Values that do not fit are rejected by throwing Permanent.

#include <ropewalk/sdk/abi.h>
#include <ropewalk/sdk/any.hpp>
#include <ropewalk/sdk/failure.hpp>
#include <ropewalk/sdk/json.hpp>

#include <chrono>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ropewalk {
inline namespace [[gnu::visibility("hidden")]] sdk_v1 {
namespace detail {

using Host = const ropewalk_host*;

inline std::string_view view(ropewalk_text text) { return {text.size ? text.data : "", text.size}; }
inline ropewalk_text borrow(std::string_view text) { return {text.data(), text.size()}; }

/// Checks the type of a nested value, which is determined by the workflow and not by the plugin's declaration.
inline void expect(Host host, const ropewalk_value* value, std::initializer_list<std::int32_t> types,
                   const char* what) {
  const std::int32_t type = host->value_type(value);
  for (const std::int32_t wanted : types)
    if (type == wanted) return;
  throw Permanent(std::string("it holds ") + (type == ROPEWALK_TYPE_ABSENT ? "null" : "a value of another type") +
                  " where " + what + " is expected");
}

/// Fallback for types without a direct function: builds a result field of nested type.
template <class Codec, class M>
void write_nested(Host host, ropewalk_call* call, std::uint32_t position, const M& member) {
  Codec::build(host, host->result_build(call, position), member);
}

template <class M>
struct Codec;

template <>
struct Codec<bool> {
  static constexpr std::int32_t type = ROPEWALK_TYPE_BOOL, element = 0;
  static void read(Host host, ropewalk_call* call, std::uint32_t at, bool& out) {
    out = host->param_bool(call, at) != 0;
  }
  static void from(Host host, const ropewalk_value* value, bool& out) {
    expect(host, value, {ROPEWALK_TYPE_BOOL}, "true or false");
    out = host->value_bool(value) != 0;
  }
  static void write(Host host, ropewalk_call* call, std::uint32_t at, bool in) { host->result_bool(call, at, in); }
  static void build(Host host, ropewalk_builder* builder, bool in) { host->build_bool(builder, in); }
  static std::string json(bool in) { return in ? "true" : "false"; }
};

template <std::integral M>
struct Codec<M> {
  static constexpr std::int32_t type = ROPEWALK_TYPE_INT, element = 0;
  static M narrow(std::int64_t value) {
    if (!std::in_range<M>(value))
      throw Permanent(std::to_string(value) + " is outside " + std::to_string(std::numeric_limits<M>::min()) + ".." +
                      std::to_string(std::numeric_limits<M>::max()));
    return static_cast<M>(value);
  }
  static std::int64_t widen(M value) {
    if (!std::in_range<std::int64_t>(value))
      throw Permanent(std::to_string(value) + " does not fit into 64 bits with a sign");
    return static_cast<std::int64_t>(value);
  }
  static void read(Host host, ropewalk_call* call, std::uint32_t at, M& out) {
    out = narrow(host->param_int(call, at));
  }
  static void from(Host host, const ropewalk_value* value, M& out) {
    expect(host, value, {ROPEWALK_TYPE_INT, ROPEWALK_TYPE_SIZE}, "an int");
    out = narrow(host->value_int(value));
  }
  static void write(Host host, ropewalk_call* call, std::uint32_t at, M in) { host->result_int(call, at, widen(in)); }
  static void build(Host host, ropewalk_builder* builder, M in) { host->build_int(builder, widen(in)); }
  static std::string json(M in) { return json_number(in); }
};

template <std::floating_point M>
struct Codec<M> {
  static constexpr std::int32_t type = ROPEWALK_TYPE_FLOAT, element = 0;
  static void read(Host host, ropewalk_call* call, std::uint32_t at, M& out) {
    out = static_cast<M>(host->param_float(call, at));
  }
  static void from(Host host, const ropewalk_value* value, M& out) {
    expect(host, value, {ROPEWALK_TYPE_FLOAT, ROPEWALK_TYPE_INT}, "a number");
    out = static_cast<M>(host->value_float(value));
  }
  static void write(Host host, ropewalk_call* call, std::uint32_t at, M in) {
    host->result_float(call, at, static_cast<double>(in));
  }
  static void build(Host host, ropewalk_builder* builder, M in) { host->build_float(builder, static_cast<double>(in)); }
  static std::string json(M in) { return json_number(static_cast<double>(in)); }
};

/// Text, bytes and paths differ in their type code and in how the member stores the bytes.
template <class M, std::int32_t kType>
struct StringCodec {
  static constexpr std::int32_t type = kType, element = 0;
  static M make(std::string_view text) {
    if constexpr (kType == ROPEWALK_TYPE_BYTES) {
      const auto* first = reinterpret_cast<const std::byte*>(text.data());
      return M(first, first + text.size());
    } else {
      return M(text);
    }
  }
  static std::string_view bytes(const M& in) {
    if constexpr (kType == ROPEWALK_TYPE_PATH)
      return in.native();
    else if constexpr (kType == ROPEWALK_TYPE_BYTES)
      return {reinterpret_cast<const char*>(in.data()), in.size()};
    else
      return in;
  }
  static void read(Host host, ropewalk_call* call, std::uint32_t at, M& out) {
    out = make(view(host->param_text(call, at)));
  }
  static void from(Host host, const ropewalk_value* value, M& out) {
    expect(host, value, {ROPEWALK_TYPE_TEXT, ROPEWALK_TYPE_PATH, ROPEWALK_TYPE_BYTES}, "a text");
    out = make(view(host->value_text(value)));
  }
  static void write(Host host, ropewalk_call* call, std::uint32_t at, const M& in) {
    host->result_text(call, at, borrow(bytes(in)));
  }
  static void build(Host host, ropewalk_builder* builder, const M& in) {
    host->build_text(builder, kType, borrow(bytes(in)));
  }
  static std::string json(const M& in) requires(kType != ROPEWALK_TYPE_BYTES) { return json_string(bytes(in)); }
};

template <>
struct Codec<std::string> : StringCodec<std::string, ROPEWALK_TYPE_TEXT> {};
/// Not copied: borrowed until run() returns.
template <>
struct Codec<std::string_view> : StringCodec<std::string_view, ROPEWALK_TYPE_TEXT> {};
template <>
struct Codec<std::filesystem::path> : StringCodec<std::filesystem::path, ROPEWALK_TYPE_PATH> {};
template <>
struct Codec<std::vector<std::byte>> : StringCodec<std::vector<std::byte>, ROPEWALK_TYPE_BYTES> {};
/// Not copied: borrowed until run() returns.
template <>
struct Codec<std::span<const std::byte>> : StringCodec<std::span<const std::byte>, ROPEWALK_TYPE_BYTES> {};

/// The host's unit is the nanosecond. In nested values and in JSON, durations are in seconds.
template <class Rep, class Period>
struct Codec<std::chrono::duration<Rep, Period>> {
  using M = std::chrono::duration<Rep, Period>;
  using Seconds = std::chrono::duration<double>;
  static constexpr std::int32_t type = ROPEWALK_TYPE_DURATION, element = 0;
  static void read(Host host, ropewalk_call* call, std::uint32_t at, M& out) {
    out = std::chrono::duration_cast<M>(std::chrono::nanoseconds(host->param_int(call, at)));
  }
  static void from(Host host, const ropewalk_value* value, M& out) {
    expect(host, value, {ROPEWALK_TYPE_FLOAT, ROPEWALK_TYPE_INT, ROPEWALK_TYPE_DURATION}, "a duration in seconds");
    if (host->value_type(value) == ROPEWALK_TYPE_DURATION)
      out = std::chrono::duration_cast<M>(std::chrono::nanoseconds(host->value_int(value)));
    else
      out = std::chrono::round<M>(Seconds(host->value_float(value)));
  }
  static void write(Host host, ropewalk_call* call, std::uint32_t at, M in) {
    host->result_int(call, at, std::chrono::duration_cast<std::chrono::nanoseconds>(in).count());
  }
  static void build(Host host, ropewalk_builder* builder, M in) { host->build_float(builder, Seconds(in).count()); }
  static std::string json(M in) { return json_number(Seconds(in).count()); }
};
/// std::chrono::round rejects floating-point durations, which need no rounding.
template <std::floating_point Rep, class Period>
struct Codec<std::chrono::duration<Rep, Period>> {
  using M = std::chrono::duration<Rep, Period>;
  using Exact = Codec<std::chrono::nanoseconds>;
  static constexpr std::int32_t type = ROPEWALK_TYPE_DURATION, element = 0;
  static void read(Host host, ropewalk_call* call, std::uint32_t at, M& out) {
    out = std::chrono::nanoseconds(host->param_int(call, at));
  }
  static void from(Host host, const ropewalk_value* value, M& out) {
    std::chrono::nanoseconds exact{};
    Exact::from(host, value, exact);
    out = exact;
  }
  static void write(Host host, ropewalk_call* call, std::uint32_t at, M in) {
    Exact::write(host, call, at, std::chrono::round<std::chrono::nanoseconds>(in));
  }
  static void build(Host host, ropewalk_builder* builder, M in) {
    host->build_float(builder, std::chrono::duration<double>(in).count());
  }
  static std::string json(M in) { return json_number(std::chrono::duration<double>(in).count()); }
};

template <>
struct Codec<Size> {
  using Count = Codec<std::uint64_t>;
  static constexpr std::int32_t type = ROPEWALK_TYPE_SIZE, element = 0;
  static void read(Host host, ropewalk_call* call, std::uint32_t at, Size& out) {
    Count::read(host, call, at, out.bytes);
  }
  static void from(Host host, const ropewalk_value* value, Size& out) { Count::from(host, value, out.bytes); }
  static void write(Host host, ropewalk_call* call, std::uint32_t at, Size in) {
    Count::write(host, call, at, in.bytes);
  }
  static void build(Host host, ropewalk_builder* builder, Size in) { Count::build(host, builder, in.bytes); }
  static std::string json(Size in) { return Count::json(in.bytes); }
};

template <>
struct Codec<Buffer> {
  static constexpr std::int32_t type = ROPEWALK_TYPE_BYTES, element = 0;
  static void write(Host, ropewalk_call*, std::uint32_t, const Buffer&) {}  // the host already has it
};

template <>
struct Codec<Any> {
  static constexpr std::int32_t type = ROPEWALK_TYPE_ANY, element = 0;
  static void read(Host host, ropewalk_call* call, std::uint32_t at, Any& out) {
    out = Any(host, host->param_value(call, at));
  }
  static void from(Host host, const ropewalk_value* value, Any& out) { out = Any(host, value); }
  static void write(Host host, ropewalk_call* call, std::uint32_t at, const Any& in) {
    write_nested<Codec>(host, call, at, in);
  }
  static void build(Host host, ropewalk_builder* builder, const Any& in) {
    switch (in.type()) {
      case ROPEWALK_TYPE_BOOL: return host->build_bool(builder, in.boolean());
      case ROPEWALK_TYPE_INT:
      case ROPEWALK_TYPE_DURATION:
      case ROPEWALK_TYPE_SIZE: return host->build_int(builder, in.integer());
      case ROPEWALK_TYPE_FLOAT: return host->build_float(builder, in.real());
      case ROPEWALK_TYPE_TEXT:
      case ROPEWALK_TYPE_BYTES:
      case ROPEWALK_TYPE_PATH: return host->build_text(builder, in.type(), borrow(in.text()));
      case ROPEWALK_TYPE_LIST:
        host->build_begin_list(builder);
        for (std::uint64_t i = 0; i < in.size(); ++i) build(host, builder, in[i]);
        return host->build_end(builder);
      case ROPEWALK_TYPE_MAP:
        host->build_begin_map(builder);
        for (std::uint64_t i = 0; i < in.size(); ++i) {
          host->build_key(builder, borrow(in.key(i)));
          build(host, builder, in[i]);
        }
        return host->build_end(builder);
      default: return host->build_null(builder);
    }
  }
  static std::string json(const Any&) { return "null"; }
};

template <class E>
concept HasJson = requires(const E& item) {
  Codec<E>::json(item);
};

template <class E>
struct Codec<std::vector<E>> {
  using M = std::vector<E>;
  static constexpr std::int32_t type = ROPEWALK_TYPE_LIST;
  static constexpr std::int32_t element = Codec<E>::type == ROPEWALK_TYPE_ANY ? 0 : Codec<E>::type;
  static void read(Host host, ropewalk_call* call, std::uint32_t at, M& out) {
    from(host, host->param_value(call, at), out);
  }
  static void from(Host host, const ropewalk_value* value, M& out) {
    expect(host, value, {ROPEWALK_TYPE_LIST}, "a list");
    const std::uint64_t length = host->value_length(value);
    out.clear();
    out.reserve(length);
    for (std::uint64_t i = 0; i < length; ++i) {
      E item{};
      Codec<E>::from(host, host->value_at(value, i), item);
      out.push_back(std::move(item));
    }
  }
  static void write(Host host, ropewalk_call* call, std::uint32_t at, const M& in) {
    write_nested<Codec>(host, call, at, in);
  }
  static void build(Host host, ropewalk_builder* builder, const M& in) {
    host->build_begin_list(builder);
    for (const auto& item : in) Codec<E>::build(host, builder, item);
    host->build_end(builder);
  }
  static std::string json(const M& in) requires HasJson<E> {
    std::string out = "[";
    for (const auto& item : in) out += (out.size() > 1 ? "," : "") + Codec<E>::json(item);
    return out += ']';
  }
};

template <class E, class Compare>
struct Codec<std::map<std::string, E, Compare>> {
  using M = std::map<std::string, E, Compare>;
  static constexpr std::int32_t type = ROPEWALK_TYPE_MAP;
  static constexpr std::int32_t element = Codec<E>::type == ROPEWALK_TYPE_ANY ? 0 : Codec<E>::type;
  static void read(Host host, ropewalk_call* call, std::uint32_t at, M& out) {
    from(host, host->param_value(call, at), out);
  }
  static void from(Host host, const ropewalk_value* value, M& out) {
    expect(host, value, {ROPEWALK_TYPE_MAP}, "a map");
    out.clear();
    for (std::uint64_t i = 0, length = host->value_length(value); i < length; ++i) {
      E item{};
      Codec<E>::from(host, host->value_at(value, i), item);
      out.emplace(view(host->value_key(value, i)), std::move(item));
    }
  }
  static void write(Host host, ropewalk_call* call, std::uint32_t at, const M& in) {
    write_nested<Codec>(host, call, at, in);
  }
  static void build(Host host, ropewalk_builder* builder, const M& in) {
    host->build_begin_map(builder);
    for (const auto& [key, item] : in) {
      host->build_key(builder, borrow(key));
      Codec<E>::build(host, builder, item);
    }
    host->build_end(builder);
  }
  static std::string json(const M& in) requires HasJson<E> {
    std::string out = "{";
    for (const auto& [key, item] : in)
      out += (out.size() > 1 ? "," : "") + json_string(key) + ":" + Codec<E>::json(item);
    return out += '}';
  }
};

/// Declared as its value type. An absent parameter leaves it empty; an empty one is not written.
template <class E>
struct Codec<std::optional<E>> {
  using M = std::optional<E>;
  static constexpr std::int32_t type = Codec<E>::type, element = Codec<E>::element;
  static void read(Host host, ropewalk_call* call, std::uint32_t at, M& out) {
    Codec<E>::read(host, call, at, out.emplace());
  }
  static void from(Host host, const ropewalk_value* value, M& out) {
    if (host->value_type(value) == ROPEWALK_TYPE_ABSENT)
      out.reset();
    else
      Codec<E>::from(host, value, out.emplace());
  }
  static void write(Host host, ropewalk_call* call, std::uint32_t at, const M& in) {
    if (in) Codec<E>::write(host, call, at, *in);
  }
  static void build(Host host, ropewalk_builder* builder, const M& in) {
    if (in)
      Codec<E>::build(host, builder, *in);
    else
      host->build_null(builder);
  }
  static std::string json(const M& in) requires HasJson<E> { return in ? Codec<E>::json(*in) : "null"; }
};

template <class M>
inline constexpr bool is_optional = false;
template <class E>
inline constexpr bool is_optional<std::optional<E>> = true;

}  // namespace detail
}  // namespace sdk_v1
}  // namespace ropewalk
