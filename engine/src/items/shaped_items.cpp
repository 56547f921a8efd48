#include "items/shaped_items.hpp"

#include "items/item_errors.hpp"
#include "items/item_sources.hpp"
#include "items/permutation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace ropewalk {
namespace {

using namespace detail;

constexpr std::uint64_t kChosenFirst = 1'000'000;  // items that are looked at before the first task

/// The part that all of them share.
class ShapedList : public ItemList {
 public:
  explicit ShapedList(std::unique_ptr<ItemList> source) : source_(std::move(source)) {}
  std::string remark() const override { return source_->remark(); }
  Value at(std::uint64_t index) const final {
    Value value;
    std::string problem;
    return read(index, value, problem) ? value : Value();
  }

 protected:
  std::unique_ptr<ItemList> source_;
};

class ChosenList final : public ShapedList {
 public:
  /// Borrows the condition and what the scope borrows.
  ChosenList(std::unique_ptr<ItemList> source, const Binding& condition, const Scope& scope)
      : ShapedList(std::move(source)), condition_(condition), scope_(scope) {}
  std::uint64_t size() const override { return chosen_.size(); }
  bool complete() const override { return source_->complete() && seen_ == source_->size(); }
  std::string remark() const override {
    const std::string remark = source_->remark();
    return remark.empty() && complete() && chosen_.empty() && seen_ > 0 ? "'where' is true for no item" : remark;
  }
  bool grow(std::uint64_t wanted, std::string& problem) override {
    while (chosen_.size() < wanted && !complete()) {
      if (seen_ == source_->size() && !source_->grow(seen_ + (wanted - chosen_.size()), problem)) return false;
      if (seen_ == source_->size()) return true;  // of a stream: nothing more is there yet
      if (!look(problem)) return false;
    }
    return true;
  }
  bool read(std::uint64_t index, Value& out, std::string& problem) const override {
    return source_->read(chosen_[index], out, problem);
  }

 private:
  bool look(std::string& problem) {
    Value item, chosen;
    if (!source_->read(seen_, item, problem)) return false;
    Scope scope = scope_;
    scope.item = &item;
    scope.index = seen_;
    if (!condition_.evaluate(scope, chosen, problem))
      return problem = fmt::format("'where' of item {}: {}", seen_, problem), false;
    if (!chosen.as_bool()) return problem = fmt::format("'where' of item {} has no value", seen_), false;
    if (*chosen.as_bool()) chosen_.push_back(seen_);
    ++seen_;
    return true;
  }

  const Binding& condition_;
  const Scope scope_;
  std::vector<std::uint64_t> chosen_;  // positions in the source
  std::uint64_t seen_ = 0;             // items of the source that were looked at
};

class ShuffledList final : public ShapedList {
 public:
  ShuffledList(std::unique_ptr<ItemList> source, std::int64_t seed)
      : ShapedList(std::move(source)), seed_(static_cast<std::uint64_t>(seed)), order_(source_->size(), seed_) {}
  std::uint64_t size() const override { return complete() ? source_->size() : 0; }
  bool complete() const override { return source_->complete(); }
  bool grow(std::uint64_t, std::string& problem) override {
    if (!source_->grow(kMaxItems, problem)) return false;
    if (complete()) order_ = Permutation(source_->size(), seed_);
    return true;
  }
  bool read(std::uint64_t index, Value& out, std::string& problem) const override {
    return source_->read(order_.at(index), out, problem);
  }

 private:
  const std::uint64_t seed_;
  Permutation order_;
};

class BatchedList final : public ShapedList {
 public:
  BatchedList(std::unique_ptr<ItemList> source, std::uint64_t batch) : ShapedList(std::move(source)), batch_(batch) {}
  std::uint64_t size() const override {
    return source_->size() / batch_ + (source_->complete() && source_->size() % batch_ != 0 ? 1 : 0);
  }
  bool complete() const override { return source_->complete(); }
  bool grow(std::uint64_t wanted, std::string& problem) override {
    return source_->grow(std::min(wanted, kMaxItems) * batch_, problem);
  }
  bool read(std::uint64_t index, Value& out, std::string& problem) const override {
    List items;
    const std::uint64_t end = std::min(source_->size(), (index + 1) * batch_);
    for (std::uint64_t at = index * batch_; at < end; ++at)
      if (!source_->read(at, items.emplace_back(), problem)) return false;
    return out = std::move(items), true;
  }

 private:
  const std::uint64_t batch_;
};

}  // namespace

Result<std::unique_ptr<ItemList>> ChosenItems::open(const Scope& scope) const {
  auto opened = source->open(scope);
  if (!opened) return opened.error();
  auto list = std::make_unique<ChosenList>(std::move(*opened), condition, scope);
  std::string problem;
  if (!list->grow(kChosenFirst, problem)) return bad_items(problem);
  return list;
}

Result<std::unique_ptr<ItemList>> ShuffledItems::open(const Scope& scope) const {
  auto opened = source->open(scope);
  if (!opened) return opened.error();
  return std::make_unique<ShuffledList>(std::move(*opened), seed);
}

Result<std::unique_ptr<ItemList>> BatchedItems::open(const Scope& scope) const {
  auto opened = source->open(scope);
  if (!opened) return opened.error();
  return std::make_unique<BatchedList>(std::move(*opened), size);
}

}  // namespace ropewalk
