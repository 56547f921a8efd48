#include "page/worker_lanes.hpp"

#include <algorithm>
#include <map>
#include <queue>
#include <tuple>
#include <utility>

namespace ropewalk::page {
namespace {

struct Lifetime {
  std::int64_t begin_ns = 0, end_ns = 0;
  std::uint32_t lane = 0;
};

template <class Element>
using Lowest = std::priority_queue<Element, std::vector<Element>, std::greater<>>;

/// `lives` ascend by their beginning.
std::uint32_t pack(std::vector<Lifetime>& lives) {
  Lowest<std::pair<std::int64_t, std::uint32_t>> taken;  // {end, lane}
  Lowest<std::uint32_t> free;
  std::uint32_t lanes = 0;
  for (Lifetime& life : lives) {
    for (; !taken.empty() && taken.top().first <= life.begin_ns; taken.pop()) free.push(taken.top().second);
    if (free.empty()) free.push(lanes++);
    life.lane = free.top();
    free.pop();
    taken.emplace(life.end_ns, life.lane);
  }
  return lanes;
}

}  // namespace

std::uint32_t assign_lanes(std::vector<Attempt>& attempts, const std::function<bool(std::uint32_t)>& short_lived) {
  std::map<std::tuple<std::uint32_t, std::int32_t, std::uint32_t>, std::uint32_t> known;
  std::vector<Lifetime> lives;
  for (Attempt& each : attempts) {  // `lane` is the place in `lives` until they are packed
    auto place = static_cast<std::uint32_t>(lives.size());
    if (!short_lived(each.stage))
      place = known.try_emplace({each.session, each.host, each.worker}, place).first->second;
    if (place == lives.size()) lives.push_back({each.start_ns, each.start_ns, 0});
    lives[place].end_ns = std::max(lives[place].end_ns, each.start_ns + each.run_ns);
    each.lane = place;
  }
  const std::uint32_t lanes = pack(lives);
  for (Attempt& each : attempts) each.lane = lives[each.lane].lane;
  return lanes;
}

}  // namespace ropewalk::page
