#include "items/item_lists.hpp"

#include "items/item_errors.hpp"

#include <fmt/format.h>

#include <utility>

namespace ropewalk {
namespace {

using namespace detail;

class OneItem final : public ItemList {
 public:
  std::uint64_t size() const override { return 1; }
  Value at(std::uint64_t) const override { return {}; }
};

class RangeList final : public ItemList {
 public:
  RangeList(std::int64_t from, std::int64_t step, std::uint64_t size) : from_(from), step_(step), size_(size) {}
  std::uint64_t size() const override { return size_; }
  Value at(std::uint64_t index) const override { return number(index); }
  bool read(std::uint64_t index, Value& out, std::string&) const override { return out.set_int(number(index)), true; }
  std::optional<std::int64_t> counts_from() const override { return step_ == 1 ? std::optional(from_) : std::nullopt; }

 private:
  std::int64_t number(std::uint64_t index) const { return from_ + step_ * static_cast<std::int64_t>(index); }

  std::int64_t from_, step_;
  std::uint64_t size_;
};

/// Borrows the constant of its ListItems, or owns the value of an expression.
class ValueList final : public ItemList {
 public:
  explicit ValueList(const List& borrowed) : list_(borrowed) {}
  explicit ValueList(Value owned) : owned_(std::move(owned)), list_(*std::as_const(owned_).as_list()) {}
  std::uint64_t size() const override { return list_.size(); }
  Value at(std::uint64_t index) const override { return list_[index]; }

 private:
  Value owned_;
  const List& list_;
};

}  // namespace

Result<std::unique_ptr<ItemList>> SingleItem::open(const Scope&) const { return std::make_unique<OneItem>(); }

Result<std::unique_ptr<ItemList>> StreamItems::open(const Scope&) const {
  return bad_items("the results of a stage are given to its reader one by one, not as a list");
}

Result<std::unique_ptr<ItemList>> ListItems::open(const Scope& scope) const {
  Value value;
  std::string problem;
  if (!list.is_constant() && !list.evaluate(scope, value, problem)) return bad_items(problem);
  const Value& all = list.is_constant() ? list.constant() : value;
  if (const SharedList* shared = all.as_shared_list(); shared && shared->is_range())
    return std::make_unique<RangeList>(shared->first(), 1, shared->size());
  if (list.is_constant()) return std::make_unique<ValueList>(*all.as_list());
  if (!value.list_size()) return bad_items(fmt::format("wants a list, but this is {}", kind_name(value.kind())));
  return std::make_unique<ValueList>(std::move(value));
}

Result<std::unique_ptr<ItemList>> RangeItems::open(const Scope& scope) const {
  std::string problem;
  const auto read = [&](const std::optional<Binding>& binding, std::int64_t without) {
    Value value;
    if (!binding || !problem.empty() || !binding->evaluate(scope, value, problem)) return without;
    if (!value.as_int()) problem = "a bound of the range has no value";
    return value.as_int() ? *value.as_int() : without;
  };
  const bool counted = !from && !step;
  const std::int64_t first = read(from, 0), last = read(to, 0), stride = read(step, 1);
  if (!problem.empty()) return bad_items(problem);
  if (stride == 0) return bad_items("the 'step' of a range must not be 0");
  if (counted && last < 0) return bad_items(fmt::format("a range of {} items cannot be", last));
  const auto size =
      counted ? (static_cast<std::uint64_t>(last) <= kMaxItems ? std::optional<std::uint64_t>(last) : std::nullopt)
              : count_range(first, last, stride);
  if (!size) return too_many();
  return std::make_unique<RangeList>(first, stride, *size);
}

std::optional<std::uint64_t> count_range(std::int64_t from, std::int64_t to, std::int64_t step) {
  if (step > 0 ? from > to : from < to) return 0;
  const std::uint64_t distance = step > 0 ? static_cast<std::uint64_t>(to) - static_cast<std::uint64_t>(from)
                                          : static_cast<std::uint64_t>(from) - static_cast<std::uint64_t>(to);
  const std::uint64_t stride = step > 0 ? static_cast<std::uint64_t>(step) : 0 - static_cast<std::uint64_t>(step);
  const std::uint64_t count = distance / stride;  // one less than the items
  if (count >= kMaxItems) return std::nullopt;
  return count + 1;
}

}  // namespace ropewalk
