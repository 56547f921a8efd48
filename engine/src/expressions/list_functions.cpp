// The functions of expressions for lists. len() and contains() accept maps and text as well.

#include "base/text.hpp"
#include "expressions/convert.hpp"
#include "expressions/function_bodies.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <utility>
#include <vector>

namespace ropewalk::detail {
namespace {

using Kind = Value::Kind;

/// The operands, or the elements if the only operand is a list. It must not be a range.
std::span<const Value> elements_of(std::span<const Value> in) {
  if (in.size() == 1 && in[0].list_size()) return *in[0].as_list();
  return in;
}

/// The range, if it is the only operand; else null.
const SharedList* range_of(std::span<const Value> in) {
  const SharedList* list = in.size() == 1 ? in[0].as_shared_list() : nullptr;
  return list && list->is_range() ? list : nullptr;
}

bool extreme(Operands in, Value& out, Budget& budget, std::string& problem, int wanted) {
  constexpr const char* kNone = "an empty list has none";
  if (const SharedList* range = range_of(in)) {
    if (range->size() == 0) return problem = kNone, false;
    return out = range->at(wanted < 0 ? 0 : range->size() - 1), true;
  }
  const std::span<const Value> all = elements_of(in);
  if (!budget.spend(all.size(), problem)) return false;
  if (all.empty()) return problem = kNone, false;
  std::size_t best = 0;
  if (!order_of(all[0], all[0])) return problem = fmt::format("{} has no order", kind_phrase(all[0].kind())), false;
  for (std::size_t i = 1; i < all.size(); ++i) {
    const std::optional<int> order = order_of(all[i], all[best]);
    if (!order) return not_comparable(all[best], all[i], problem);
    if (*order == wanted) best = i;
  }
  Value found = all[best];
  return out = std::move(found), true;
}

/// Charges about n log n comparisons, each by the length of its texts.
bool spend_on_sorting(const List& list, Budget& budget, std::string& problem) {
  const auto depth = static_cast<std::uint64_t>(std::bit_width(list.size()));
  std::uint64_t bytes = 0;
  for (const Value& element : list)
    if (const std::string* text = element.as_string()) bytes += text->size();
  return budget.spend(list.size() * depth / 2 + bytes * depth / 64, problem);
}

/// A sort key that decides most comparisons without reading the elements, which are large and far apart in memory.
struct SortKey {
  std::uint64_t first;  ///< an int, or the first bytes of a text
  std::uint32_t at;
};

SortKey key_of(const List& list, std::uint32_t at) {
  if (const std::int64_t* number = list[at].as_int())
    return {static_cast<std::uint64_t>(*number) ^ (std::uint64_t{1} << 63), at};
  const std::string* text = list[at].as_string();
  std::uint64_t first = 0;
  for (std::size_t i = 0; text && i < 8; ++i)
    first = first << 8 | (i < text->size() ? static_cast<unsigned char>((*text)[i]) : 0);
  return {first, at};
}

/// Permutes the elements in the order of the keys, cycle by cycle, without a second list.
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
  std::stable_sort(keys.begin(), keys.end(),
                   before);  // large ints and floats have no strict order, which std::sort must not meet
  arrange(list, keys);
}

}  // namespace

bool length(Operands in, Value& out, Budget& budget, std::string& problem) {
  std::size_t size = 0;
  if (is_text(in[0]) && !budget.scan(text(in[0]).size(), problem)) return false;
  if (const std::optional<std::uint64_t> elements = in[0].list_size())
    size = *elements;
  else if (const Map* map = in[0].as_map())
    size = map->size();
  else
    size = in[0].kind() == Kind::bytes ? text(in[0]).size() : count_characters(text(in[0]));
  return out = static_cast<std::int64_t>(size), true;
}

bool range(Operands in, Value& out, Budget&, std::string& problem) {
  const std::int64_t from = in.size() == 1 ? 0 : *in[0].as_int();
  const std::int64_t last = *in.back().as_int();
  std::int64_t to = last;
  if (in.size() == 1 && __builtin_sub_overflow(last, 1, &to)) to = -1;
  if (to < from) return out = List(), true;
  const std::uint64_t count = static_cast<std::uint64_t>(to) - static_cast<std::uint64_t>(from) + 1;
  if (count == 0 || count > kMaxElements)
    return problem = fmt::format("a list of more than {} numbers; `foreach: {{range: ...}}` makes none", kMaxElements),
           false;
  return out = std::make_shared<const SharedList>(from, count), true;
}

bool join(Operands in, Value& out, Budget& budget, std::string& problem) {
  const Value& list = in[0];
  const std::size_t size = *list.list_size();
  const std::string_view between = in.size() > 1 ? std::string_view(text(in[1])) : std::string_view();
  constexpr std::size_t kLongestNumber = 24;
  if (!budget.spend(size, problem)) return false;
  std::size_t bytes = size * between.size();
  list.each_element(
      [&](const Value& element) { bytes += element.as_string() ? element.as_string()->size() : kLongestNumber; });
  std::string made;
  made.reserve(std::min<std::size_t>(bytes, Budget::kPlanBytes));
  bool good = true, first = true;
  list.each_element([&](const Value& element) {
    if (!good) return;
    if (!std::exchange(first, false)) made += between;
    good = append_text(made, element, budget, problem);
  });
  if (!good) return false;
  return out = std::move(made), true;
}

bool concat(Operands in, Value& out, Budget& budget, std::string& problem) {
  std::size_t size = 0;
  for (const Value& part : in) size += part.list_size().value_or(1);
  if (size > kMaxElements) return problem = fmt::format("a list of more than {} elements", kMaxElements), false;
  if (!budget.has_room(size * sizeof(Value), problem)) return false;
  List list;
  list.reserve(size);
  for (Value& part : in) {
    if (!part.list_size())
      list.push_back(std::move(part));
    else if (part.as_shared_list())
      part.each_element([&](const Value& element) { list.push_back(element); });
    else
      std::move(part.as_list()->begin(), part.as_list()->end(), std::back_inserter(list));
  }
  return out = std::move(list), true;
}

bool flatten(Operands in, Value& out, Budget& budget, std::string& problem) {
  std::uint64_t size = 0;
  const std::uint64_t outer = *in[0].list_size();
  if (!budget.spend(outer, problem)) return false;
  in[0].each_element([&](const Value& element) { size += element.list_size().value_or(1); });
  if (size > kMaxElements) return problem = fmt::format("a list of more than {} elements", kMaxElements), false;
  if (!budget.spend(size, problem) || !budget.has_room(size * sizeof(Value), problem)) return false;
  List list;
  list.reserve(size);
  in[0].each_element([&](const Value& element) {
    if (element.list_size())
      element.each_element([&](const Value& inner) { list.push_back(inner); });
    else
      list.push_back(element);
  });
  return out = std::move(list), true;
}

bool make_list(Operands in, Value& out, Budget&, std::string&) {
  return out = List(std::move_iterator(in.begin()), std::move_iterator(in.end())), true;
}

/// Keys and values in turn. The parser has seen that the keys are text and differ.
bool make_map(Operands in, Value& out, Budget&, std::string&) {
  Map map;
  for (std::size_t i = 0; i + 1 < in.size(); i += 2) map.emplace(text(in[i]), std::move(in[i + 1]));
  return out = std::move(map), true;
}

bool minimum(Operands in, Value& out, Budget& budget, std::string& problem) {
  return extreme(in, out, budget, problem, -1);
}
bool maximum(Operands in, Value& out, Budget& budget, std::string& problem) {
  return extreme(in, out, budget, problem, 1);
}

bool sum(Operands in, Value& out, Budget& budget, std::string& problem) {
  if (const SharedList* range = range_of(in)) {
    const auto count = static_cast<__int128>(range->size());
    const __int128 total = count * range->first() + count * (count - 1) / 2;
    if (total != static_cast<std::int64_t>(total)) return problem = kTooLarge, false;
    return out = static_cast<std::int64_t>(total), true;
  }
  const std::span<const Value> all = elements_of(in);
  if (!budget.spend(all.size(), problem)) return false;
  Value total(std::int64_t{0});
  for (const Value& element : all) {
    if (!element.as_int() && !element.as_float())
      return problem = fmt::format("{} cannot be added", kind_phrase(element.kind())), false;
    Value both[] = {std::move(total), element};
    if (!add(both, total, budget, problem)) return false;
  }
  return out = std::move(total), true;
}

bool sort(Operands in, Value& out, Budget& budget, std::string& problem) {
  if (range_of(in)) {
    Value sorted = std::move(in[0]);  // it is already sorted
    return out = std::move(sorted), true;
  }
  if (in[0].as_shared_list() && !budget.make(extent(in[0]), problem)) return false;
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
  if (const SharedList* range = range_of(in.first(1)); range && in[1].as_int()) {
    const auto offset = static_cast<__int128>(*in[1].as_int()) - range->first();
    return out = offset >= 0 && offset < static_cast<__int128>(range->size()), true;
  }
  if (const std::optional<std::uint64_t> size = in[0].list_size()) {
    bool comparable = true, found = false;
    if (!budget.spend(*size * (extent(in[1]) / sizeof(Value)), problem)) return false;
    in[0].each_element([&](const Value& element) { found = found || same_value(element, in[1], comparable); });
    return out = found, true;
  }
  if (!is_text(in[1])) return problem = fmt::format("text contains no {}", kind_phrase(in[1].kind())), false;
  const std::string &all = text(in[0]), &wanted = text(in[1]);
  if (!budget.search(all.size(), problem)) return false;
  return out = wanted.empty() || find_in(all, wanted, 0) != std::string::npos, true;
}

}  // namespace ropewalk::detail
