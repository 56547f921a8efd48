// What the functions of expressions that are about lists do. len() and contains() take maps and text as well.

#include "base/text.hpp"
#include "plan/convert.hpp"
#include "plan/function_bodies.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ropewalk::detail {
namespace {

using Kind = Value::Kind;

constexpr std::size_t kMostElements = 1'000'000;  // of a list that a function makes

/// The operands, or the elements of the one list that they are.
Operands elements_of(Operands in) {
  if (in.size() == 1 && in[0].as_list()) return *in[0].as_list();
  return in;
}

bool extreme(Operands in, Value& out, std::string& problem, int wanted) {
  const Operands all = elements_of(in);
  if (all.empty()) return problem = "an empty list has none", false;
  std::size_t best = 0;
  if (!order_of(all[0], all[0])) return problem = fmt::format("{} has no order", kind_phrase(all[0].kind())), false;
  for (std::size_t i = 1; i < all.size(); ++i) {
    const std::optional<int> order = order_of(all[i], all[best]);
    if (!order) return not_comparable(all[best], all[i], problem);
    if (*order == wanted) best = i;
  }
  Value found = std::move(all[best]);
  return out = std::move(found), true;
}

}  // namespace

bool length(Operands in, Value& out, std::string&) {
  std::size_t size = 0;
  if (const List* list = in[0].as_list()) size = list->size();
  else if (const Map* map = in[0].as_map()) size = map->size();
  else size = in[0].kind() == Kind::bytes ? text(in[0]).size() : count_characters(text(in[0]));
  return out = static_cast<std::int64_t>(size), true;
}

bool range(Operands in, Value& out, std::string& problem) {
  const std::int64_t from = in.size() == 1 ? 0 : *in[0].as_int();
  const std::int64_t last = *in.back().as_int();
  std::int64_t to = last;
  if (in.size() == 1 && __builtin_sub_overflow(last, 1, &to)) to = -1;
  List list;
  if (to >= from) {
    const std::uint64_t count = static_cast<std::uint64_t>(to) - static_cast<std::uint64_t>(from) + 1;
    if (count == 0 || count > kMostElements)
      return problem = fmt::format("a list of more than {} numbers; `foreach: {{range: ...}}` makes none", kMostElements), false;
    list.reserve(count);
    for (std::uint64_t i = 0; i < count; ++i) list.emplace_back(from + static_cast<std::int64_t>(i));
  }
  return out = std::move(list), true;
}

bool join(Operands in, Value& out, std::string& problem) {
  std::string made;
  bool first = true;
  for (const Value& element : *in[0].as_list()) {
    if (!first && in.size() > 1) made += text(in[1]);
    first = false;
    if (!append_text(made, element, problem)) return false;
  }
  return out = std::move(made), true;
}

bool split(Operands in, Value& out, std::string& problem) {
  const std::string &all = text(in[0]), &by = text(in[1]);
  if (by.empty()) return problem = "it cannot be split at nothing", false;
  List list;
  for (std::size_t at = 0;;) {
    const std::size_t next = all.find(by, at);
    list.emplace_back(all.substr(at, next == std::string::npos ? next : next - at));
    if (list.size() > kMostElements) return problem = fmt::format("a list of more than {} parts", kMostElements), false;
    if (next == std::string::npos) break;
    at = next + by.size();
  }
  return out = std::move(list), true;
}

bool concat(Operands in, Value& out, std::string& problem) {
  List list;
  for (Value& part : in) {
    if (List* elements = part.as_list()) std::move(elements->begin(), elements->end(), std::back_inserter(list));
    else list.push_back(std::move(part));
    if (list.size() > kMostElements) return problem = fmt::format("a list of more than {} elements", kMostElements), false;
  }
  return out = std::move(list), true;
}

bool minimum(Operands in, Value& out, std::string& problem) { return extreme(in, out, problem, -1); }
bool maximum(Operands in, Value& out, std::string& problem) { return extreme(in, out, problem, 1); }

bool sum(Operands in, Value& out, std::string& problem) {
  Value total(std::int64_t{0});
  for (Value& element : elements_of(in)) {
    if (!element.as_int() && !element.as_float()) return problem = fmt::format("{} cannot be added", kind_phrase(element.kind())), false;
    Value both[] = {std::move(total), std::move(element)};
    if (!add(both, total, problem)) return false;
  }
  return out = std::move(total), true;
}

bool sort(Operands in, Value& out, std::string& problem) {
  List& list = *in[0].as_list();
  for (const Value& element : list)
    if (!order_of(list.front(), element)) return not_comparable(list.front(), element, problem);
  std::stable_sort(list.begin(), list.end(), [](const Value& a, const Value& b) { return *order_of(a, b) < 0; });
  Value sorted = std::move(in[0]);
  return out = std::move(sorted), true;
}

bool contains(Operands in, Value& out, std::string& problem) {
  if (const Map* map = in[0].as_map()) {
    if (!is_text(in[1])) return problem = "the keys of a map are text", false;
    return out = map->contains(text(in[1])), true;
  }
  if (const List* list = in[0].as_list()) {
    bool comparable = true;
    return out = std::any_of(list->begin(), list->end(), [&](const Value& element) { return same_value(element, in[1], comparable); }), true;
  }
  if (!is_text(in[1])) return problem = fmt::format("text contains no {}", kind_phrase(in[1].kind())), false;
  return out = text(in[0]).find(text(in[1])) != std::string::npos, true;
}

}  // namespace ropewalk::detail
