#include "items/combinations.hpp"

#include <algorithm>
#include <utility>

namespace ropewalk {
namespace {

/// The excludes that may still match, ascending.
using Alive = std::vector<std::uint32_t>;

}  // namespace

Combinations::Combinations(std::vector<std::uint32_t> sizes) : sizes_(std::move(sizes)), below_(sizes_.size() + 1, 1) {
  const bool none = std::find(sizes_.begin(), sizes_.end(), 0u) != sizes_.end();
  for (std::size_t axis = sizes_.size(); axis-- > 0;) below_[axis] = none ? 0 : below_[axis + 1] * sizes_[axis];
  size_ = below_[0];
}

bool Combinations::leave_out(const std::vector<Exclude>& excludes, Budget& budget, std::string& problem) {
  if (size_ == 0 || excludes.empty()) return true;
  nodes_.resize(sizes_.size());
  std::map<Alive, std::uint32_t> numbers;  // of the nodes of the next axis
  std::vector<Alive> alive, next;          // of the nodes of this axis and of the next

  const auto node_of = [&](Alive left, std::uint32_t axis) {
    if (left.empty()) return kAll;
    const auto is_over = [&](std::uint32_t exclude) {
      return excludes[exclude].empty() || excludes[exclude].rbegin()->first < axis;
    };
    if (std::any_of(left.begin(), left.end(), is_over)) return kNone;
    const auto [known, fresh] = numbers.try_emplace(left, static_cast<std::uint32_t>(next.size()));
    if (fresh) next.push_back(std::move(left));
    return known->second;
  };

  Alive all(excludes.size());
  for (std::uint32_t i = 0; i < all.size(); ++i) all[i] = i;
  first_ = node_of(std::move(all), 0);
  for (std::uint32_t axis = 0; axis < sizes_.size(); ++axis) {
    alive = std::exchange(next, {});
    numbers.clear();
    for (const Alive& here : alive) {
      if (!budget.make((here.size() + 2) * sizeof(Stretch), problem)) return false;
      Alive unasked;                                              // excludes that this axis does not decide
      std::vector<std::pair<std::uint32_t, std::uint32_t>> fits;  // positions and the excludes that match them
      for (const std::uint32_t exclude : here) {
        const auto asked = excludes[exclude].find(axis);
        if (asked == excludes[exclude].end()) {
          unasked.push_back(exclude);
          continue;
        }
        if (!budget.spend(asked->second.size(), problem)) return false;
        for (const std::uint32_t position : asked->second) fits.emplace_back(position, exclude);
      }
      std::sort(fits.begin(), fits.end());
      Node node;
      const auto add = [&](std::uint32_t from, Alive left) {
        const std::size_t bytes = left.size() * sizeof left[0] + sizeof(Stretch);
        const std::uint32_t to = node_of(std::move(left), axis + 1);
        if (!node.empty() && node.back().node == to) return true;
        node.push_back({from, to, 0});
        return budget.make(bytes, problem);
      };
      std::uint32_t from = 0;
      for (std::size_t i = 0; i < fits.size();) {
        const std::uint32_t position = fits[i].first;
        Alive left = unasked;
        for (; i < fits.size() && fits[i].first == position; ++i) left.push_back(fits[i].second);
        std::sort(left.begin(), left.end());
        if (!budget.spend(left.size(), problem)) return false;
        if ((position > from && !add(from, unasked)) || !add(position, std::move(left))) return false;
        from = position + 1;
      }
      if (from < sizes_[axis] && !add(from, unasked)) return false;
      nodes_[axis].push_back(std::move(node));
    }
  }
  add_up();
  return true;
}

void Combinations::add_up() {
  counts_.resize(sizes_.size());
  for (auto axis = static_cast<std::uint32_t>(sizes_.size()); axis-- > 0;)
    for (Node& node : nodes_[axis]) {
      std::uint64_t sum = 0;
      for (std::size_t i = 0; i < node.size(); ++i) {
        const std::uint32_t end = i + 1 < node.size() ? node[i + 1].from : sizes_[axis];
        node[i].before = sum;
        sum += (end - node[i].from) * count(axis + 1, node[i].node);
      }
      counts_[axis].push_back(sum);
    }
  size_ = count(0, first_);
}

std::uint64_t Combinations::count(std::uint32_t axis, std::uint32_t node) const {
  return node == kAll ? below_[axis] : node == kNone ? 0 : counts_[axis][node];
}

Combinations::Run Combinations::run_at(std::uint32_t axis, std::uint32_t node, std::uint64_t index) const {
  const auto position = [](std::uint64_t number) { return static_cast<std::uint32_t>(number); };
  if (node == kAll) return {position(index / below_[axis + 1]), kAll, index % below_[axis + 1]};
  const Node& stretches = nodes_[axis][node];
  // The last one that begins at or before it. Values without combinations come before it.
  const auto behind = std::upper_bound(stretches.begin(), stretches.end(), index,
                                       [](std::uint64_t wanted, const Stretch& each) { return wanted < each.before; });
  const Stretch& in = *std::prev(behind);
  const std::uint64_t each = count(axis + 1, in.node);
  return {position(in.from + (index - in.before) / each), in.node, (index - in.before) % each};
}

}  // namespace ropewalk
