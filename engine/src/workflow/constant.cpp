#include "workflow/constant.hpp"

#include "base/suggest.hpp"
#include "base/text.hpp"
#include "workflow/scalar.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace ropewalk {
namespace {

std::optional<double> number_of(const Value& value) {
  if (const auto* number = value.as_int()) return static_cast<double>(*number);
  if (const auto* number = value.as_float()) return *number;
  return std::nullopt;
}

bool below(const Value& a, const Value& b) {
  if (a.as_int() && b.as_int()) return *a.as_int() < *b.as_int();
  const auto x = number_of(a), y = number_of(b);
  return x && y && *x < *y;
}

bool equal(const Value& a, const Value& b) {
  const auto x = number_of(a), y = number_of(b);
  if (x && y) return *x == *y;
  const auto *s = a.as_string(), *t = b.as_string();
  return s && t ? *s == *t : a == b;
}

}  // namespace

void report_wrong_form(const Source& source, const Node& node, std::string_view wanted, std::string_view what,
                       Diagnostics& diagnostics) {
  if (node.is_refused()) return;
  if (node.kind == Node::Kind::empty && node.text.empty())
    diagnostics.add(codes::kWrongForm, place_of(source, node), fmt::format("{} has no value", what),
                    {"give it one, or remove the key; text that is meant to be empty is written \"\""});
  else if (node.kind == Node::Kind::empty)
    diagnostics.add(codes::kWrongForm, place_of(source, node),
                    fmt::format("{} is '{}', which is no value", what, node.text),
                    {"remove the key to leave it out; quote it if text is meant"});
  else
    diagnostics.add(codes::kWrongForm, place_of(source, node),
                    fmt::format("{} wants {}, but this is {}", what, wanted, kind_noun(node)));
}

std::optional<Value> read_plain(const Source& source, const Node& node, Wanted wanted, std::string_view what,
                                Diagnostics& diagnostics) {
  ScalarReading reading = read_scalar(node.text, wanted.type, node.is_quoted());
  if (reading.value) return std::move(reading.value);
  std::vector<std::string> notes;
  if (!reading.fix.empty()) notes.push_back(std::move(reading.fix));
  const std::string message = wanted.type == Type::any
                                  ? fmt::format("{}: {}", what, reading.problem)
                                  : fmt::format("{} wants {}, but {}", what, type_phrase(wanted.type), reading.problem);
  diagnostics.add(codes::kWrongType, place_of(source, node), message, std::move(notes));
  return std::nullopt;
}

std::optional<Value> read_constant(const Source& source, const Node& node, Wanted wanted, std::string_view what,
                                   Diagnostics& diagnostics) {
  const auto allows = [&](Type type) { return wanted.type == Type::any || wanted.type == type; };
  if (node.is_refused()) return std::nullopt;
  if (node.is_scalar()) {
    if (const std::size_t at = node.text.find("${{"); at != std::string::npos) {
      diagnostics.add(codes::kWrongForm, place_in(source, node, at, node.text.size() - at),
                      fmt::format("{} is a constant, an expression cannot stand here", what));
      return std::nullopt;
    }
    return read_plain(source, node, wanted, what, diagnostics);
  }
  if (node.is_list() && allows(Type::list)) {
    List list;
    bool good = true;
    for (const Node& child : node.children) {
      auto element =
          read_constant(source, child, {wanted.element, Type::any}, fmt::format("an element of {}", what), diagnostics);
      if (element)
        list.push_back(std::move(*element));
      else
        good = false;
    }
    return good ? std::optional<Value>(std::move(list)) : std::nullopt;
  }
  if (node.is_map() && allows(Type::map)) {
    Map map;
    bool good = true;
    for (std::size_t i = 0; i < node.keys.size() && i < node.children.size(); ++i) {
      auto element = read_constant(source, node.children[i], {wanted.element, Type::any},
                                   fmt::format("'{}' of {}", escape_for_display(node.keys[i].text), what), diagnostics);
      if (element)
        map.emplace(node.keys[i].text, std::move(*element));
      else
        good = false;
    }
    return good ? std::optional<Value>(std::move(map)) : std::nullopt;
  }
  report_wrong_form(source, node, type_phrase(wanted.type), what, diagnostics);
  return std::nullopt;
}

std::string outside_limits(const Field& field, const Value& value) {
  if (const List* list = value.as_list(); list && !field.choices.empty()) {
    for (const Value& element : *list)
      if (std::string problem = outside_limits(field, element); !problem.empty()) return problem;
    return {};
  }
  const std::string unit = field.unit.empty() ? "" : fmt::format(" {}", field.unit);
  if (field.minimum && below(value, *field.minimum))
    return fmt::format("must be at least {}{}", to_json(*field.minimum), unit);
  if (field.maximum && below(*field.maximum, value))
    return fmt::format("must be at most {}{}", to_json(*field.maximum), unit);
  if (field.choices.empty() ||
      std::any_of(field.choices.begin(), field.choices.end(), [&](const Value& c) { return equal(c, value); }))
    return {};
  std::vector<std::string> names;
  for (const Value& choice : field.choices) names.push_back(display_value(choice));
  return fmt::format("must be one of {}", fmt::join(names, ", "));
}

std::string nearly_a_choice(const Field& field, const Value& value) {
  if (field.secret) return {};
  if (const List* list = value.as_list()) {
    for (const Value& element : *list)
      if (std::string meant = nearly_a_choice(field, element); !meant.empty()) return meant;
    return {};
  }
  const std::string* text = value.as_text();
  std::vector<std::string> choices;
  for (const Value& choice : field.choices)
    if (choice.as_text()) choices.push_back(*choice.as_text());
  if (!text || std::find(choices.begin(), choices.end(), *text) != choices.end()) return {};
  return did_you_mean(*text, choices);
}

std::string display_value(const Value& value) {
  if (const std::string* text = value.as_string()) return escape_for_display(*text);
  return to_json(value);
}

}  // namespace ropewalk
