#include "items/item_errors.hpp"
#include "items/item_lists.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace ropewalk {
namespace {

using namespace detail;

/// Computes each item on demand.
class MatrixList final : public ItemList {
 public:
  MatrixList(std::vector<std::pair<std::string, Value>> axes, std::shared_ptr<const Combinations> combinations,
             List includes, std::string remark)
      : axes_(std::move(axes)),
        combinations_(std::move(combinations)),
        includes_(std::move(includes)),
        remark_(std::move(remark)) {}
  std::string remark() const override { return remark_; }
  std::uint64_t size() const override { return combinations_->size() + includes_.size(); }
  Value at(std::uint64_t index) const override {
    if (index >= combinations_->size()) return includes_[index - combinations_->size()];
    Map item;
    combinations_->at(index, [&](std::uint32_t axis, std::uint32_t position) {
      item.emplace(axes_[axis].first, axes_[axis].second.element(position));
    });
    return item;
  }

 private:
  std::vector<std::pair<std::string, Value>> axes_;  // lists
  std::shared_ptr<const Combinations> combinations_;
  List includes_;
  std::string remark_;
};

}  // namespace

Result<std::unique_ptr<ItemList>> MatrixItems::open(const Scope& scope) const {
  std::string problem, remark;
  std::vector<std::pair<std::string, Value>> lists;
  std::vector<std::uint32_t> sizes;
  std::uint64_t count = 1;
  for (const Axis& axis : axes) {
    Value values;
    if (!axis.values.evaluate(scope, values, problem)) return bad_items(problem);
    const std::optional<std::uint64_t> size = values.list_size();
    if (!size)
      return bad_items(fmt::format("axis '{}' wants a list, but this is {}", axis.name, kind_name(values.kind())));
    if (*size > kMaxItems || (*size != 0 && count > kMaxItems / *size)) return too_many();
    count *= *size;
    sizes.push_back(static_cast<std::uint32_t>(*size));
    lists.emplace_back(axis.name, std::move(values));
  }
  const auto evaluated = [&](const std::vector<Binding>& bindings, List& out) {
    return std::all_of(bindings.begin(), bindings.end(),
                       [&](const Binding& each) { return each.evaluate(scope, out.emplace_back(), problem); });
  };
  List included;
  if (!evaluated(includes, included)) return bad_items(problem);
  std::shared_ptr<const Combinations> left = combinations;
  if (!left) {
    List excluded;
    Budget budget;
    std::vector<Combinations::Exclude> fitting;
    if (!evaluated(excludes, excluded)) return bad_items(problem);
    for (const Value& exclude : excluded) {
      Combinations::Exclude fits;
      bool any = count > 0;
      for (std::uint32_t axis = 0; axis < lists.size(); ++axis) {
        const auto wanted = exclude.as_map()->find(lists[axis].first);
        if (wanted == exclude.as_map()->end()) continue;
        auto positions = positions_of(wanted->second, lists[axis].second, budget, problem);
        if (!positions) return bad_items(problem);
        any = any && !positions->empty();
        fits.emplace(axis, std::move(*positions));
      }
      if (any)
        fitting.push_back(std::move(fits));
      else
        remark += fmt::format("{}the exclude {} fits no combination", remark.empty() ? "" : "; ", to_json(exclude));
    }
    auto all = std::make_shared<Combinations>(std::move(sizes));
    if (!all->leave_out(fitting, budget, problem))
      return bad_items(fmt::format("the combinations that are not excluded cannot be counted: {}", problem));
    left = std::move(all);
  }
  return std::make_unique<MatrixList>(std::move(lists), std::move(left), std::move(included), std::move(remark));
}

std::optional<std::vector<std::uint32_t>> positions_of(const Value& wanted, const Value& list, Budget& budget,
                                                       std::string& problem) {
  std::vector<std::uint32_t> positions;
  const SharedList* shared = list.as_shared_list();
  if (shared && shared->is_range() && wanted.as_int()) {
    const auto offset = static_cast<__int128>(*wanted.as_int()) - shared->first();
    if (offset >= 0 && offset < static_cast<__int128>(shared->size()))
      positions.push_back(static_cast<std::uint32_t>(offset));
    return positions;
  }
  if (!budget.spend(*list.list_size() * std::max<std::size_t>(1, extent(wanted) / sizeof(Value)), problem))
    return std::nullopt;
  bool comparable = true;
  std::uint32_t position = 0;
  list.each_element([&](const Value& value) {
    if (same_value(value, wanted, comparable)) positions.push_back(position);
    ++position;
  });
  return positions;
}

}  // namespace ropewalk
