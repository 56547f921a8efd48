#include "engine/turns.hpp"

#include <algorithm>

namespace ropewalk {

/// Its turn ends, also if an observer throws.
class Turns::Turn {
 public:
  Turn(std::vector<TakesTurns*>& turning, TakesTurns& one) : turning_(turning) { turning_.push_back(&one); }
  ~Turn() { turning_.pop_back(); }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  std::vector<TakesTurns*>& turning_;
};

void Turns::turn() {
  const std::vector<TakesTurns*> all = all_;
  for (TakesTurns* one : all)
    if (std::find(all_.begin(), all_.end(), one) != all_.end()) turn_alone(*one);
  if (turning_.empty()) pool_.take_dead();  // all have looked: what died may be forgotten
}

void Turns::turn_alone(TakesTurns& one) {
  if (std::find(turning_.begin(), turning_.end(), &one) != turning_.end()) return;
  const Turn turn(turning_, one);
  one.turn();
}

void Turns::wait(TakesTurns& one, std::int64_t until_ns) {
  for (TakesTurns* each : all_) until_ns = std::min(until_ns, each->look_again_ns());
  one.loop().wait(until_ns);
  if (!one.loop().hosts_lost()) return;
  for (TakesTurns* each : all_) each->loop().lose_hosts();
}

void Turns::engine_ends() {
  while (!known_.empty()) {
    TakesTurns& last = *known_.back();
    last.engine_ends();
    leave(last);
  }
}

void Turns::arm() {
  for (TakesTurns* each : all_) each->arm();
}

}  // namespace ropewalk
