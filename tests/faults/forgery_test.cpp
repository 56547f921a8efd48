// A task that abuses the resources its host shares with the engine, or returns unreadable results, costs at most its
// own host: the run ends, each task has one result, and all others have their own.

#include "faults/account.hpp"
#include "faults/fault_test.hpp"
#include "support/hand_plan.hpp"

#include <gmock/gmock.h>

#include <dirent.h>
#include <sys/resource.h>

#include <algorithm>

namespace ropewalk {
namespace {

using test::Account;
using test::engine;
using test::options;
using test::plan;
using test::rows;
using test::stage;
using testing::AnyOf;
using testing::Eq;
using testing::HasSubstr;

constexpr std::uint64_t kTasks = 12, kAt = 5;

class Forgery : public test::Watched, public testing::WithParamInterface<std::string> {
 protected:
  std::shared_ptr<const Plugin> forger() { return engine().plugin("forger").value(); }

  /// The ending of the task that did it, in a stage followed by another one.
  Account::Ending ending_of(const std::string& deed) {
    account_ = Account();
    const Plan both =
        plan({stage(forger(), "do", kTasks,
                    {.executor = GetParam(),
                     .workers = 3,
                     .with = {{.name = "deed", .constant = deed}, {.name = "at", .constant = std::int64_t{kAt}}}}),
              stage(forger(), "do", 2,
                    {.name = "behind",
                     .executor = GetParam(),
                     .with = {{.name = "deed", .constant = deed}, {.name = "at", .constant = std::int64_t{-1}}},
                     .needs = {0},
                     .after = After::any})});
    struct FirstStage final : Account {
      void tasks_finished(std::int64_t t, std::uint32_t number, std::span<const TaskFinished> tasks) override {
        if (number == 0) Account::tasks_finished(t, number, tasks);
      }
    } account;
    const RunResult result = engine().run(both, account, {.keep_results = true});
    account_ = account;
    EXPECT_FALSE(result.broken) << result.why;
    EXPECT_EQ(result.tasks(), kTasks + 2);
    EXPECT_EQ(result.stages.at(1).succeeded, 2u) << "the stage behind it";
    for (std::uint64_t i = 0; i < kTasks; ++i) EXPECT_EQ(account.endings[i].times, 1) << i;
    for (const auto& row : rows(result)) {
      if (row.index == kAt) continue;
      EXPECT_EQ(row.value, Value(Map{{"index", static_cast<std::int64_t>(row.index)}}))
          << row.index << ": " << row.message;
    }
    return account.endings[kAt];
  }
  void expect_harmless(const std::string& deed) {
    SCOPED_TRACE(deed);
    const Account::Ending ending = ending_of(deed);
    EXPECT_THAT(ending.outcome, AnyOf(Eq(Outcome::succeeded), Eq(Outcome::failed), Eq(Outcome::crashed)))
        << ending.message;
  }
  Account account_;
};

TEST_P(Forgery, I08_ABodyThatIsNotSealedOrNotAllocatedIsNeitherMappedNorRead) {
  expect_harmless("body_of_1_tib");
  expect_harmless("sealed_sparse_body");
  expect_harmless("body_that_shrinks");
}

TEST_P(Forgery, I08_ForbiddenMessagesCostTheirHost) {
  expect_harmless("second_hello");
  expect_harmless("message_of_the_engine");
  expect_harmless("unknown_message");
  expect_harmless("other_version");
}

std::size_t open_descriptors() {
  std::size_t count = 0;
  DIR* const folder = ::opendir("/proc/self/fd");
  if (folder == nullptr) return 0;
  while (::readdir(folder) != nullptr) ++count;
  ::closedir(folder);
  return count;
}

TEST_P(Forgery, I08_AFloodOfMessagesTakesNeitherMemoryNorDescriptorsOfTheEngine) {
  expect_harmless("second_hello");  // resources that the first run of the test opens permanently
  const std::size_t before = open_descriptors();
  expect_harmless("flood_of_refusals_to_fork");
  expect_harmless("flood_of_large_results");
  expect_harmless("empty_messages_with_descriptors");
  EXPECT_LT(open_descriptors(), before + 50) << "hosts that are kept have some";
}

TEST_P(Forgery, I08_RecordsBeyondTheirBoundsCostTheirHost) {
  expect_harmless("error_in_a_sparse_blob");
  expect_harmless("result_in_a_sparse_blob");
  expect_harmless("long_error");
  expect_harmless("long_log");
  expect_harmless("impossible_times");
}

TEST_P(Forgery, I09_NoAbuseOfABellStopsTheEngine) {
  expect_harmless("bell_that_blocks");
  expect_harmless("bell_that_is_full");
  expect_harmless("bell_that_rings_on");
}

TEST_P(Forgery, P10_AMovedOutputIsNeitherAllocatedNorPrinted) {
  expect_harmless("move_output_beyond_all");
  EXPECT_EQ(account_.output.count(kAt), 0u);
  EXPECT_EQ(ending_of("move_output_beyond_all_and_die").outcome, Outcome::crashed);
}

TEST_P(Forgery, I09_RemovingThePermissionsOfThePluginsCopyAffectsNoHost) { expect_harmless("forbid_the_plugin"); }

/// The output of one task, where it is known.
std::string printed(const std::string& executor, const std::string& how) {
  Account account;
  const RunResult result =
      engine().run(plan({stage(engine().plugin("forger").value(), "print_and_move", 1,
                               {.executor = executor, .workers = 1, .with = {{.name = "how", .constant = how}}})}),
                   account);
  EXPECT_EQ(result.outcome, Outcome::succeeded) << result.why;
  return account.output[0] + account.printed;
}

TEST_P(Forgery, P10_OutputEndsAtTheLastWrittenByteWhateverTheOffset) {
  if (GetParam().starts_with("thread")) return;  // they print into a pipe
  EXPECT_EQ(printed(GetParam(), ""), "word");
  EXPECT_EQ(printed(GetParam(), "end"), "word");
  EXPECT_EQ(printed(GetParam(), "far"), "word");
  EXPECT_EQ(printed(GetParam(), "nul"), std::string("word\0\0", 6)) << "NULs that were written count";
  const std::string sparse = printed(GetParam(), "sparse");
  EXPECT_LE(sparse.size(), 3u * 4096) << "pages that were never written are left out";
  EXPECT_TRUE(sparse.starts_with("word") && sparse.ends_with("later"));
}

/// The result of a task that builds `how`.
test::Row nested(const std::string& executor, const std::string& how, std::int64_t depth = 1) {
  const Plan one = plan({stage(engine().plugin("forger").value(), "nest", 1,
                               {.executor = executor,
                                .workers = 1,
                                .with = {{.name = "how", .constant = how}, {.name = "depth", .constant = depth}}})});
  const RunResult result = engine().run(one, {.keep_results = true});
  EXPECT_FALSE(result.broken) << result.why;
  const std::vector<test::Row> all = rows(result);
  EXPECT_EQ(all.size(), 1u);
  return all.empty() ? test::Row{} : all.front();
}

TEST_P(Forgery, Z09_NestingUpTo64ArrivesAndDeeperFailsTheTaskWithTheReason) {
  for (const char* how : {"lists", "maps"}) {
    SCOPED_TRACE(how);
    const test::Row good = nested(GetParam(), how, 64);
    EXPECT_EQ(good.outcome, Outcome::succeeded) << good.message;
    const Value* inner = &good.value.as_map()->at("any");
    for (int depth = 0; depth < 64; ++depth) {
      ASSERT_TRUE(inner->as_list() || inner->as_map()) << depth;
      inner = inner->as_list() ? &inner->as_list()->at(0) : &inner->as_map()->at("key");
    }
    EXPECT_TRUE(*inner == Value("leaf") || *inner == Value(0.5));
    for (const std::int64_t depth : {65, 10'000, 200'000}) {
      const test::Row bad = nested(GetParam(), how, depth);
      EXPECT_EQ(bad.outcome, Outcome::failed) << depth;
      EXPECT_EQ(bad.message, "the plugin gave result field 'any' a value that is nested more than 64 deep") << depth;
    }
  }
}

TEST_P(Forgery, Z09_ResultsThatDifferFromTheirDeclarationFailTheTaskWithTheReason) {
  const auto message = [&](const std::string& how) {
    const test::Row row = nested(GetParam(), how);
    EXPECT_EQ(row.outcome, Outcome::failed) << how;
    return row.message;
  };
  EXPECT_EQ(message("int_for_list"), "the plugin gave result field 'list', declared as list, a value of type int");
  EXPECT_EQ(message("map_for_list"), "the plugin gave result field 'list', declared as list, a value of type map");
  EXPECT_EQ(message("null_for_list"), "the plugin gave result field 'list', declared as list, a value of type null");
  EXPECT_EQ(message("text_in_list"),
            "the plugin gave result field 'list', declared as list of int, an element of type text");
  EXPECT_EQ(message("nan_within"), "the plugin gave result field 'any' a number that is not finite");
  EXPECT_EQ(message("infinite"), "the plugin gave result field 'number' a number that is not finite");
  EXPECT_EQ(message("nul_in_key"), "the plugin gave result field 'any' a map whose key contains a NUL character");
  EXPECT_EQ(nested(GetParam(), "nothing_built").value,
            Value(Map{{"any", Value()}, {"list", Value(List{})}, {"number", Value()}}));
}

INSTANTIATE_TEST_SUITE_P(Every, Forgery,
                         testing::Values("serial", "thread", "process", "thread-per-task", "process-per-task"),
                         [](const auto& info) {
                           std::string name = info.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace ropewalk
