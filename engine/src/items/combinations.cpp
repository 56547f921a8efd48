#include "items/combinations.hpp"

#include <algorithm>
#include <numeric>
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

/// Makes the nodes, axis by axis. A node stands for the excludes that may still match.
class Combinations::GraphMaker {
 public:
  GraphMaker(const std::vector<Exclude>& excludes, Budget& budget, std::string& problem)
      : excludes_(excludes), budget_(budget), problem_(problem) {}

  std::uint32_t first_node() {
    Alive all(excludes_.size());
    std::iota(all.begin(), all.end(), 0u);
    return node_of(std::move(all), 0);
  }

  /// Adds the nodes of the next axis, which has `size` values. false: that exceeds the limits.
  bool make_axis(std::uint32_t axis, std::uint32_t size, std::vector<Node>& nodes) {
    const std::vector<Alive> all = std::exchange(next_, {});
    numbers_.clear();
    for (const Alive& alive : all) {
      if (!budget_.make((alive.size() + 2) * sizeof(Stretch), problem_)) return false;
      if (!decide(axis, alive) || !add_stretches(axis, size, nodes.emplace_back())) return false;
    }
    return true;
  }

 private:
  std::uint32_t node_of(Alive left, std::uint32_t axis) {
    if (left.empty()) return kAll;
    const auto is_over = [&](std::uint32_t exclude) {
      return excludes_[exclude].empty() || excludes_[exclude].rbegin()->first < axis;
    };
    if (std::any_of(left.begin(), left.end(), is_over)) return kNone;
    const auto [known, fresh] = numbers_.try_emplace(left, static_cast<std::uint32_t>(next_.size()));
    if (fresh) next_.push_back(std::move(left));
    return known->second;
  }

  /// Sets undecided_ and fits_ to those of `alive`.
  bool decide(std::uint32_t axis, const Alive& alive) {
    undecided_.clear();
    fits_.clear();
    for (const std::uint32_t exclude : alive) {
      const auto positions = excludes_[exclude].find(axis);
      if (positions == excludes_[exclude].end()) {
        undecided_.push_back(exclude);
        continue;
      }
      if (!budget_.spend(positions->second.size(), problem_)) return false;
      for (const std::uint32_t position : positions->second) fits_.emplace_back(position, exclude);
    }
    std::sort(fits_.begin(), fits_.end());
    return true;
  }

  bool add_stretches(std::uint32_t axis, std::uint32_t size, Node& node) {
    std::uint32_t from = 0;
    for (std::size_t i = 0; i < fits_.size();) {
      const std::uint32_t position = fits_[i].first;
      Alive left = undecided_;
      for (; i < fits_.size() && fits_[i].first == position; ++i) left.push_back(fits_[i].second);
      std::sort(left.begin(), left.end());
      if (!budget_.spend(left.size(), problem_)) return false;
      if (position > from && !add_stretch(node, from, undecided_, axis)) return false;
      if (!add_stretch(node, position, std::move(left), axis)) return false;
      from = position + 1;
    }
    return from >= size || add_stretch(node, from, undecided_, axis);
  }

  bool add_stretch(Node& node, std::uint32_t from, Alive left, std::uint32_t axis) {
    const std::size_t bytes = left.size() * sizeof left[0] + sizeof(Stretch);
    const std::uint32_t to = node_of(std::move(left), axis + 1);
    if (!node.empty() && node.back().node == to) return true;
    node.push_back({from, to, 0});
    return budget_.make(bytes, problem_);
  }

  const std::vector<Exclude>& excludes_;
  Budget& budget_;
  std::string& problem_;
  std::map<Alive, std::uint32_t> numbers_;                     // of the nodes of the next axis
  std::vector<Alive> next_;                                    // of those nodes
  Alive undecided_;                                            // excludes that an axis does not name
  std::vector<std::pair<std::uint32_t, std::uint32_t>> fits_;  // positions and the excludes that match them
};

bool Combinations::leave_out(const std::vector<Exclude>& excludes, Budget& budget, std::string& problem) {
  if (size_ == 0 || excludes.empty()) return true;
  GraphMaker maker(excludes, budget, problem);
  nodes_.resize(sizes_.size());
  first_ = maker.first_node();
  for (std::uint32_t axis = 0; axis < sizes_.size(); ++axis)
    if (!maker.make_axis(axis, sizes_[axis], nodes_[axis])) return false;
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
