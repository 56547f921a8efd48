#pragma once
// FakeValue: a value that the fake host passes to a task or receives from it. Plain: copy, compare, no locks. Part of
// fake_host.hpp, which is what a plugin's tests include.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace ropewalk {
inline namespace sdk_v1 {

/// A value of a parameter or a result in a test. Durations are in seconds and sizes in bytes, as in a workflow's
/// expressions.
class FakeValue {
 public:
  /// The elements of a list.
  using List = std::vector<FakeValue>;
  /// The elements of a map, ascending by key.
  using Map = std::map<std::string, FakeValue, std::less<>>;
  /// A value of type bytes.
  struct Bytes {
    std::string data;                               ///< the bytes
    bool operator==(const Bytes&) const = default;  ///< compares the bytes
  };

  /// Null.
  FakeValue() = default;
  /// @{
  /// A value of the type that the argument has in C++: null, bool, int, float, text, bytes, path, list or map.
  FakeValue(std::nullptr_t) {}
  FakeValue(bool value) : data_(value) {}
  FakeValue(int value) : data_(std::int64_t{value}) {}
  FakeValue(std::int64_t value) : data_(value) {}
  FakeValue(double value) : data_(value) {}
  FakeValue(const char* value) : data_(std::string(value)) {}
  FakeValue(std::string value) : data_(std::move(value)) {}
  FakeValue(std::string_view value) : data_(std::string(value)) {}
  FakeValue(Bytes value) : data_(std::move(value)) {}
  FakeValue(std::filesystem::path value) : data_(std::move(value)) {}
  FakeValue(List value) : data_(std::move(value)) {}
  FakeValue(Map value) : data_(std::move(value)) {}
  /// @}

  /// Whether it is null.
  bool is_null() const { return std::holds_alternative<std::monostate>(data_); }
  /// Returns null if the value is of another kind; T is one of the types of the conversions.
  template <class T>
  const T* get() const {
    return std::get_if<T>(&data_);
  }
  /// The same, to be changed.
  template <class T>
  T* get() {
    return std::get_if<T>(&data_);
  }
  /// The bytes of a text, bytes or path, otherwise "".
  std::string_view bytes() const {
    if (const auto* text = get<std::string>()) return *text;
    if (const auto* bytes = get<Bytes>()) return bytes->data;
    if (const auto* path = get<std::filesystem::path>()) return path->native();
    return {};
  }
  /// The number of an int or a float, otherwise 0.
  double number() const {
    if (const auto* value = get<std::int64_t>()) return static_cast<double>(*value);
    if (const auto* value = get<double>()) return *value;
    return 0;
  }

  /// One line for a test's message; JSON if JSON can represent the value.
  std::string shown() const {
    std::string out;
    if (is_null()) return "null";
    if (const auto* flag = get<bool>()) return *flag ? "true" : "false";
    if (const auto* value = get<std::int64_t>()) return std::to_string(*value);
    if (const auto* value = get<double>()) return std::to_string(*value);
    if (const auto* list = get<List>()) {
      for (const FakeValue& item : *list) out += (out.empty() ? "" : ", ") + item.shown();
      return "[" + out + "]";
    }
    if (const auto* map = get<Map>()) {
      for (const auto& [key, item] : *map) out += (out.empty() ? "" : ", ") + key + ": " + item.shown();
      return "{" + out + "}";
    }
    return '"' + std::string(bytes()) + '"';
  }

  /// Compares kind and content.
  bool operator==(const FakeValue&) const;

 private:
  std::variant<std::monostate, bool, std::int64_t, double, std::string, Bytes, std::filesystem::path, List, Map> data_;
};

inline bool FakeValue::operator==(const FakeValue& other) const { return data_ == other.data_; }

}  // namespace sdk_v1
}  // namespace ropewalk
