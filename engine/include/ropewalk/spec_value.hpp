#pragma once
// A value in a workflow that a program makes: what stands behind a key of the workflow language.

#include <ropewalk/value.hpp>

#include <chrono>
#include <concepts>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace ropewalk {

class SpecValue;
struct SpecField;

/// A list in a spec. A default-constructed list is absent, as if its key were not written; none() is an empty list.
/// A plain value: copy, compare, no locks.
class SpecList {
 public:
  SpecList() = default;
  SpecList(std::initializer_list<SpecValue> elements);
  explicit SpecList(std::vector<SpecValue> elements);
  static SpecList none();

  bool is_absent() const { return absent_; }
  const std::vector<SpecValue>& elements() const { return elements_; }
  void add(SpecValue element);

  bool operator==(const SpecList& other) const;

 private:
  bool absent_ = true;
  std::vector<SpecValue> elements_;
};

/// Names with values, in the order given. Absence as for SpecList. A name that is given twice is an error of the
/// workflow. A field whose value is absent is left out.
class SpecMap {
 public:
  // Defined where SpecField is complete.
  SpecMap();
  SpecMap(std::initializer_list<SpecField> fields);
  SpecMap(const SpecMap& other);
  SpecMap(SpecMap&& other) noexcept;
  SpecMap& operator=(const SpecMap& other);
  SpecMap& operator=(SpecMap&& other) noexcept;
  ~SpecMap();
  static SpecMap none();

  bool is_absent() const { return absent_; }
  const std::vector<SpecField>& fields() const { return fields_; }
  /// The value of the first field of that name, which is added if there is none.
  SpecValue& operator[](std::string_view name);
  /// Null if there is no such field.
  const SpecValue* find(std::string_view name) const;
  void add(std::string name, SpecValue value);

  bool operator==(const SpecMap& other) const;

 private:
  bool absent_ = true;
  std::vector<SpecField> fields_;
};

namespace spec_detail {

template <class T>
concept Character = std::same_as<T, char> || std::same_as<T, wchar_t> || std::same_as<T, char8_t> ||
    std::same_as<T, char16_t> || std::same_as<T, char32_t>;
template <class T>
concept Integer = std::integral<T> && !std::same_as<T, bool> && !Character<T>;

}  // namespace spec_detail

/// What stands behind a key: a bool, a number, text, a list or a map; or nothing, as if the key were not written.
///
/// Strings (`const char*`, std::string) are text as in a workflow file, in which `${{ item }}` is an expression. A
/// Value and a std::filesystem::path are constants: `${{` in them is literal. Durations become text such as "1500ms".
/// Any thread, as a std::string.
class SpecValue {
 public:
  enum class Kind : std::uint8_t { absent, null, boolean, integer, real, text, plain, list, map };

  SpecValue() = default;
  template <std::same_as<bool> T>
  SpecValue(T value) : data_(Value(value)) {}
  template <spec_detail::Integer T>
  SpecValue(T value)
      : SpecValue(std::in_range<std::int64_t>(value) ? SpecValue(Value(static_cast<std::int64_t>(value)))
                                                     : plain(std::to_string(value))) {}
  template <std::floating_point T>
  SpecValue(T value) : data_(Value(static_cast<double>(value))) {}
  SpecValue(char character) : SpecValue(std::string(1, character)) {}
  SpecValue(const char* text);  ///< null: absent
  SpecValue(std::string text) : data_(Text{std::move(text), false}) {}
  SpecValue(std::string_view text) : SpecValue(std::string(text)) {}
  SpecValue(std::nullptr_t) = delete;
  SpecValue(const std::filesystem::path& path);
  template <class Rep, class Period>
  SpecValue(std::chrono::duration<Rep, Period> duration)
      : SpecValue(of_seconds(std::chrono::duration<long double>(duration).count())) {}
  /// A constant. Bytes, and text that is not UTF-8, become the expression `from_base64()`. Of a list or map only as
  /// much is kept as a workflow may have (100,000 elements, 64 levels) and a little more, so that planning refuses it.
  SpecValue(const Value& value);
  SpecValue(SpecList list) : data_(std::move(list)) {}
  SpecValue(SpecMap map) : data_(std::move(map)) {}

  /// `${{ source }}`, alone, so that its value keeps its type.
  static SpecValue expression(std::string_view source);
  /// What a file has without quotes: the type that is declared where it stands decides whether "3.10" is text or a
  /// number. Without such a type, numbers that would change and words such as "yes" are errors. With `${{` it is text.
  static SpecValue plain(std::string text);

  Kind kind() const;
  bool is_absent() const { return kind() == Kind::absent; }
  /// A bool, int, float or null; nullptr if the value is something else.
  const Value* as_constant() const { return std::get_if<Value>(&data_); }
  /// Of text or plain; nullptr if the value is something else.
  const std::string* as_text() const;
  const SpecList* as_list() const { return std::get_if<SpecList>(&data_); }
  SpecList* as_list() { return std::get_if<SpecList>(&data_); }
  const SpecMap* as_map() const { return std::get_if<SpecMap>(&data_); }
  SpecMap* as_map() { return std::get_if<SpecMap>(&data_); }

  bool operator==(const SpecValue&) const = default;

 private:
  struct Text {
    std::string text;
    bool plain;
    bool operator==(const Text&) const = default;
  };
  static SpecValue of_seconds(long double seconds);

  std::variant<std::monostate, Value, Text, SpecList, SpecMap> data_;
};

/// `{"path", "${{ item }}"}`
struct SpecField {
  std::string name;
  SpecValue value = {};
  bool operator==(const SpecField&) const = default;
};

}  // namespace ropewalk
