// Every interleaving of the dealing protocol's two words: the engine lowers `limit` and reads `begun`; the worker
// writes `begun` and reads `limit`. A model of both sides, in which a step is one load or store. The real code does the
// same steps in the same order (dealer.cpp take_back, worker_lane.cpp next), sequentially consistent.

#include <gtest/gtest.h>

#include <cstdint>
#include <set>
#include <tuple>

namespace {

struct Model {
  // shared
  int limit = 2, begun = 0;
  // the worker: its next item, program counter, last value read; `ran` counts runs of items 0 and 1
  int next = 0, at = 0, read = 0;
  int ran[2] = {0, 0};
  bool dead = false;
  // the engine: program counter, the items it keeps, the items it took back
  int step = 0, lowered = 0, kept = 2;

  auto key() const { return std::tuple(limit, begun, next, at, read, ran[0], ran[1], dead, step, lowered, kept); }
};

/// One step of the worker; returns false if there is none.
bool worker_step(Model& m) {
  if (m.dead) return false;
  switch (m.at) {
    case 0:
      m.read = m.limit;
      m.at = m.read > m.next ? 1 : 0;
      return m.read > m.next;
    case 1: m.begun = m.next + 1, m.at = 2; return true;
    case 2: m.read = m.limit, m.at = m.read > m.next ? 3 : 4; return true;
    case 3: ++m.ran[m.next], ++m.next, m.at = 0; return true;
    case 4: m.begun = m.next, m.at = 0; return true;
  }
  return false;
}

/// One step of the engine that takes back everything from item `lowered` on.
bool engine_step(Model& m) {
  switch (m.step) {
    case 0: m.limit = m.lowered, m.step = 1; return true;
    case 1: m.kept = m.begun > m.lowered ? m.begun : m.lowered, m.step = 2; return true;
    case 2: m.limit = m.kept, m.step = 3; return true;
  }
  return false;
}

struct Explorer {
  std::set<decltype(std::declval<Model>().key())> seen;
  std::size_t ends = 0;
  bool deaths = false;

  void explore(const Model& m) {
    if (!seen.insert(m.key()).second) return;
    Model next = m;
    bool moved = false;
    if (worker_step(next)) moved = true, explore(next);
    next = m;
    if (engine_step(next)) moved = true, explore(next);
    if (deaths && !m.dead) {
      next = m;
      next.dead = true;
      explore(next);
    }
    if (!moved) check(m);
  }

  void check(const Model& m) {
    ++ends;
    ASSERT_EQ(m.step, 3);
    for (int item = 0; item < 2; ++item) {
      const bool taken = item >= m.kept;
      // Taken back: the engine deals the item to another worker, so it must not have run here. Kept: it runs here
      // exactly once, unless the worker died; `begun` then determines whether it is blamed or unstarted.
      if (taken) {
        EXPECT_EQ(m.ran[item], 0) << "item " << item << " ran and was taken back";
      } else if (!m.dead) {
        EXPECT_EQ(m.ran[item], 1) << "item " << item << " was lost";
      }
      EXPECT_LE(m.ran[item], 1);
    }
    // An item that ran, or is running, is never beyond `begun`, from which the blame is derived.
    EXPECT_LE(m.next, m.begun);
  }
};

TEST(Dealing, EveryInterleavingOfTakingBackAndBeginningLeavesEachItemOneOwner) {
  for (int lowered = 0; lowered <= 2; ++lowered) {
    Explorer explorer;
    Model start;
    start.lowered = lowered;
    explorer.explore(start);
    EXPECT_GT(explorer.ends, 0u);
  }
}

TEST(Dealing, W02_ADeathAtEveryStepLosesNothingAndBlamesOnlyTheBegunItem) {
  for (int lowered = 0; lowered <= 2; ++lowered) {
    Explorer explorer;
    explorer.deaths = true;
    Model start;
    start.lowered = lowered;
    explorer.explore(start);
    EXPECT_GT(explorer.ends, 4u);
  }
}

}  // namespace
