#include "workflow/forms.hpp"

#include "base/suggest.hpp"
#include "base/text.hpp"
#include "workflow/constant.hpp"
#include "workflow/key_tables.hpp"
#include "workflow/scalar.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

namespace ropewalk {
namespace {

/// The type of a constant: the type of a param declared only by its default.
Wanted type_of(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::boolean: return {Type::boolean, Type::any};
    case Value::Kind::integer: return {Type::integer, Type::any};
    case Value::Kind::real: return {Type::real, Type::any};
    case Value::Kind::text: return {Type::text, Type::any};
    case Value::Kind::list: {
      const List& list = *value.as_list();
      Type element = list.empty() ? Type::any : type_of(list.front()).type;
      for (const Value& other : list)
        if (type_of(other).type != element) element = Type::any;
      return {Type::list, element};
    }
    case Value::Kind::map: return {Type::map, Type::any};
    default: return {};
  }
}

class ParamReader {
 public:
  ParamReader(const Source& source, Diagnostics& diagnostics, const Node& key)
      : source_(source), diagnostics_(diagnostics), what_(fmt::format("param '{}'", key.text)) {
    form_.key = &key;
    form_.field.name = key.text;
  }

  ParamForm read(const Node& node) {
    const std::size_t before = diagnostics_.size();
    if (node.is_map())
      declaration(node);
    else
      take_default(node);
    form_.field.required = !form_.field.default_value;
    form_.broken = diagnostics_.size() > before || node.is_refused();
    return std::move(form_);
  }

 private:
  void declaration(const Node& map) {
    if (const Node* secret = map.find("secret"); secret && secret->text == "true")
      for (const char* key : {"default", "choices"})
        if (const Node* value = map.find(key)) hide_texts(*value, diagnostics_);
    check_keys(source_, map, param_keys(), diagnostics_);
    Field& field = form_.field;
    if (const Node* type = map.find("type")) field.type = named_type(*type, "type").value_or(Type::any);
    if (const Node* of = map.find("of")) {
      field.element = named_type(*of, "of").value_or(Type::any);
      if (map.find("type") && field.type != Type::list && field.type != Type::map)
        diagnostics_.add(codes::kWrongForm, place_of(source_, *of),
                         fmt::format("{}: 'of' gives the type of a list's or a map's elements, and this is {}", what_,
                                     type_phrase(field.type)));
    }
    const bool typed = map.find("type") != nullptr;
    if (const Node* value = map.find("default")) {
      if (typed)
        field.default_value = constant(*value, {field.type, field.element}, "default");
      else
        take_default(*value);
    } else if (!typed && !is_misspelt(map, param_keys(), "type") && !is_misspelt(map, param_keys(), "default")) {
      diagnostics_.add(codes::kMissingKey, place_of(source_, *form_.key),
                       fmt::format("{} has neither 'type' nor 'default'", what_),
                       {"write its type, such as {type: int}, or a default, which gives the type"});
    }
    limit(map, "min", field.minimum);
    limit(map, "max", field.maximum);
    if (const Node* choices = map.find("choices")) {
      const Type one = field.type == Type::list ? field.element : field.type;
      if (auto list = constant(*choices, {Type::list, one}, "choices")) field.choices = std::move(*list->as_list());
    }
    if (const Node* help = map.find("help"))
      if (auto text = constant(*help, {Type::text, Type::any}, "help")) field.help = *text->as_text();
    if (const Node* secret = map.find("secret"))
      if (auto flag = constant(*secret, {Type::boolean, Type::any}, "secret")) field.secret = *flag->as_bool();
    if (!field.default_value) return;
    if (const std::string problem = outside_limits(field, *field.default_value); !problem.empty())
      diagnostics_.add(
          field.choices.empty() ? codes::kOutOfRange : codes::kNotAChoice, place_of(source_, *map.find("default")),
          fmt::format("the default of {} {}{}", what_, problem, nearly_a_choice(field, *field.default_value)));
  }

  void take_default(const Node& node) {
    form_.field.default_value = constant(node, {}, "");
    if (!form_.field.default_value) return;
    const Wanted type = type_of(*form_.field.default_value);
    form_.field.type = type.type;
    form_.field.element = type.element;
  }

  void limit(const Node& map, std::string_view key, std::optional<Value>& out) {
    const Node* node = map.find(key);
    if (!node) return;
    const Type type = form_.field.type;
    if (type == Type::integer || type == Type::real || type == Type::duration || type == Type::size) {
      out = constant(*node, {type, Type::any}, key);
      return;
    }
    if (map.find("type") || map.find("default"))
      diagnostics_.add(codes::kWrongForm, place_of(source_, *node),
                       fmt::format("{}: '{}' is for numbers, and this is {}", what_, key, type_phrase(type)));
  }

  std::optional<Value> constant(const Node& node, Wanted wanted, std::string_view key) {
    return read_constant(source_, node, wanted, key.empty() ? what_ : fmt::format("'{}' of {}", key, what_),
                         diagnostics_);
  }

  std::optional<Type> named_type(const Node& node, std::string_view key) {
    const auto text = constant(node, {Type::text, Type::any}, key);
    if (!text) return std::nullopt;
    const std::optional<Type> type = type_by_name(*text->as_text());
    if (!type)
      diagnostics_.add(codes::kWrongType, place_of(source_, node),
                       fmt::format("there is no type '{}'{}", escape_for_display(*text->as_text()),
                                   did_you_mean(*text->as_text(), type_names())),
                       {fmt::format("the types are: {}", fmt::join(type_names(), ", "))});
    return type;
  }

  const Source& source_;
  Diagnostics& diagnostics_;
  const std::string what_;
  ParamForm form_;
};

}  // namespace

void read_params(const Node& params, Document& document, Diagnostics& diagnostics) {
  if (!params.is_map())
    return report_wrong_form(document.source, params, "a map of names to types or defaults", "'params'", diagnostics);
  for (std::size_t i = 0; i < params.children.size(); ++i) {
    const Node& key = params.keys[i];
    if (!is_name(key.text))
      diagnostics.add(codes::kBadName, place_of(document.source, key),
                      fmt::format("'{}' is no name for a param", escape_for_display(key.text)),
                      {"a name is a small letter, then small letters, digits, '_' and '-'"});
    document.own_params.push_back(ParamReader(document.source, diagnostics, key).read(params.children[i]));
  }
}

}  // namespace ropewalk
