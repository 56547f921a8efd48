#include "items/common_type.hpp"

namespace ropewalk::detail {

Type type_of(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::boolean: return Type::boolean;
    case Value::Kind::integer: return Type::integer;
    case Value::Kind::real: return Type::real;
    case Value::Kind::text: return Type::text;
    case Value::Kind::bytes: return Type::bytes;
    case Value::Kind::path: return Type::path;
    case Value::Kind::list: return Type::list;
    case Value::Kind::map: return Type::map;
    case Value::Kind::null: break;
  }
  return Type::any;
}

bool is_range(const Value& list) {
  const SharedList* shared = list.as_shared_list();
  return shared && shared->is_range() && shared->size() > 0;
}

Type type_of_elements(const Value& list) {
  CommonType common;
  if (is_range(list)) return Type::integer;
  for (const Value& value : *list.as_list()) common.add(value);
  return common.type();
}

}  // namespace ropewalk::detail
