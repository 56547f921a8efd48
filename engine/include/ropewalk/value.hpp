#pragma once
// The values of parameters, items and results. A Value is a plain value: copy, compare, no locks.

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
using List = std::vector<Value>;
using Map = std::map<std::string, Value, std::less<>>;  ///< keys ascending, bytewise

struct Bytes {
  std::string data;
  auto operator<=>(const Bytes&) const = default;
};

/// Bytes without NUL, in no particular encoding.
struct Path {
  std::string data;
  auto operator<=>(const Path&) const = default;
};

/// Large bytes, text or a path in memory shared between processes, passed on without copying. Immutable; any thread.
class SharedBytes {
 public:
  virtual ~SharedBytes() = default;
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

/// After parsing, durations are floats (seconds) and sizes are ints (bytes).
class Value {
 public:
  enum class Kind : std::uint8_t { null, boolean, integer, real, text, bytes, path, list, map };

  Value() = default;
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
  /// Of text, bytes or a path. Only as_shared() distinguishes it from a value that owns its bytes.
  Value(Kind kind, std::shared_ptr<const SharedBytes> bytes) : data_(Shared{kind, std::move(bytes)}) {}
  /// A list. Only as_shared_list() distinguishes it from a list that owns its elements.
  Value(std::shared_ptr<const SharedList> list) : data_(std::move(list)) {}

  Kind kind() const {
    if (data_.index() <= static_cast<std::size_t>(Kind::map)) return static_cast<Kind>(data_.index());
    const Shared* shared = std::get_if<Shared>(&data_);
    return shared ? shared->kind : Kind::list;
  }
  bool is_null() const { return kind() == Kind::null; }

  /// The as_ functions return null if the value is of another kind.
  const bool* as_bool() const { return std::get_if<bool>(&data_); }
  const std::int64_t* as_int() const { return std::get_if<std::int64_t>(&data_); }
  const double* as_float() const { return std::get_if<double>(&data_); }
  const std::string* as_text() const { return kind() == Kind::text ? as_string() : nullptr; }
  /// Materialises the elements of a range. For lists that may be long, use list_size(), element() and each_element().
  const List* as_list() const;
  const Map* as_map() const { return std::get_if<Map>(&data_); }
  /// Makes the value own its elements.
  List* as_list();
  Map* as_map() { return std::get_if<Map>(&data_); }
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
  explicit SharedList(List elements) : size_(elements.size()), list_(std::move(elements)) {}
  /// first, first + 1, ...
  SharedList(std::int64_t first, std::uint64_t size) : is_range_(true), first_(first), size_(size) {}

  bool is_range() const { return is_range_; }
  std::int64_t first() const { return first_; }  ///< of a range
  std::uint64_t size() const { return size_; }
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
  bool operator==(const ShownValue&) const = default;
};

inline std::optional<std::string_view> Value::bytes() const {
  if (const SharedBytes* shared = as_shared()) return shared->bytes();
  const std::string* own = as_string();
  return own ? std::optional<std::string_view>(*own) : std::nullopt;
}

/// The types of the language: parameters of workflows, parameters and results of task types.
enum class Type : std::uint8_t { any, boolean, integer, real, text, bytes, path, duration, size, list, map };

/// "bool", "int", "float", ... as the workflow language writes them.
std::string_view type_name(Type type);
std::string_view kind_name(Value::Kind kind);

void append_base64(std::string& out, std::string_view data);

/// JSON on one line. Bytes, and text and paths that are not UTF-8, become {"base64": ...}. A float always reads back as
/// a float (1.0 stays 1.0). Infinities and NaN become null.
void append_json(std::string& out, const Value& value);
/// The same in pieces: whenever `out` reaches 64 KiB, it is passed to `take`, which empties it. A value of any size
/// thus needs no memory beyond its own. Returns false if `take` returned false; the rest is then left out.
using TakeJson = std::function<bool(std::string& out)>;
bool append_json(std::string& out, const Value& value, const TakeJson& take);
/// For data: a string, or {"base64": ...} if it is not UTF-8. Lossless.
void append_json_text(std::string& out, std::string_view text);
/// For messages, names and keys: always a string. A byte that is not UTF-8 becomes a visible escape, `\xe9`.
void append_json_string(std::string& out, std::string_view text);
void append_json_number(std::string& out, double value);
std::string to_json(const Value& value);

}  // namespace ropewalk
