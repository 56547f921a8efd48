#pragma once
// Items that are made of those of a source: fewer of them, in another order, or several as one. Each wraps the items
// before it. Immutable; knows no workflow, only bindings.

#include "expressions/binding.hpp"
#include "plan/items.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace ropewalk {

/// The part that all of them share.
struct ShapedItems : Items {
  explicit ShapedItems(std::shared_ptr<const Items> of) : source(std::move(of)) {}
  bool fans_out() const final { return true; }
  bool reads_files() const final { return source->reads_files(); }
  std::string stream(const Scope& scope) const final { return source->stream(scope); }
  const std::shared_ptr<const Items> source;
};

/// `where`: only items for which a condition is true.
struct ChosenItems final : ShapedItems {
  ChosenItems(std::shared_ptr<const Items> of, Binding binding)
      : ShapedItems(std::move(of)), condition(std::move(binding)) {}
  Result<std::unique_ptr<ItemList>> open(const Scope& scope) const override;
  const Binding condition;
};

/// `shuffle`: another order of all items, the same one for the same seed and number of items. None is known before all
/// of the source are.
struct ShuffledItems final : ShapedItems {
  ShuffledItems(std::shared_ptr<const Items> of, std::int64_t number) : ShapedItems(std::move(of)), seed(number) {}
  Result<std::unique_ptr<ItemList>> open(const Scope& scope) const override;
  const std::int64_t seed;
};

/// `batch`: lists of so many items; the last one may have fewer.
struct BatchedItems final : ShapedItems {
  BatchedItems(std::shared_ptr<const Items> of, std::uint64_t number) : ShapedItems(std::move(of)), size(number) {}
  Result<std::unique_ptr<ItemList>> open(const Scope& scope) const override;
  const std::uint64_t size;
};

}  // namespace ropewalk
