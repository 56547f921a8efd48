#pragma once
// Writes one JSON object into a text, a member at a time. The object is complete once the writer is destroyed.
// Single-threaded.

#include "report/numbers.hpp"
#include "values/shown_value.hpp"

#include <ropewalk/value.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace ropewalk {

class JsonObject {
 public:
  /// Borrows the text, and appends to it.
  explicit JsonObject(std::string& out) : out_(out) { out_ += '{'; }
  ~JsonObject() { out_ += '}'; }
  JsonObject(const JsonObject&) = delete;
  JsonObject& operator=(const JsonObject&) = delete;

  /// Begins a member. The caller appends its value to the returned text.
  std::string& key(std::string_view name) {
    separate();
    append_json_string(out_, name);
    out_ += ": ";
    return out_;
  }
  void text(std::string_view name, std::string_view value) { append_json_string(key(name), value); }
  /// No member if the value is empty.
  void optional_text(std::string_view name, std::string_view value) {
    if (!value.empty()) text(name, value);
  }
  void count(std::string_view name, std::uint64_t value) { append_json_count(key(name), value); }
  void whole(std::string_view name, std::int64_t value) { append_json(key(name), Value(value)); }
  void truth(std::string_view name, bool value) { key(name) += value ? "true" : "false"; }
  /// With seven significant digits.
  void number(std::string_view name, double value) { append_json_rounded(key(name), value, 7); }
  void shown(std::string_view name, const ShownValue& value) {
    separate();
    append_shown_member(out_, name, value);
  }
  /// An array: `append(element)` appends each element to the text of the object.
  template <class List, class Append>
  void list(std::string_view name, const List& elements, Append append) {
    key(name) += '[';
    bool first = true;
    for (const auto& element : elements) {
      if (!std::exchange(first, false)) out_ += ", ";
      append(element);
    }
    out_ += ']';
  }

 private:
  void separate() {
    if (!std::exchange(first_, false)) out_ += ", ";
  }

  std::string& out_;
  bool first_ = true;
};

}  // namespace ropewalk
