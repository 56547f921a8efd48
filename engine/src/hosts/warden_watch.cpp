#include "hosts/warden_watch.hpp"

namespace ropewalk {

WardenWatch::Step WardenWatch::look(const ProcessState& seen) {
  if (!waits_) {
    if (++quiet_ < kAskEvery) return Step::none;
    quiet_ = traced_ = continued_ = idle_ = 0;
    waits_ = true;
    ++question_;
    return Step::ask;
  }
  switch (seen.state) {
    case 'T': return ++continued_ > kContinues ? Step::replace : Step::continue_it;
    case 't': return ++traced_ > kTracedLooks ? Step::replace : Step::none;
    case 0: return ++idle_ > kBlindLooks ? Step::replace : Step::none;
    case 'Z':
    case 'X': return Step::none;  // its socket tells
    default: break;
  }
  const bool runs = seen.state == 'R' || seen.cpu_ticks != cpu_ticks_;
  cpu_ticks_ = seen.cpu_ticks;
  idle_ = runs ? 0 : idle_ + 1;
  return idle_ > kIdleLooks ? Step::replace : Step::none;
}

void WardenWatch::answered(std::uint32_t question) {
  if (question == question_) waits_ = false;
}

}  // namespace ropewalk
