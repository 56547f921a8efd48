#include "planner/description_checks.hpp"

#include "base/suggest.hpp"
#include "base/text.hpp"
#include "plan/executor_table.hpp"
#include "planner/version.hpp"
#include "workflow/constant.hpp"
#include "workflow/scalar.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

namespace ropewalk {
namespace {

using Kind = Value::Kind;

bool is_number(Type type) {
  return type == Type::integer || type == Type::real || type == Type::duration || type == Type::size;
}

/// Values in descriptions are not converted, unlike those of a workflow, because their types are known to the author.
bool is_of_type(const Value& value, Type type, Type element) {
  const Kind kind = value.kind();
  const auto all = [&] {
    bool good = true;
    value.each_element([&](const Value& each) { good = good && is_of_type(each, element, Type::any); });
    if (const Map* map = value.as_map())
      for (const auto& [name, each] : *map) good = good && is_of_type(each, element, Type::any);
    return good;
  };
  switch (type) {
    case Type::any: return true;
    case Type::boolean: return kind == Kind::boolean;
    case Type::integer: return kind == Kind::integer;
    case Type::size: return kind == Kind::integer && *value.as_int() >= 0;
    case Type::real: return kind == Kind::real || kind == Kind::integer;
    case Type::duration:
      return (kind == Kind::real && *value.as_float() >= 0) || (kind == Kind::integer && *value.as_int() >= 0);
    case Type::text:
    case Type::bytes: return kind == Kind::text;
    case Type::path: return kind == Kind::text && value.as_text()->find('\0') == std::string::npos;
    case Type::list: return kind == Kind::list && all();
    case Type::map: return kind == Kind::map && all();
  }
  return false;
}

std::string type_text(Type type, Type element) {
  return element == Type::any ? std::string(type_phrase(type))
                              : fmt::format("{} of {}", type_phrase(type), type_name(element));
}

class DescriptionChecks {
 public:
  explicit DescriptionChecks(const Plugin& plugin) : plugin_(plugin) {}

  std::vector<Error> check() {
    if (!Version::parse(plugin_.version))
      report(fmt::format("its version '{}' is none", plugin_.version), "a version is written 1.2.3 or 1.2.3-rc1");
    for (const TaskDescription& type : plugin_.task_types) {
      const std::vector<std::string>& executors = executor_names();
      if (!type.executor.empty() && find_executor(type.executor) == nullptr)
        report(fmt::format("task '{}': there is no executor '{}', which it prefers{}", type.name, type.executor,
                           did_you_mean(type.executor, executors)),
               fmt::format("the executors are: {}", fmt::join(executors, ", ")));
      for (const Field& field : type.params) check(type, field, "parameter");
      for (const Field& field : type.results) check(type, field, "result field");
    }
    return std::move(found_);
  }

 private:
  void check(const TaskDescription& type, const Field& field, std::string_view kind) {
    const auto wrong = [&](std::string_view what) {
      report(fmt::format("task '{}', {} '{}': {}", type.name, kind, field.name, what),
             "correct what the plugin declares; see sdk/README.md");
    };
    // A limit of a list or map applies to the numbers in it.
    const bool limited = field.minimum || field.maximum;
    if (limited && !is_number(field.type) && field.type != Type::any)
      wrong(fmt::format("a minimum or maximum is for numbers, and it is {}", type_text(field.type, field.element)));
    if (field.minimum && field.maximum && is_above(*field.minimum, *field.maximum))
      wrong(fmt::format("its minimum {} is above its maximum {}", to_json(*field.minimum), to_json(*field.maximum)));
    const bool of_list = field.type == Type::list;
    for (const Value& choice : field.choices)
      if (!is_of_type(choice, of_list ? field.element : field.type, of_list ? Type::any : field.element)) {
        wrong(
            fmt::format("its choice {} is not {}", to_json(choice), type_phrase(of_list ? field.element : field.type)));
        break;
      }
    if (!field.default_value || field.default_value->is_null()) return;
    const Value& value = *field.default_value;
    const std::string shown = field.secret ? std::string() : " " + shortened(to_json(value));
    if (!is_of_type(value, field.type, field.element))
      return wrong(fmt::format("its default{} is not {}", shown, type_text(field.type, field.element)));
    if (const std::string problem = outside_limits(field, value); !problem.empty())
      wrong(fmt::format("its default{} is outside of what it declares: it {}", shown, problem));
  }

  static bool is_above(const Value& a, const Value& b) {
    Field limit;
    limit.maximum = b;
    return !outside_limits(limit, a).empty();
  }

  static std::string shortened(std::string text) {
    constexpr std::size_t kMax = 80;
    if (text.size() <= kMax) return text;
    text.resize(kMax);
    return text.substr(0, utf8_prefix(text)) + "...";
  }

  void report(std::string message, std::string fix) {
    constexpr std::size_t kMax = 100;
    if (found_.size() < kMax)
      found_.push_back(Error{codes::kPluginBadDescription,
                             "the plugin describes itself wrongly: " + std::move(message),
                             Place{plugin_.path.string(), 0, 0, 1, {}},
                             {std::move(fix)}});
  }

  const Plugin& plugin_;
  std::vector<Error> found_;
};

}  // namespace

std::vector<Error> check_description(const Plugin& plugin) { return DescriptionChecks(plugin).check(); }

}  // namespace ropewalk
