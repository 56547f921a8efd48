#include "host/values.hpp"

#include "values/value_codec.hpp"
#include "host/call.hpp"

#include <cmath>
#include <iterator>

using ropewalk::List;
using ropewalk::Map;
using ropewalk::Type;
using ropewalk::Value;

namespace {

/// Whether a value fits a declared type. An int converts to a declared float.
bool fits(Value& value, Type type) {
  switch (type) {
    case Type::any: return true;
    case Type::boolean: return value.as_bool() != nullptr;
    case Type::integer:
    case Type::size: return value.as_int() != nullptr;
    case Type::real:
    case Type::duration:
      if (const std::int64_t* number = value.as_int()) value = static_cast<double>(*number);
      return value.as_float() != nullptr;
    case Type::text:
    case Type::bytes:
    case Type::path: return value.as_string() != nullptr;
    case Type::list: return value.as_list() != nullptr;
    case Type::map: return value.as_map() != nullptr;
  }
  return false;
}

}  // namespace

/// Keeps the first error.
bool ropewalk_builder::refuse(const std::string& what) {
  refused = true;
  call->breach("the plugin gave result field '" + field->name + "'" + what);
  return false;
}

bool ropewalk_builder::takes(Value& value) {
  if (refused) return false;
  const bool nests = value.as_list() != nullptr || value.as_map() != nullptr;
  if (nests && open_containers.size() == static_cast<std::size_t>(ropewalk::kMaxNesting))
    return refuse(" a value that is nested more than " + std::to_string(ropewalk::kMaxNesting) + " deep");
  if (const double* number = value.as_float(); number != nullptr && !std::isfinite(*number))
    return refuse(" a number that is not finite");
  if (key.find('\0') != std::string::npos) return refuse(" a map whose key contains a NUL character");
  const bool whole = open_containers.empty();
  if (whole ? fits(value, field->type) : open_containers.size() > 1 || value.is_null() || fits(value, field->element))
    return true;
  const std::string declared =
      std::string(type_name(field->type)) + (whole ? "" : " of " + std::string(type_name(field->element)));
  return refuse(", declared as " + declared + ", " + (whole ? "a value" : "an element") + " of type " +
                std::string(kind_name(value.kind())));
}

void ropewalk_builder::put(Value value) {
  if (!takes(value)) return;
  if (open_containers.empty()) {
    *root = std::move(value);
  } else if (List* list = open_containers.back()->as_list()) {
    list->push_back(std::move(value));
  } else {
    open_containers.back()->as_map()->insert_or_assign(std::move(key), std::move(value));
    key.clear();
  }
}

void ropewalk_builder::open(Value container) {
  if (!takes(container)) return;
  if (open_containers.empty()) {
    *root = std::move(container);
    open_containers.push_back(root);
  } else if (List* list = open_containers.back()->as_list()) {
    list->push_back(std::move(container));
    open_containers.push_back(&list->back());
  } else {
    Map& map = *open_containers.back()->as_map();
    open_containers.push_back(&map.insert_or_assign(std::move(key), std::move(container)).first->second);
    key.clear();
  }
}

namespace ropewalk::host {
namespace {

/// Maps have no index of their own: remembers the last element, so that walking one by index costs O(1) a step.
struct Cursor {
  const Map* map = nullptr;
  std::uint64_t index = 0;
  Map::const_iterator at;
};
thread_local Cursor cursor;

Map::const_iterator element(const Map& map, std::uint64_t index) {
  if (cursor.map != &map || index < cursor.index) cursor = {&map, 0, map.begin()};
  std::advance(cursor.at, static_cast<std::ptrdiff_t>(index - cursor.index));
  cursor.index = index;
  return cursor.at;
}

const Value* value(const ropewalk_value* handle) { return reinterpret_cast<const Value*>(handle); }
std::string_view view(ropewalk_text text) {
  return text.data == nullptr ? std::string_view() : std::string_view(text.data, text.size);
}

std::int32_t value_type(const ropewalk_value* v) { return v == nullptr ? ROPEWALK_TYPE_ABSENT : type_of(*value(v)); }
std::int32_t value_bool(const ropewalk_value* v) { return v != nullptr && bool_of(*value(v)); }
std::int64_t value_int(const ropewalk_value* v) { return v == nullptr ? 0 : int_of(*value(v)); }
double value_float(const ropewalk_value* v) { return v == nullptr ? 0 : float_of(*value(v)); }
ropewalk_text value_text(const ropewalk_value* v) {
  if (v == nullptr) return {nullptr, 0};
  const std::string_view text = text_in(*value(v));
  return {text.data(), text.size()};
}
std::uint64_t value_length(const ropewalk_value* v) {
  if (v == nullptr) return 0;
  if (const List* list = value(v)->as_list()) return list->size();
  if (const Map* map = value(v)->as_map()) return map->size();
  return 0;
}
const ropewalk_value* value_at(const ropewalk_value* v, std::uint64_t index) {
  if (index >= value_length(v)) return nullptr;
  if (const List* list = value(v)->as_list()) return handle(&(*list)[index]);
  return handle(&element(*value(v)->as_map(), index)->second);
}
ropewalk_text value_key(const ropewalk_value* v, std::uint64_t index) {
  const Map* map = v == nullptr ? nullptr : value(v)->as_map();
  if (map == nullptr || index >= map->size()) return {nullptr, 0};
  const std::string& key = element(*map, index)->first;
  return {key.data(), key.size()};
}

/// Null: the result was refused or set otherwise, or the builder belongs to another thread or an ended attempt.
ropewalk_builder* own(ropewalk_builder* builder, const char* function) {
  if (builder == nullptr) return nullptr;
  const auto handle = reinterpret_cast<Handle>(builder);
  if (on_this_thread.handle == kNoHandle || !is_of(handle, on_this_thread.handle) ||
      position_of(handle) >= on_this_thread.call->builders.size()) {
    refuse_builder(handle, function);
    return nullptr;
  }
  ropewalk_builder& mine = on_this_thread.call->builders[position_of(handle)];
  return mine.root != nullptr ? &mine : nullptr;
}

void build_null(ropewalk_builder* builder) {
  if (ropewalk_builder* const mine = own(builder, "build_null")) mine->put(Value());
}
void build_bool(ropewalk_builder* builder, std::int32_t v) {
  if (ropewalk_builder* const mine = own(builder, "build_bool")) mine->put(Value(v != 0));
}
void build_int(ropewalk_builder* builder, std::int64_t v) {
  if (ropewalk_builder* const mine = own(builder, "build_int")) mine->put(Value(v));
}
void build_float(ropewalk_builder* builder, double v) {
  if (ropewalk_builder* const mine = own(builder, "build_float")) mine->put(Value(v));
}
void build_text(ropewalk_builder* builder, std::int32_t type, ropewalk_text text) {
  ropewalk_builder* const mine = own(builder, "build_text");
  if (mine == nullptr) return;
  if (type == ROPEWALK_TYPE_BYTES)
    mine->put(Value(Bytes{std::string(view(text))}));
  else if (type == ROPEWALK_TYPE_PATH)
    mine->put(Value(Path{std::string(view(text))}));
  else
    mine->put(Value(view(text)));
}
void build_begin_list(ropewalk_builder* builder) {
  if (ropewalk_builder* const mine = own(builder, "build_begin_list")) mine->open(Value(List()));
}
void build_begin_map(ropewalk_builder* builder) {
  if (ropewalk_builder* const mine = own(builder, "build_begin_map")) mine->open(Value(Map()));
}
void build_key(ropewalk_builder* builder, ropewalk_text key) {
  if (ropewalk_builder* const mine = own(builder, "build_key")) mine->key = view(key);
}
void build_end(ropewalk_builder* builder) {
  ropewalk_builder* const mine = own(builder, "build_end");
  if (mine != nullptr && !mine->open_containers.empty()) mine->open_containers.pop_back();
}

}  // namespace

const ropewalk_value* handle(const Value* value) { return reinterpret_cast<const ropewalk_value*>(value); }

void forget_cursor() { cursor = {}; }

std::int32_t abi_type(Type type) {
  switch (type) {
    case Type::any: return ROPEWALK_TYPE_ANY;
    case Type::boolean: return ROPEWALK_TYPE_BOOL;
    case Type::integer: return ROPEWALK_TYPE_INT;
    case Type::real: return ROPEWALK_TYPE_FLOAT;
    case Type::text: return ROPEWALK_TYPE_TEXT;
    case Type::bytes: return ROPEWALK_TYPE_BYTES;
    case Type::path: return ROPEWALK_TYPE_PATH;
    case Type::duration: return ROPEWALK_TYPE_DURATION;
    case Type::size: return ROPEWALK_TYPE_SIZE;
    case Type::list: return ROPEWALK_TYPE_LIST;
    case Type::map: return ROPEWALK_TYPE_MAP;
  }
  return ROPEWALK_TYPE_ABSENT;
}

std::int32_t type_of(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::null: return ROPEWALK_TYPE_ABSENT;
    case Value::Kind::boolean: return ROPEWALK_TYPE_BOOL;
    case Value::Kind::integer: return ROPEWALK_TYPE_INT;
    case Value::Kind::real: return ROPEWALK_TYPE_FLOAT;
    case Value::Kind::text: return ROPEWALK_TYPE_TEXT;
    case Value::Kind::bytes: return ROPEWALK_TYPE_BYTES;
    case Value::Kind::path: return ROPEWALK_TYPE_PATH;
    case Value::Kind::list: return ROPEWALK_TYPE_LIST;
    case Value::Kind::map: return ROPEWALK_TYPE_MAP;
  }
  return ROPEWALK_TYPE_ABSENT;
}

bool bool_of(const Value& value) { return value.as_bool() != nullptr && *value.as_bool(); }
std::int64_t int_of(const Value& value) { return value.as_int() != nullptr ? *value.as_int() : 0; }
double float_of(const Value& value) {
  if (const double* number = value.as_float()) return *number;
  return value.as_int() != nullptr ? static_cast<double>(*value.as_int()) : 0.0;
}
std::string_view text_in(const Value& value) {
  return value.as_string() != nullptr ? std::string_view(*value.as_string()) : std::string_view();
}

void fill_values(ropewalk_host& table) {
  table.value_type = value_type;
  table.value_bool = value_bool;
  table.value_int = value_int;
  table.value_float = value_float;
  table.value_text = value_text;
  table.value_length = value_length;
  table.value_at = value_at;
  table.value_key = value_key;
  table.build_null = build_null;
  table.build_bool = build_bool;
  table.build_int = build_int;
  table.build_float = build_float;
  table.build_text = build_text;
  table.build_begin_list = build_begin_list;
  table.build_begin_map = build_begin_map;
  table.build_key = build_key;
  table.build_end = build_end;
}

}  // namespace ropewalk::host
