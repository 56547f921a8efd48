// Every interleaving of the bell's two words: the worker publishes `tail` and reads `ring_at`; the engine writes
// `ring_at` and reads `tail` before it sleeps. A model of both sides, in which a step is one load or store. The real
// code does the same steps in the same order (worker_lane.cpp finish and next, dealer.cpp drain and ring_after). The
// worker's store of `tail` is not sequentially consistent: in the model it waits in the core until a separate step, a
// fence or a system call carries it out.

#include <gtest/gtest.h>

#include <set>
#include <tuple>

namespace {

constexpr int kItems = 4;

struct Model {
  // shared
  int tail = 0, mark = 1;
  bool rung = false;
  // the worker: finished items, program counter, the mark for which it rang
  int done = 0, at = 0, rung_for = 0, announced = 0;
  // the engine: records read, program counter
  int read = 0, step = 1;

  auto key() const { return std::tuple(tail, mark, rung, done, at, rung_for, announced, read, step); }

  void fence() { tail = done; }
  void ring() { fence(), rung = true, announced = done; }
  void ring_if_due() {
    if (done >= mark && mark != rung_for) rung_for = mark, ring();
  }
  bool engine_sleeps() const { return step == 0 && !rung; }
};

struct Explorer {
  int every;  // completions between two marks
  bool looks_again = true;
  std::set<decltype(std::declval<Model>().key())> seen = {};
  // states in which the engine sleeps although it is due, while a worker may run a long task or has nothing to do
  int overslept = 0;
  int ends = 0;

  bool worker_step(Model& m) const {
    switch (m.at) {
      case 0: ++m.done, m.at = 1; return true;  // it ran an item
      case 1: m.ring_if_due(), m.at = m.done < kItems ? 2 : 4; return true;
      case 2: m.fence(), m.at = 3; return true;  // begins the next item
      case 3:
        if (looks_again) m.ring_if_due();
        m.at = 0;
        return true;
      case 4:
        if (m.done != m.announced) m.ring();
        m.at = 5;
        return true;
    }
    return false;
  }

  bool engine_step(Model& m) const {
    switch (m.step) {
      case 0:
        if (m.engine_sleeps()) return false;
        m.rung = false, m.step = 1;
        return true;
      case 1: m.read = m.tail, m.step = 2; return true;
      case 2:  // an unchanged mark is not written again
        m.step = m.mark == m.read + every ? 0 : 3;
        m.mark = m.read + every;
        return true;
      case 3: m.step = m.tail != m.read ? 1 : 0; return true;
    }
    return false;
  }

  void explore(const Model& m) {
    if (!seen.insert(m.key()).second) return;
    if (m.engine_sleeps() && ((m.at == 0 && m.done >= m.mark) || (m.at == 5 && m.read != kItems))) ++overslept;
    Model next = m;
    bool moved = false;
    if (worker_step(next)) moved = true, explore(next);
    next = m;
    if (engine_step(next)) moved = true, explore(next);
    if (m.tail != m.done) {
      next = m;
      next.fence();
      explore(next);
    }
    if (!moved) ++ends;
  }
};

TEST(Bell, InEveryInterleavingTheEngineIsAwakeAtItsMarkAndWhenNothingIsLeft) {
  for (int every = 1; every <= 3; ++every) {
    Explorer explorer{.every = every};
    explorer.explore(Model());
    EXPECT_EQ(explorer.overslept, 0) << "with a bell for each " << every;
    EXPECT_GT(explorer.ends, 0);
  }
}

TEST(Bell, WithoutTheCheckBehindTheFenceTheEngineWouldOversleepATask) {
  Explorer explorer{.every = 1, .looks_again = false};
  explorer.explore(Model());
  EXPECT_GT(explorer.overslept, 0);
}

}  // namespace
