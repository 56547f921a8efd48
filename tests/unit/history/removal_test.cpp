// A recorded run is removed as a whole, and never while an engine works on it.

#include "record/run_lock.hpp"
#include "support/scratch.hpp"

#include <ropewalk/history.hpp>

#include <gtest/gtest.h>

namespace ropewalk {
namespace {

namespace fs = std::filesystem;

fs::path run_in(const test::Scratch& scratch, const std::string& name) {
  fs::create_directories(scratch / ("runs/" + name + "/results"));
  scratch.write("runs/" + name + "/run.db", "a record");
  return scratch / ("runs/" + name);
}

TEST(Removal, TheFolderOfTheRunIsGone) {
  const test::Scratch scratch;
  const fs::path gone = run_in(scratch, "20261129-120300-quiet-otter"),
                 stays = run_in(scratch, "20261129-120300-shy-owl");
  EXPECT_TRUE(remove_run(gone));
  EXPECT_FALSE(fs::exists(gone));
  EXPECT_TRUE(fs::exists(stays / "run.db"));
  EXPECT_EQ(std::distance(fs::directory_iterator(scratch / "runs"), {}), 1);
}

TEST(Removal, ARunThatAnEngineWorksOnStays) {
  const test::Scratch scratch;
  const fs::path run = run_in(scratch, "20261129-120300-quiet-otter");
  const auto lock = record::RunLock::take(run);
  ASSERT_TRUE(lock);
  const auto removed = remove_run(run);
  ASSERT_FALSE(removed);
  EXPECT_EQ(Errors(removed.error()).list.front().code, "R305");
  EXPECT_TRUE(fs::exists(run / "run.db"));
}

TEST(Removal, ARunThatIsNotThereIsAnError) {
  const test::Scratch scratch;
  EXPECT_FALSE(remove_run(scratch / "runs/20261129-120300-quiet-otter"));
}

TEST(Removal, LeftoversOfAKilledRemovalAreRemovedAndNothingElse) {
  const test::Scratch scratch;
  const fs::path stays = run_in(scratch, "20261129-120300-shy-owl");
  run_in(scratch, ".removed-20261129-120300-quiet-otter");
  remove_leftovers(scratch.path());
  EXPECT_FALSE(fs::exists(scratch / "runs/.removed-20261129-120300-quiet-otter"));
  EXPECT_TRUE(fs::exists(stays / "run.db"));
  remove_leftovers(scratch / "no such folder");
}

}  // namespace
}  // namespace ropewalk
