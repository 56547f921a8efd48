#include "page/worker_lanes.hpp"

#include "report/lanes.hpp"

#include <algorithm>
#include <map>
#include <tuple>

namespace ropewalk::page {
namespace {

struct Lifetime {
  std::int64_t begin_ns = 0, end_ns = 0;
  std::uint32_t lane = 0;
};

}  // namespace

std::uint32_t assign_lanes(std::vector<Attempt>& attempts, const std::function<bool(std::uint32_t)>& short_lived) {
  std::map<std::tuple<std::uint32_t, std::int32_t, std::uint32_t>, std::uint32_t> known;
  std::vector<Lifetime> lives;      // ascending by their beginning
  for (Attempt& each : attempts) {  // `lane` is the place in `lives` until they are packed
    auto place = static_cast<std::uint32_t>(lives.size());
    if (!short_lived(each.stage))
      place = known.try_emplace({each.session, each.host, each.worker}, place).first->second;
    if (place == lives.size()) lives.push_back({each.start_ns, each.start_ns, 0});
    lives[place].end_ns = std::max(lives[place].end_ns, each.start_ns + each.run_ns);
    each.lane = place;
  }
  Lanes lanes;
  for (Lifetime& life : lives) life.lane = lanes.take(life.begin_ns, life.end_ns);
  for (Attempt& each : attempts) each.lane = lives[each.lane].lane;
  return lanes.count();
}

}  // namespace ropewalk::page
