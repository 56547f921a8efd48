#pragma once
// Types of parameters and results without an equivalent in the standard library: Any, Size, Buffer. Plain values; an
// Any borrows from its call and must not outlive it. Part of task.hpp, which is what a plugin includes.

#include <ropewalk/sdk/abi.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace ropewalk {
inline namespace sdk_v1 {

/// A number of bytes; workflows write it as 64MiB.
struct Size {
  std::uint64_t bytes = 0;  ///< the number
  constexpr Size() = default;
  /// Converts a number of bytes.
  constexpr Size(std::uint64_t count) : bytes(count) {}
  /// Converts back.
  constexpr operator std::uint64_t() const { return bytes; }
};

/// Memory from Call::buffer() for a result of type bytes: written in place, never copied.
struct Buffer {
  std::byte* data = nullptr;  ///< belongs to the host; writable until run() returns
  std::size_t size = 0;       ///< bytes
  /// Returns all of it, to write into.
  std::span<std::byte> span() const { return {data, size}; }
};

/// A value of any shape, read-only. As a result it is copied completely. Reading it as a different type returns false,
/// 0 or an empty text. Any thread may read it during run().
class Any {
 public:
  Any() = default;
  /// Made by the SDK for a parameter.
  Any(const ropewalk_host* host, const ropewalk_value* value) : host_(host), value_(value) {}

  /// ROPEWALK_TYPE_*; ABSENT for null.
  std::int32_t type() const { return value_ ? host_->value_type(value_) : ROPEWALK_TYPE_ABSENT; }
  /// Whether it is null or absent.
  bool is_null() const { return type() == ROPEWALK_TYPE_ABSENT; }
  /// Whether it is a list.
  bool is_list() const { return type() == ROPEWALK_TYPE_LIST; }
  /// Whether it is a map.
  bool is_map() const { return type() == ROPEWALK_TYPE_MAP; }

  /// For a bool; otherwise false.
  bool boolean() const { return value_ && host_->value_bool(value_) != 0; }
  /// For an int, a duration in nanoseconds or a size in bytes; otherwise 0.
  std::int64_t integer() const { return value_ ? host_->value_int(value_) : 0; }
  /// For a float or an int; otherwise 0.
  double real() const { return value_ ? host_->value_float(value_) : 0.0; }
  /// For a text, bytes or a path. Borrowed until run() returns.
  std::string_view text() const { return value_ ? view(host_->value_text(value_)) : std::string_view(); }

  /// Number of elements of a list or a map.
  std::uint64_t size() const { return value_ ? host_->value_length(value_) : 0; }
  /// Returns an element of a list or a map; null beyond the end.
  Any operator[](std::uint64_t index) const { return value_ ? Any(host_, host_->value_at(value_, index)) : Any(); }
  /// Returns the key of an element of a map. Keys are ascending. Borrowed until run() returns.
  std::string_view key(std::uint64_t index) const {
    return value_ ? view(host_->value_key(value_, index)) : std::string_view();
  }
  /// Returns the element of a map, or null if it is absent.
  Any find(std::string_view name) const {
    for (std::uint64_t i = 0; is_map() && i < size(); ++i)
      if (key(i) == name) return (*this)[i];
    return {};
  }

 private:
  static std::string_view view(ropewalk_text text) { return {text.size ? text.data : "", text.size}; }

  const ropewalk_host* host_ = nullptr;
  const ropewalk_value* value_ = nullptr;
};

}  // namespace sdk_v1
}  // namespace ropewalk
