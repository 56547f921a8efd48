#pragma once
// The values of parameters, items and results. A Value is a plain value: copy, compare, no locks.

#include <ropewalk/error.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace ropewalk {

class Value;
/// The elements of a list.
using List = std::vector<Value>;
using Map = std::map<std::string, Value, std::less<>>;  ///< keys ascending, bytewise

/// Any bytes.
struct Bytes {
  std::string data;  ///< the bytes
  /// Compares bytewise.
  auto operator<=>(const Bytes&) const = default;
};

/// Bytes without NUL, in no particular encoding.
struct Path {
  std::string data;  ///< as the system takes it
  /// Compares bytewise.
  auto operator<=>(const Path&) const = default;
};

/// Large bytes, text or a path in memory shared between processes, passed on without copying. Immutable; any thread.
class SharedBytes {
 public:
  virtual ~SharedBytes() = default;
  /// Returns the bytes in place. Valid as long as this.
  virtual std::string_view bytes() const = 0;
  /// Returns a copy, made on the first call.
  const std::string& copy() const {
    std::call_once(copied_, [this] { copy_ = bytes(); });
    return copy_;
  }

 private:
  mutable std::once_flag copied_;
  mutable std::string copy_;
};

class SharedList;

/// A value of the language: null, a bool, an int, a float, text, bytes, a path, a list or a map. Copies are
/// independent. After parsing, durations are floats (seconds) and sizes are ints (bytes).
class Value {
 public:
  /// What a value is.
  enum class Kind : std::uint8_t {
    null,     ///< no value
    boolean,  ///< bool
    integer,  ///< std::int64_t
    real,     ///< double
    text,     ///< UTF-8, as a rule
    bytes,    ///< Bytes
    path,     ///< Path
    list,     ///< List
    map,      ///< Map
  };

  /// Null.
  Value() = default;
  /// @{
  /// A value of the kind that the argument has in C++.
  Value(std::nullptr_t) {}
  Value(bool value) : data_(value) {}
  Value(int value) : data_(std::int64_t{value}) {}
  Value(std::int64_t value) : data_(value) {}
  Value(double value) : data_(value) {}
  Value(const char* value) : data_(std::string(value)) {}
  Value(std::string value) : data_(std::move(value)) {}
  Value(std::string_view value) : data_(std::string(value)) {}
  Value(Bytes value) : data_(std::move(value)) {}
  Value(Path value) : data_(std::move(value)) {}
  Value(List value) : data_(std::move(value)) {}
  Value(Map value) : data_(std::move(value)) {}
  /// @}
  /// Of text, bytes or a path. Only as_shared() distinguishes it from a value that owns its bytes.
  Value(Kind kind, std::shared_ptr<const SharedBytes> bytes) : data_(Shared{kind, std::move(bytes)}) {}
  /// A list. Only as_shared_list() distinguishes it from a list that owns its elements.
  Value(std::shared_ptr<const SharedList> list) : data_(std::move(list)) {}

  /// Returns what it is.
  Kind kind() const {
    if (data_.index() <= static_cast<std::size_t>(Kind::map)) return static_cast<Kind>(data_.index());
    const Shared* shared = std::get_if<Shared>(&data_);
    return shared ? shared->kind : Kind::list;
  }
  /// Whether it is null.
  bool is_null() const { return kind() == Kind::null; }

  /// Returns the value as a T: value.get<std::int64_t>(). value_access.hpp lists the types. Error R410: it is not a T,
  /// or does not fit into one.
  template <class T>
  Result<T> get() const;
  /// The same for a field of a map: value.get<std::string>("name"). Error R410: as get(), and there is no such field,
  /// with the nearest one. A missing field is std::nullopt as a std::optional.
  template <class T>
  Result<T> get(std::string_view field) const;

  /// @{
  /// Returns null if the value is of another kind. Valid until the value changes.
  const bool* as_bool() const { return std::get_if<bool>(&data_); }
  const std::int64_t* as_int() const { return std::get_if<std::int64_t>(&data_); }
  const double* as_float() const { return std::get_if<double>(&data_); }
  const std::string* as_text() const { return kind() == Kind::text ? as_string() : nullptr; }
  const Map* as_map() const { return std::get_if<Map>(&data_); }
  Map* as_map() { return std::get_if<Map>(&data_); }
  /// @}
  /// Materialises the elements of a range. For lists that may be long, use list_size(), element() and each_element().
  const List* as_list() const;
  /// Makes the value own its elements.
  List* as_list();
  /// Null if the value owns its elements, or has none.
  const SharedList* as_shared_list() const;
  /// Size of a list; empty if the value is of another kind.
  std::optional<std::uint64_t> list_size() const;
  /// The list must be longer than `index`.
  Value element(std::uint64_t index) const;
  /// Calls `visit(const Value&)` for each element of a list, without materialising a range.
  template <class Visit>
  void each_element(const Visit& visit) const;
  /// The bytes of a text, bytes or path.
  const std::string* as_string() const;
  /// The same bytes in place, including shared ones; empty if the value is of another kind.
  std::optional<std::string_view> bytes() const;
  /// Null if the value owns its bytes, or has none.
  const SharedBytes* as_shared() const;

  /// Changes between text, bytes and path without copying the bytes.
  void retag(Kind kind);

  /// Equivalent to `*this = Value(value)`; cheap if the value is already an int.
  void set_int(std::int64_t value) {
    if (std::int64_t* mine = std::get_if<std::int64_t>(&data_))
      *mine = value;
    else
      data_ = value;
  }

  /// Compares kind and content: the int 1 is not the float 1.0.
  bool operator==(const Value&) const;

 private:
  bool same_elements(const Value& other) const;  // of two lists

  struct Shared {
    Kind kind;
    std::shared_ptr<const SharedBytes> bytes;
    bool operator==(const Shared&) const = default;
  };
  std::variant<std::monostate, bool, std::int64_t, double, std::string, Bytes, Path, List, Map, Shared,
               std::shared_ptr<const SharedList>>
      data_;
};

/// Elements shared by copies of a value: those of a list, or consecutive ints that are not stored. Immutable; any
/// thread.
class SharedList {
 public:
  /// Takes the elements.
  explicit SharedList(List elements) : size_(elements.size()), list_(std::move(elements)) {}
  /// first, first + 1, ...
  SharedList(std::int64_t first, std::uint64_t size) : is_range_(true), first_(first), size_(size) {}

  /// Whether the elements are successive ints that are not stored.
  bool is_range() const { return is_range_; }
  std::int64_t first() const { return first_; }  ///< of a range
  /// Returns the number of elements.
  std::uint64_t size() const { return size_; }
  /// Returns an element; `index` is below size().
  Value at(std::uint64_t index) const {
    return is_range_ ? Value(first_ + static_cast<std::int64_t>(index)) : list_[index];
  }
  /// The elements of a range are made on the first call.
  const List& list() const {
    if (is_range_)
      std::call_once(made_, [this] {
        list_.reserve(size_);
        for (std::uint64_t i = 0; i < size_; ++i) list_.push_back(at(i));
      });
    return list_;
  }

 private:
  bool is_range_ = false;
  std::int64_t first_ = 0;
  std::uint64_t size_ = 0;
  mutable std::once_flag made_;
  mutable List list_;
};

inline const SharedList* Value::as_shared_list() const {
  const auto* shared = std::get_if<std::shared_ptr<const SharedList>>(&data_);
  return shared ? shared->get() : nullptr;
}

inline const List* Value::as_list() const {
  if (const List* own = std::get_if<List>(&data_)) return own;
  const SharedList* shared = as_shared_list();
  return shared ? &shared->list() : nullptr;
}

inline std::optional<std::uint64_t> Value::list_size() const {
  if (const List* own = std::get_if<List>(&data_)) return own->size();
  const SharedList* shared = as_shared_list();
  return shared ? std::optional(shared->size()) : std::nullopt;
}

inline Value Value::element(std::uint64_t index) const {
  const SharedList* shared = as_shared_list();
  return shared ? shared->at(index) : (*as_list())[index];
}

template <class Visit>
void Value::each_element(const Visit& visit) const {
  if (const SharedList* shared = as_shared_list(); shared && shared->is_range())
    for (std::uint64_t i = 0; i < shared->size(); ++i) visit(shared->at(i));
  else if (const List* list = as_list())
    for (const Value& each : *list) visit(each);
}

inline const SharedBytes* Value::as_shared() const {
  const Shared* shared = std::get_if<Shared>(&data_);
  return shared ? shared->bytes.get() : nullptr;
}

inline bool Value::operator==(const Value& other) const {
  constexpr std::size_t kOwn = static_cast<std::size_t>(Kind::map);
  if (data_.index() <= kOwn && other.data_.index() <= kOwn) return data_ == other.data_;
  return kind() == other.kind() && (kind() == Kind::list ? same_elements(other) : *as_string() == *other.as_string());
}

inline const std::string* Value::as_string() const {
  if (const auto* text = std::get_if<std::string>(&data_)) return text;
  if (const auto* bytes = std::get_if<Bytes>(&data_)) return &bytes->data;
  if (const auto* path = std::get_if<Path>(&data_)) return &path->data;
  if (const SharedBytes* shared = as_shared()) return &shared->copy();
  return nullptr;
}

/// A value short enough to be repeated in a report.
struct ShownValue {
  Value value;       ///< of a long value only the beginning
  bool cut = false;  ///< `value` is only the beginning
  /// Compares both fields.
  bool operator==(const ShownValue&) const = default;
};

inline std::optional<std::string_view> Value::bytes() const {
  if (const SharedBytes* shared = as_shared()) return shared->bytes();
  const std::string* own = as_string();
  return own ? std::optional<std::string_view>(*own) : std::nullopt;
}

/// The types of the language: parameters of workflows, parameters and results of task types.
enum class Type : std::uint8_t {
  any,       ///< a value of any kind
  boolean,   ///< "bool"
  integer,   ///< "int"
  real,      ///< "float"
  text,      ///< "text"
  bytes,     ///< "bytes"
  path,      ///< "path"
  duration,  ///< "duration": as a Value seconds, a float
  size,      ///< "size": as a Value bytes, an int
  list,      ///< "list"
  map,       ///< "map"
};

/// "bool", "int", "float", ... as the workflow language writes them.
std::string_view type_name(Type type);
/// "null", "bool", "int", "float", "text", "bytes", "path", "list" or "map", as static text.
std::string_view kind_name(Value::Kind kind);

/// Appends the data as base64, with padding.
void append_base64(std::string& out, std::string_view data);

/// JSON on one line. Bytes, and text and paths that are not UTF-8, become {"base64": ...}. A float always reads back as
/// a float (1.0 stays 1.0). Infinities and NaN become null.
void append_json(std::string& out, const Value& value);
/// Takes the pieces of a long JSON text and empties `out`. False: nothing more is wanted.
using TakeJson = std::function<bool(std::string& out)>;
/// Appends the same JSON in pieces: whenever `out` reaches 64 KiB, it is passed to `take`. A value of any size thus
/// needs no memory beyond its own. Returns false if `take` returned false; the rest is then left out.
bool append_json(std::string& out, const Value& value, const TakeJson& take);
/// For data: a string, or {"base64": ...} if it is not UTF-8. Lossless.
void append_json_text(std::string& out, std::string_view text);
/// For messages, names and keys: always a string. A byte that is not UTF-8 becomes a visible escape, `\xe9`.
void append_json_string(std::string& out, std::string_view text);
/// Appends a float so that it reads back as the same float; null for an infinity or NaN.
void append_json_number(std::string& out, double value);
/// Returns what append_json() appends.
std::string to_json(const Value& value);

}  // namespace ropewalk

#include <ropewalk/value_access.hpp>
