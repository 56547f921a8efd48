#include "plugin_files/describe.hpp"

#include "values/type_words.hpp"

#include <ropewalk/codes.hpp>
#include <ropewalk/json.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

/// The ABI's name for what describe() fills.
struct ropewalk_types {
  ropewalk::TaskDescription type;
  std::string wrong;  // the first thing that is
};

namespace ropewalk {
namespace {

std::string text(const char* text) { return text == nullptr ? std::string() : std::string(text); }

bool is_field_name(std::string_view name) {
  if (name.empty() || name.front() < 'a' || name.front() > 'z') return false;
  return name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos;
}

std::optional<Type> type_of(std::int32_t number) {
  switch (number) {
    case ROPEWALK_TYPE_BOOL: return Type::boolean;
    case ROPEWALK_TYPE_INT: return Type::integer;
    case ROPEWALK_TYPE_FLOAT: return Type::real;
    case ROPEWALK_TYPE_TEXT: return Type::text;
    case ROPEWALK_TYPE_BYTES: return Type::bytes;
    case ROPEWALK_TYPE_PATH: return Type::path;
    case ROPEWALK_TYPE_DURATION: return Type::duration;
    case ROPEWALK_TYPE_SIZE: return Type::size;
    case ROPEWALK_TYPE_LIST: return Type::list;
    case ROPEWALK_TYPE_MAP: return Type::map;
    case ROPEWALK_TYPE_ANY: return Type::any;
    default: return std::nullopt;
  }
}

/// Constants are JSON text; nothing if there is none, and `wrong` says so if it is damaged.
std::optional<Value> constant(const char* json, std::string_view what, std::string& wrong) {
  if (json == nullptr) return std::nullopt;
  std::string problem;
  std::optional<Value> value = value_from_json(json, problem);
  if (!value) wrong = fmt::format("its {} is not JSON: {}", what, json);
  return value;
}

bool is_number(const std::optional<Value>& value) {
  return !value || value->as_int() != nullptr || value->as_float() != nullptr;
}

void add_field(ropewalk_types* types, const ropewalk_field* given, std::vector<Field>& fields, std::string_view kind) {
  if (!types->wrong.empty()) return;
  ropewalk_field field{};  // what lies beyond the plugin's struct_size is zero
  if (given != nullptr) std::memcpy(&field, given, std::min<std::size_t>(given->struct_size, sizeof field));
  const std::string name = text(field.name);
  const auto wrong = [&](std::string what) { types->wrong = fmt::format("{} '{}': {}", kind, name, what); };
  if (given == nullptr || given->struct_size < offsetof(ropewalk_field, unit))
    return wrong("its struct_size is too small");
  if (!is_field_name(name)) return wrong("a name is [a-z][a-z0-9_]*");
  if (std::any_of(fields.begin(), fields.end(), [&](const Field& other) { return other.name == name; }))
    return wrong("it is declared twice");
  const std::optional<Type> type = type_of(field.type),
                            element = type_of(field.element_type == 0 ? ROPEWALK_TYPE_ANY : field.element_type);
  if (!type || !element) return wrong("it has an unknown type");
  std::string damaged;
  Field result{.name = name,
               .type = *type,
               .element = *element,
               .required = (field.flags & ROPEWALK_FIELD_REQUIRED) != 0,
               .secret = (field.flags & ROPEWALK_FIELD_SECRET) != 0,
               .input_file = (field.flags & ROPEWALK_FIELD_INPUT_FILE) != 0,
               .output_file = (field.flags & ROPEWALK_FIELD_OUTPUT_FILE) != 0,
               .unit = text(field.unit),
               .help = text(field.help),
               .default_value = constant(field.default_value, "default", damaged),
               .minimum = constant(field.minimum, "minimum", damaged),
               .maximum = constant(field.maximum, "maximum", damaged),
               .choices = {}};
  if (const std::optional<Value> choices = constant(field.choices, "choices", damaged)) {
    if (choices->as_list() == nullptr)
      damaged = "its choices are not a JSON array";
    else
      result.choices = *choices->as_list();
  }
  if (!is_number(result.minimum) || !is_number(result.maximum)) damaged = "its minimum and maximum must be numbers";
  if (!damaged.empty()) return wrong(damaged);
  fields.push_back(std::move(result));
}

/// Groups of two or more names.
bool read_groups(const Value& value, std::vector<std::vector<std::string>>& groups) {
  if (!value.as_list()) return false;
  for (const Value& each : *value.as_list()) {
    if (!each.as_list() || each.as_list()->size() < 2) return false;
    std::vector<std::string>& group = groups.emplace_back();
    for (const Value& name : *each.as_list())
      if (!name.as_text())
        return false;
      else
        group.push_back(*name.as_text());
  }
  return true;
}

Value groups_as_value(const std::vector<std::vector<std::string>>& groups) {
  List list;
  for (const std::vector<std::string>& group : groups) list.emplace_back(List(group.begin(), group.end()));
  return list;
}

/// Each name is that of a parameter that may be left out.
std::string problem_of_groups(const TaskDescription& type) {
  for (const std::vector<std::string>& group : type.exactly_one)
    for (const std::string& name : group) {
      const auto param =
          std::find_if(type.params.begin(), type.params.end(), [&](const Field& field) { return field.name == name; });
      if (param == type.params.end()) return fmt::format("exactly_one names '{}', which is no parameter", name);
      if (param->required || param->default_value)
        return fmt::format("exactly_one names '{}', which is always there: it is required or has a default", name);
    }
  return {};
}

void task_info(ropewalk_types* types, const ropewalk_task_info* given) {
  ropewalk_task_info info{};
  if (given != nullptr) std::memcpy(&info, given, std::min<std::size_t>(given->struct_size, sizeof info));
  types->type.summary = text(info.summary);
  types->type.executor = text(info.executor);
  types->type.thread_safe = (info.flags & ROPEWALK_TASK_THREAD_SAFE) != 0;
  types->type.repeatable = (info.flags & ROPEWALK_TASK_NOT_REPEATABLE) == 0;
  types->type.stops = (info.flags & ROPEWALK_TASK_STOPS) != 0;
  if (const std::optional<Value> groups = constant(info.exactly_one, "exactly_one", types->wrong);
      groups && !read_groups(*groups, types->type.exactly_one))
    types->wrong = "its exactly_one is not a JSON array of arrays of names";
}
void param(ropewalk_types* types, const ropewalk_field* field) {
  add_field(types, field, types->type.params, "parameter");
}
void result(ropewalk_types* types, const ropewalk_field* field) {
  add_field(types, field, types->type.results, "result field");
}

// --- as a Value ---

Value field_as_value(const Field& field) {
  Map map{{"name", field.name},
          {"type", type_name(field.type)},
          {"element", type_name(field.element)},
          {"required", field.required},
          {"secret", field.secret},
          {"input", field.input_file},
          {"output", field.output_file},
          {"unit", field.unit},
          {"help", field.help},
          {"choices", List(field.choices)}};
  if (field.default_value) map.emplace("default", *field.default_value);
  if (field.minimum) map.emplace("min", *field.minimum);
  if (field.maximum) map.emplace("max", *field.maximum);
  return map;
}

/// Reads parts of a map and remembers whether all were there.
struct Reader {
  const Map* map;
  bool good = true;

  explicit Reader(const Value& value) : map(value.as_map()), good(map != nullptr) {}
  const Value& part(const char* name) {
    static const Value kNone;
    if (!good) return kNone;
    const auto found = map->find(name);
    return found == map->end() ? kNone : found->second;
  }
  std::string text(const char* name) {
    const std::string* value = part(name).as_text();
    good = good && value != nullptr;
    return good ? *value : std::string();
  }
  std::string bytes(const char* name) {
    const std::string* value = part(name).as_string();
    good = good && value != nullptr;
    return good ? *value : std::string();
  }
  bool flag(const char* name) {
    const bool* value = part(name).as_bool();
    good = good && value != nullptr;
    return good && *value;
  }
  Type type(const char* name) {
    const std::optional<Type> type = find_word(type_words(), text(name));
    good = good && type;
    return good ? *type : Type::any;
  }
  std::int64_t number(const char* name, std::int64_t most) {
    const std::int64_t* value = part(name).as_int();
    good = good && value != nullptr && *value >= 0 && *value <= most;
    return good ? *value : 0;
  }
  const List& list(const char* name) {
    static const List kNone;
    const List* value = part(name).as_list();
    good = good && value != nullptr;
    return good ? *value : kNone;
  }
  std::optional<Value> maybe(const char* name) {
    if (!good || !map->contains(name)) return std::nullopt;
    return part(name);
  }
};

bool read_fields(const List& list, std::vector<Field>& fields) {
  for (const Value& value : list) {
    Reader from(value);
    Field field;
    field.name = from.text("name");
    field.type = from.type("type");
    field.element = from.type("element");
    field.required = from.flag("required");
    field.secret = from.flag("secret");
    field.input_file = from.flag("input");
    field.output_file = from.flag("output");
    field.unit = from.text("unit");
    field.help = from.text("help");
    field.choices = from.list("choices");
    field.default_value = from.maybe("default");
    field.minimum = from.maybe("min");
    field.maximum = from.maybe("max");
    if (!from.good) return false;
    fields.push_back(std::move(field));
  }
  return true;
}

}  // namespace

void fill_describe(ropewalk_host& table) {
  table.task_info = task_info;
  table.param = param;
  table.result = result;
}

Result<TaskDescription> describe_task_type(const ropewalk_task_type& type, const ropewalk_host& host) {
  ropewalk_types types;
  types.type.name = type.name;
  types.type.closes = type.open != nullptr && type.close != nullptr;
  if (type.describe != nullptr) type.describe(&host, &types);
  if (types.wrong.empty()) types.wrong = problem_of_groups(types.type);
  if (!types.wrong.empty()) return Error{codes::kPluginBadDescription, types.wrong, {}, {}};
  return std::move(types.type);
}

Value describe_as_value(const Plugin& plugin) {
  List types;
  for (const TaskDescription& type : plugin.task_types) {
    List params, results;
    for (const Field& field : type.params) params.push_back(field_as_value(field));
    for (const Field& field : type.results) results.push_back(field_as_value(field));
    types.push_back(Map{{"name", type.name},
                        {"summary", type.summary},
                        {"executor", type.executor},
                        {"thread_safe", type.thread_safe},
                        {"repeatable", type.repeatable},
                        {"stops", type.stops},
                        {"closes", type.closes},
                        {"exactly_one", groups_as_value(type.exactly_one)},
                        {"params", std::move(params)},
                        {"results", std::move(results)}});
  }
  return Map{{"name", plugin.name},
             {"version", plugin.version},
             {"abi_minor", std::int64_t{plugin.abi_minor}},
             {"interpreter", Bytes{plugin.interpreter.string()}},
             {"types", std::move(types)}};
}

std::optional<Plugin> plugin_from_value(const Value& value) {
  Reader from(value);
  Plugin plugin;
  plugin.name = from.text("name");
  plugin.version = from.text("version");
  plugin.abi_minor = static_cast<std::uint32_t>(from.number("abi_minor", 1 << 20));
  plugin.interpreter = from.bytes("interpreter");
  for (const Value& each : from.list("types")) {
    Reader type_from(each);
    TaskDescription& type = plugin.task_types.emplace_back();
    type.name = type_from.text("name");
    type.summary = type_from.text("summary");
    type.executor = type_from.text("executor");
    type.thread_safe = type_from.flag("thread_safe");
    type.repeatable = type_from.flag("repeatable");
    type.stops = type_from.flag("stops");
    type.closes = type_from.flag("closes");
    if (!read_groups(type_from.list("exactly_one"), type.exactly_one)) return std::nullopt;
    if (!read_fields(type_from.list("params"), type.params) || !read_fields(type_from.list("results"), type.results) ||
        !type_from.good)
      return std::nullopt;
  }
  if (!from.good) return std::nullopt;
  return plugin;
}

}  // namespace ropewalk
