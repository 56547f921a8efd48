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
  /// A list of these elements, also of none.
  SpecList(std::initializer_list<SpecValue> elements);
  /// The same.
  explicit SpecList(std::vector<SpecValue> elements);
  /// The empty list: its key is written.
  static SpecList none();

  /// Whether its key is not written.
  bool is_absent() const { return absent_; }
  /// The elements in order. Valid until the list is changed or ends.
  const std::vector<SpecValue>& elements() const { return elements_; }
  /// Appends an element. The list is no longer absent.
  void add(SpecValue element);

  /// Compares the elements, and whether the lists are absent.
  bool operator==(const SpecList& other) const;

 private:
  bool absent_ = true;
  std::vector<SpecValue> elements_;
};

/// Names with values, in the order given. Absence as for SpecList. A name that is given twice is an error of the
/// workflow. A field whose value is absent is left out.
class SpecMap {
 public:
  // These are defined where SpecField is complete.
  SpecMap();
  /// A map of these fields, also of none.
  SpecMap(std::initializer_list<SpecField> fields);
  SpecMap(const SpecMap& other);                 ///< copies the fields
  SpecMap(SpecMap&& other) noexcept;             ///< takes the fields
  SpecMap& operator=(const SpecMap& other);      ///< copies the fields
  SpecMap& operator=(SpecMap&& other) noexcept;  ///< takes the fields
  ~SpecMap();
  /// The empty map: its key is written.
  static SpecMap none();

  /// Whether its key is not written.
  bool is_absent() const { return absent_; }
  /// The fields in order. Valid until the map is changed or ends.
  const std::vector<SpecField>& fields() const { return fields_; }
  /// The value of the first field of that name, which is added if there is none.
  SpecValue& operator[](std::string_view name);
  /// Null if there is no such field.
  const SpecValue* find(std::string_view name) const;
  /// Appends a field. The map is no longer absent.
  void add(std::string name, SpecValue value);

  /// Compares the fields in order, and whether the maps are absent.
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
  /// What a value is.
  enum class Kind : std::uint8_t {
    absent,   ///< its key is not written
    null,     ///< a constant without a value
    boolean,  ///< true or false
    integer,  ///< a number without a fraction
    real,     ///< a number with one
    text,     ///< in quotes, or with an expression in it
    plain,    ///< what a file has without quotes
    list,     ///< a SpecList
    map,      ///< a SpecMap
  };

  SpecValue() = default;
  /// true or false.
  template <std::same_as<bool> T>
  SpecValue(T value) : data_(Value(value)) {}
  /// An int; one beyond 64 bits with a sign is refused when the workflow is planned.
  template <spec_detail::Integer T>
  SpecValue(T value)
      : SpecValue(std::in_range<std::int64_t>(value) ? SpecValue(Value(static_cast<std::int64_t>(value)))
                                                     : plain(std::to_string(value))) {}
  /// A float.
  template <std::floating_point T>
  SpecValue(T value) : data_(Value(static_cast<double>(value))) {}
  /// A text of one character.
  SpecValue(char character) : SpecValue(std::string(1, character)) {}
  SpecValue(const char* text);  ///< null: absent
  /// Text, in which `${{ }}` is an expression.
  SpecValue(std::string text) : data_(Text{std::move(text), false}) {}
  /// The same.
  SpecValue(std::string_view text) : SpecValue(std::string(text)) {}
  SpecValue(std::nullptr_t) = delete;
  /// A constant path.
  SpecValue(const std::filesystem::path& path);
  /// A duration as text, such as "1500ms".
  template <class Rep, class Period>
  SpecValue(std::chrono::duration<Rep, Period> duration)
      : SpecValue(of_seconds(std::chrono::duration<long double>(duration).count())) {}
  /// A constant. Bytes, and text that is not UTF-8, become the expression `from_base64()`. Of a list or map only as
  /// much is kept as a workflow may have (100,000 elements, 64 levels) and a little more, so that planning refuses it.
  SpecValue(const Value& value);
  /// A list; an absent one is an absent value.
  SpecValue(SpecList list) : data_(std::move(list)) {}
  /// A map; an absent one is an absent value.
  SpecValue(SpecMap map) : data_(std::move(map)) {}

  /// `${{ source }}`, alone, so that its value keeps its type.
  static SpecValue expression(std::string_view source);
  /// What a file has without quotes: the type that is declared where it stands decides whether "3.10" is text or a
  /// number. Without such a type, numbers that would change and words such as "yes" are errors. With `${{` it is text.
  static SpecValue plain(std::string text);

  /// What it is.
  Kind kind() const;
  /// Whether its key is not written.
  bool is_absent() const { return kind() == Kind::absent; }
  /// A bool, int, float or null; nullptr if the value is something else.
  const Value* as_constant() const { return std::get_if<Value>(&data_); }
  /// Of text or plain; nullptr if the value is something else.
  const std::string* as_text() const;
  /// nullptr if the value is something else. Valid until the value is changed or ends.
  const SpecList* as_list() const { return std::get_if<SpecList>(&data_); }
  /// The same, to be changed.
  SpecList* as_list() { return std::get_if<SpecList>(&data_); }
  /// nullptr if the value is something else. Valid until the value is changed or ends.
  const SpecMap* as_map() const { return std::get_if<SpecMap>(&data_); }
  /// The same, to be changed.
  SpecMap* as_map() { return std::get_if<SpecMap>(&data_); }

  /// Compares kinds and values.
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
  std::string name;      ///< the key
  SpecValue value = {};  ///< what stands behind it; absent: the field is left out

  /// Compares name and value.
  bool operator==(const SpecField&) const = default;
};

}  // namespace ropewalk
