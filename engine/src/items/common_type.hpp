#pragma once
// The common type of the values in a list of items. Pure; any thread.

#include <ropewalk/value.hpp>

namespace ropewalk::detail {

/// `any` if there are no values.
Type type_of(const Value& value);

/// The one type of all values, or any.
class CommonType {
 public:
  void add(const Value& value) {
    const Type type = type_of(value);
    type_ = seen_ && type != type_ ? Type::any : type;
    seen_ = true;
  }
  Type type() const { return type_; }

 private:
  bool seen_ = false;
  Type type_ = Type::any;
};

/// Whether the list is a range of numbers, whose elements are not in memory.
bool is_range(const Value& list);
/// The type of all elements of a list, or any.
Type type_of_elements(const Value& list);

}  // namespace ropewalk::detail
