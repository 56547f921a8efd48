// What the functions of expressions that are about lists do. len() and contains() take maps and text as well.

#include "base/text.hpp"
#include "plan/convert.hpp"
#include "plan/function_bodies.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <utility>
#include <vector>

namespace ropewalk::detail {
namespace {

using Kind = Value::Kind;

constexpr std::size_t kMostElements = 1'000'000;  // of a list that a function makes

/// The operands, or the elements of the one list that they are.
Operands elements_of(Operands in) {
  if (in.size() == 1 && in[0].as_list()) return *in[0].as_list();
  return in;
}

bool extreme(Operands in, Value& out, Budget& budget, std::string& problem, int wanted) {
  const Operands all = elements_of(in);
  if (!budget.spend(all.size(), problem)) return false;
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

/// About n log n comparisons, of texts as long as they are.
bool spend_on_sorting(const List& list, Budget& budget, std::string& problem) {
  const auto depth = static_cast<std::uint64_t>(std::bit_width(list.size()));
  std::uint64_t bytes = 0;
  for (const Value& element : list)
    if (const std::string* text = element.as_string()) bytes += text->size();
  return budget.spend(list.size() * depth / 2 + bytes * depth / 64, problem);
}

/// What decides most comparisons, next to where the element stands: elements themselves are large and far apart.
struct SortKey {
  std::uint64_t first;  ///< an int, or the first bytes of a text
  std::uint32_t at;
};

SortKey key_of(const List& list, std::uint32_t at) {
  if (const std::int64_t* number = list[at].as_int()) return {static_cast<std::uint64_t>(*number) ^ (std::uint64_t{1} << 63), at};
  const std::string* text = list[at].as_string();
  std::uint64_t first = 0;
  for (std::size_t i = 0; text && i < 8; ++i) first = first << 8 | (i < text->size() ? static_cast<unsigned char>((*text)[i]) : 0);
  return {first, at};
}

/// Elements go where the keys say, in circles, without a second list.
void arrange(List& list, std::vector<SortKey>& keys) {
  for (std::uint32_t start = 0; start < keys.size(); ++start) {
    if (keys[start].at == start) continue;
    Value moved = std::move(list[start]);
    std::uint32_t hole = start;
    while (keys[hole].at != start) {
      const std::uint32_t from = std::exchange(keys[hole].at, hole);
      list[hole] = std::move(list[from]);
      hole = from;
    }
    keys[hole].at = hole;
    list[hole] = std::move(moved);
  }
}

/// Equal elements keep their order.
void sort_by_keys(List& list) {
  const bool ints = std::all_of(list.begin(), list.end(), [](const Value& each) { return each.as_int(); });
  const bool floats = !ints && !list.empty() && !list.front().as_string();
  std::vector<SortKey> keys;
  keys.reserve(list.size());
  for (std::uint32_t at = 0; at < list.size(); ++at) keys.push_back(key_of(list, at));
  const auto before = [&](const SortKey& a, const SortKey& b) {
    if (!floats && a.first != b.first) return a.first < b.first;
    return !ints && *order_of(list[a.at], list[b.at]) < 0;
  };
  if (std::is_sorted(keys.begin(), keys.end(), before)) return;
  std::stable_sort(keys.begin(), keys.end(), before);  // large ints and floats have no strict order, which std::sort must not meet
  arrange(list, keys);
}

}  // namespace

bool length(Operands in, Value& out, Budget& budget, std::string& problem) {
  std::size_t size = 0;
  if (is_text(in[0]) && !budget.scan(text(in[0]).size(), problem)) return false;
  if (const List* list = in[0].as_list()) size = list->size();
  else if (const Map* map = in[0].as_map()) size = map->size();
  else size = in[0].kind() == Kind::bytes ? text(in[0]).size() : count_characters(text(in[0]));
  return out = static_cast<std::int64_t>(size), true;
}

bool range(Operands in, Value& out, Budget& budget, std::string& problem) {
  const std::int64_t from = in.size() == 1 ? 0 : *in[0].as_int();
  const std::int64_t last = *in.back().as_int();
  std::int64_t to = last;
  if (in.size() == 1 && __builtin_sub_overflow(last, 1, &to)) to = -1;
  List list;
  if (to >= from) {
    const std::uint64_t count = static_cast<std::uint64_t>(to) - static_cast<std::uint64_t>(from) + 1;
    if (count == 0 || count > kMostElements)
      return problem = fmt::format("a list of more than {} numbers; `foreach: {{range: ...}}` makes none", kMostElements), false;
    if (!budget.has_room(count * sizeof(Value), problem)) return false;
    list.reserve(count);
    for (std::uint64_t i = 0; i < count; ++i) list.emplace_back(from + static_cast<std::int64_t>(i));
  }
  return out = std::move(list), true;
}

bool join(Operands in, Value& out, Budget& budget, std::string& problem) {
  const List& list = *in[0].as_list();
  const std::string_view between = in.size() > 1 ? std::string_view(text(in[1])) : std::string_view();
  constexpr std::size_t kLongestNumber = 24;
  std::size_t bytes = list.size() * between.size();
  for (const Value& element : list) bytes += element.as_string() ? element.as_string()->size() : kLongestNumber;
  if (!budget.spend(list.size(), problem)) return false;
  std::string made;
  made.reserve(std::min<std::size_t>(bytes, Budget::kMaxBytes));
  for (const Value& element : list) {
    if (&element != &list.front()) made += between;
    if (!append_text(made, element, budget, problem)) return false;
  }
  return out = std::move(made), true;
}

bool split(Operands in, Value& out, Budget& budget, std::string& problem) {
  const std::string &all = text(in[0]), &by = text(in[1]);
  if (by.empty()) return problem = "it cannot be split at nothing", false;
  if (!budget.search(all.size(), problem)) return false;
  std::size_t parts = 1;
  for (std::size_t at = find_text(all, by, 0); at != std::string::npos && parts <= kMostElements; at = find_text(all, by, at + by.size())) ++parts;
  if (parts > kMostElements) return problem = fmt::format("a list of more than {} parts", kMostElements), false;
  if (!budget.spend(parts, problem) || !budget.has_room(parts * sizeof(Value) + all.size(), problem)) return false;
  List list;
  list.reserve(parts);
  for (std::size_t at = 0; parts > 0; --parts) {
    const std::size_t next = parts > 1 ? find_text(all, by, at) : all.size();
    list.emplace_back(std::string_view(all).substr(at, next - at));
    at = next + by.size();
  }
  return out = std::move(list), true;
}

bool concat(Operands in, Value& out, Budget& budget, std::string& problem) {
  std::size_t size = 0;
  for (const Value& part : in) size += part.as_list() ? part.as_list()->size() : 1;
  if (size > kMostElements) return problem = fmt::format("a list of more than {} elements", kMostElements), false;
  if (!budget.has_room(size * sizeof(Value), problem)) return false;
  List list;
  list.reserve(size);
  for (Value& part : in) {
    if (List* elements = part.as_list()) std::move(elements->begin(), elements->end(), std::back_inserter(list));
    else list.push_back(std::move(part));
  }
  return out = std::move(list), true;
}

bool minimum(Operands in, Value& out, Budget& budget, std::string& problem) { return extreme(in, out, budget, problem, -1); }
bool maximum(Operands in, Value& out, Budget& budget, std::string& problem) { return extreme(in, out, budget, problem, 1); }

bool sum(Operands in, Value& out, Budget& budget, std::string& problem) {
  if (!budget.spend(elements_of(in).size(), problem)) return false;
  Value total(std::int64_t{0});
  for (Value& element : elements_of(in)) {
    if (!element.as_int() && !element.as_float()) return problem = fmt::format("{} cannot be added", kind_phrase(element.kind())), false;
    Value both[] = {std::move(total), std::move(element)};
    if (!add(both, total, budget, problem)) return false;
  }
  return out = std::move(total), true;
}

bool sort(Operands in, Value& out, Budget& budget, std::string& problem) {
  List& list = *in[0].as_list();
  if (!spend_on_sorting(list, budget, problem)) return false;
  for (const Value& element : list)
    if (!order_of(list.front(), element)) return not_comparable(list.front(), element, problem);
  sort_by_keys(list);
  Value sorted = std::move(in[0]);
  return out = std::move(sorted), true;
}

bool contains(Operands in, Value& out, Budget& budget, std::string& problem) {
  if (const Map* map = in[0].as_map()) {
    if (!is_text(in[1])) return problem = "the keys of a map are text", false;
    return out = map->contains(text(in[1])), true;
  }
  if (const List* list = in[0].as_list()) {
    bool comparable = true;
    if (!budget.spend(list->size() * (footprint(in[1]) / sizeof(Value)), problem)) return false;
    return out = std::any_of(list->begin(), list->end(), [&](const Value& element) { return same_value(element, in[1], comparable); }), true;
  }
  if (!is_text(in[1])) return problem = fmt::format("text contains no {}", kind_phrase(in[1].kind())), false;
  const std::string &all = text(in[0]), &wanted = text(in[1]);
  if (!budget.search(all.size(), problem)) return false;
  return out = wanted.empty() || find_text(all, wanted, 0) != std::string::npos, true;
}

}  // namespace ropewalk::detail
