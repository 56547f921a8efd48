// Which stage waits for which: the order of the file, `needs`, `after`, and what stages read of each other.

#include "support/plans.hpp"

#include <gmock/gmock.h>

namespace ropewalk {
namespace {

using test::diagnostics_of;
using test::plan_of;
using testing::Each;
using testing::ElementsAre;
using testing::SizeIs;

std::string workflow(const std::string& stages) { return "ropewalk: 1\nstages:\n" + stages; }

/// "name: 0 2 ~1 after failure": what it needs, what it streams from.
std::vector<std::string> graph_of(const Result<Plan>& plan) {
  if (!plan) return {plan.error().list.at(0).code + " " + plan.error().list.at(0).message};
  std::vector<std::string> lines;
  for (const PlannedStage& stage : plan->stages) {
    std::string line = stage.name + ":";
    for (const std::uint32_t need : stage.needs) line += fmt::format(" {}", need);
    if (stage.streams_from) line += fmt::format(" ~{}", *stage.streams_from);
    if (stage.after != After::success) line += stage.after == After::failure ? " after failure" : " after any";
    lines.push_back(line);
  }
  return lines;
}
std::vector<std::string> notes_of(const std::string& text) {
  const auto plan = plan_of(text);
  return plan ? std::vector<std::string>() : plan.error().list.at(0).notes;
}

TEST(StageGraph, NeedsReplacesTheWaitForTheStageBefore) {
  EXPECT_THAT(graph_of(plan_of(workflow("  - {name: a, task: sim.noop}\n"
                                        "  - {name: b, task: sim.noop}\n"
                                        "  - {name: c, task: sim.noop, needs: []}\n"
                                        "  - {name: d, task: sim.noop, needs: [c, a]}\n"
                                        "  - {name: e, task: sim.noop}\n"))),
              ElementsAre("a:", "b: 0", "c:", "d: 0 2", "e: 3"));
}

TEST(StageGraph, NeedsMayNameStagesThatComeLater) {
  EXPECT_THAT(graph_of(plan_of(workflow("  - {name: last, task: sim.noop, needs: [b]}\n"
                                        "  - {name: a, task: sim.noop, needs: []}\n"
                                        "  - {name: b, task: sim.noop}\n"))),
              ElementsAre("last: 2", "a:", "b: 1"));
}

TEST(StageGraph, WhatAnExpressionReadsIsNeededWhereverItStands) {
  EXPECT_THAT(
      graph_of(plan_of(workflow(
          "  - {name: sum, task: sim.echo, needs: [], with: {value: [{all: \"${{ stages.b.results[*].value }}\"}]}}\n"
          "  - {name: a, task: sim.echo, needs: [], with: {value: 1}}\n"
          "  - {name: b, task: sim.echo, needs: [], foreach: \"${{ stages.a.results }}\", with: {value: \"${{ index "
          "}}\"}}\n"
          "  - {name: c, task: sim.echo, needs: [], foreach: {glob: [\"${{ stages.a.result.value }}/*\"]}}\n"))),
      ElementsAre("sum: 2", "a:", "b: 1", "c: 1"));
}

TEST(StageGraph, DefaultsThatReadAStageAreNeededByThoseWhoTakeThem) {
  EXPECT_THAT(graph_of(plan_of("ropewalk: 1\ndefaults: {with: {path: \"${{ stages.a.result.value }}\"}}\nstages:\n"
                               "  - {name: b, task: file.checksum, needs: []}\n"
                               "  - {name: c, task: file.checksum, needs: [], with: {path: x}}\n"
                               "  - {name: a, task: sim.echo, needs: []}\n")),
              ElementsAre("b: 2", "c:", "a:"));
}

TEST(StageGraph, AStreamStaysAStreamUnlessItsStageIsReadAsAWhole) {
  const std::string first = "  - {name: a, task: sim.echo, foreach: {range: 3}}\n";
  const auto second = [&](const std::string& keys) {
    return graph_of(plan_of(workflow(first + "  - {name: b, task: sim.echo, foreach: {results: a}, " + keys + "}\n")));
  };
  EXPECT_THAT(second("needs: []"), ElementsAre("a:", "b: ~0"));
  EXPECT_THAT(second("needs: [a]"), ElementsAre("a:", "b: ~0"));
  EXPECT_THAT(second("after: any"), ElementsAre("a:", "b: ~0 after any"));
  EXPECT_THAT(second("with: {value: \"${{ stages.a.results }}\"}"), ElementsAre("a:", "b: 0 ~0"));
  EXPECT_THAT(second("after: failure"), ElementsAre("a:", "b: 0 ~0 after failure"))
      << "whether it has failed is known at its end";
}

TEST(StageGraph, AStreamMayComeFromAStageThatComesLater) {
  EXPECT_THAT(graph_of(plan_of(workflow(
                  "  - {name: b, task: sim.echo, foreach: {results: a}, with: {value: \"${{ item.value }}\"}}\n"
                  "  - {name: a, task: sim.echo, needs: [], foreach: {range: 3}}\n"))),
              ElementsAre("b: ~1", "a:"));
}

TEST(StageGraph, AfterIsAChoiceAndAFailureHasToBePossible) {
  const std::string a = "  - {name: a, task: sim.noop}\n";
  EXPECT_THAT(graph_of(plan_of("ropewalk: 1\nparams: {w: any}\nstages:\n" + a +
                               "  - {name: b, task: sim.noop, after: \"${{ params.w }}\"}\n")),
              ElementsAre("a:", "b: 0 after any"));
  EXPECT_THAT(diagnostics_of(workflow(a + "  - {name: b, task: sim.noop, after: failed}\n")),
              ElementsAre("4:38 W206 'after' is one of success, failure, any, not 'failed'"));
  EXPECT_THAT(diagnostics_of(workflow("  - {name: a, task: sim.noop, after: failure}\n")),
              ElementsAre("3:38 W231 stage 'a' runs after a failure, but it waits for no other stage"));
}

TEST(StageGraph, FinallyWaitsForAllStagesWithoutIt) {
  EXPECT_THAT(graph_of(plan_of(workflow("  - {name: tidy, task: sim.noop, finally: true}\n"
                                        "  - {name: a, task: sim.noop}\n"
                                        "  - {name: tell, task: sim.noop, finally: true, after: failure}\n"
                                        "  - {name: b, task: sim.noop}\n"
                                        "  - {name: now, task: sim.noop, finally: true, needs: []}\n"
                                        "  - {name: c, task: sim.noop, finally: false}\n"))),
              ElementsAre("tidy: 1 3 5 after any", "a:", "tell: 0 1 3 5 after failure", "b: 1", "now: 1 3 5 after any",
                          "c: 3"));
}

TEST(StageGraph, FinallyTakesItsItemsWhenTheirStageHasEnded) {
  EXPECT_THAT(graph_of(plan_of(workflow("  - {name: a, task: sim.echo, foreach: {range: 3}}\n"
                                        "  - {name: tell, task: sim.echo, finally: true, foreach: {results: a}, "
                                        "with: {value: \"${{ item.value }}\"}}\n"))),
              ElementsAre("a:", "tell: 0 ~0 after any"));
}

TEST(StageGraph, Y07_AStageThatReadsOneWithFinallyIsToldThatThisOneWaits) {
  const std::string text = workflow(
      "  - {name: a, task: sim.echo, needs: [], with: {value: \"${{ stages.tidy.outcome }}\"}}\n"
      "  - {name: tidy, task: sim.noop, finally: true}\n");
  EXPECT_THAT(diagnostics_of(text), ElementsAre("3:68 W230 these stages wait for each other: a -> tidy -> a"));
  EXPECT_THAT(notes_of(text), ElementsAre("'a' reads the results of 'tidy'",
                                          "'tidy' has 'finally', so it waits for all stages without it"));
}

TEST(StageGraph, FinallyIsTrueOrFalse) {
  EXPECT_THAT(diagnostics_of(workflow("  - {name: a, task: sim.noop, finally: always}\n")),
              ElementsAre("3:40 W204 'finally' wants a bool, but 'always' is neither true nor false"));
  EXPECT_THAT(diagnostics_of("ropewalk: 1\ndefaults: {finally: true}\nstages:\n  - {name: a, task: sim.noop}\n"),
              ElementsAre("2:12 W207 'defaults' has no key 'finally'"));
}

TEST(StageGraph, ASelectedStageWithFinallyTakesOnlyWhatItNeedsItself) {
  const std::string text = workflow(
      "  - {name: a, task: sim.echo, with: {value: 1}}\n"
      "  - {name: b, task: sim.noop}\n"
      "  - {name: tidy, task: sim.echo, finally: true, with: {value: \"${{ stages.a.outcome }}\"}}\n");
  const auto names = [&](const std::string& stage) {
    const auto plan = plan_of(text, {.stages = {stage}});
    std::vector<std::string> names;
    for (const PlannedStage& each : plan->stages) names.push_back(each.name);
    return names;
  };
  EXPECT_THAT(names("tidy"), ElementsAre("a", "tidy"));
  EXPECT_THAT(names("b"), ElementsAre("a", "b"));
}

TEST(StageGraph, FailFastDoesNotConcernFinally) {
  const auto plan = plan_of(workflow("  - {name: a, task: sim.noop}\n  - {name: b, task: sim.noop, finally: true}\n"),
                            {.fail_fast = true});
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->stages[0].on_error, OnError::stop);
  EXPECT_EQ(plan->stages[1].on_error, OnError::proceed);
}

TEST(StageGraph, Y07_UnknownStagesInNeedsAreToldWithWhatIsThere) {
  const std::string text =
      workflow("  - {name: fetch, task: sim.noop}\n  - {name: b, task: sim.noop, needs: [fecth]}\n");
  EXPECT_THAT(diagnostics_of(text), ElementsAre("4:39 W304 'needs': there is no stage 'fecth'; did you mean 'fetch'?"));
  EXPECT_THAT(notes_of(text), ElementsAre("the stages are: fetch, b"));
}

TEST(StageGraph, Y07_CyclesAreWrittenOutWithTheReasonForEachStep) {
  EXPECT_THAT(diagnostics_of(workflow("  - {name: a, task: sim.noop, needs: [a]}\n")),
              ElementsAre("3:39 W230 stage 'a' waits for itself: a -> a"));
  const std::string three = workflow(
      "  - {name: a, task: sim.noop, needs: [c]}\n"
      "  - {name: b, task: sim.noop, foreach: {results: a}}\n"
      "  - {name: c, task: sim.echo, needs: [], with: {value: \"x ${{ stages.b.results[0] }}\"}}\n");
  EXPECT_THAT(diagnostics_of(three), testing::Contains("3:39 W230 these stages wait for each other: a -> c -> b -> a"));
  EXPECT_THAT(notes_of(three), ElementsAre("'a' names 'c' under 'needs'", "'c' reads the results of 'b'",
                                           "'b' takes its items from 'a'"));
}

TEST(StageGraph, Y07_AStageThatReadsOneBehindItIsToldHowToLetThatOneStart) {
  const std::string text = workflow(
      "  - {name: b, task: sim.echo, with: {value: \"${{ stages.last.results }}\"}}\n"
      "  - {name: last, task: sim.noop}\n");
  EXPECT_THAT(diagnostics_of(text), ElementsAre("3:57 W230 these stages wait for each other: b -> last -> b"));
  EXPECT_THAT(
      notes_of(text),
      ElementsAre(
          "'b' reads the results of 'last'", "'last' follows 'b' in the file, so it waits for it",
          "give the stage that need not wait 'needs', the list of those that it waits for: 'needs: []' is none"));
}

TEST(StageGraph, Y07_EachCycleIsToldOnceAndWhatOnlyHangsOnItIsNot) {
  EXPECT_THAT(diagnostics_of(workflow("  - {name: a, task: sim.noop, needs: [b]}\n"
                                      "  - {name: b, task: sim.noop, needs: [a]}\n"
                                      "  - {name: c, task: sim.noop}\n"
                                      "  - {name: d, task: sim.noop, needs: [e, a]}\n"
                                      "  - {name: e, task: sim.noop, needs: [d]}\n")),
              ElementsAre("3:39 W230 these stages wait for each other: a -> b -> a",
                          "6:39 W230 these stages wait for each other: d -> e -> d"));
}

TEST(StageGraph, Y07_OfALongCycleTheBeginningIsShown) {
  std::string stages;
  for (int i = 0; i < 500; ++i)
    stages += fmt::format("  - {{name: s{}, task: sim.noop, needs: [s{}]}}\n", i, (i + 1) % 500);
  EXPECT_THAT(diagnostics_of(workflow(stages)),
              ElementsAre("3:40 W230 these stages wait for each other: "
                          "s0 -> s1 -> s2 -> s3 -> s4 -> s5 -> s6 -> s7 -> s8 -> s9 -> ... -> s0"));
}

TEST(StageGraph, AChainOfAThousandAndAWideGraphOfTenThousandStagesArePlanned) {
  std::string chain, wide = "  - {name: s, task: sim.noop}\n", all;
  for (int i = 0; i < 1000; ++i) chain += fmt::format("  - {{name: s{}, task: sim.noop}}\n", i);
  for (int i = 0; i < 9998; ++i) {
    wide += fmt::format("  - {{name: s{}, task: sim.noop, needs: [s]}}\n", i);
    all += fmt::format("{}s{}", i == 0 ? "" : ", ", i);
  }
  wide += "  - {name: join, task: sim.noop, needs: [" + all + "]}\n";
  const auto chained = plan_of(workflow(chain));
  ASSERT_TRUE(chained);
  ASSERT_THAT(chained->stages, SizeIs(1000));
  EXPECT_THAT(chained->stages[999].needs, ElementsAre(998));
  const auto widely = plan_of(workflow(wide));
  ASSERT_TRUE(widely);
  ASSERT_THAT(widely->stages, SizeIs(10'000));
  EXPECT_THAT(widely->stages[9998].needs, ElementsAre(0));
  EXPECT_THAT(widely->stages[9999].needs, SizeIs(9998));
}

}  // namespace
}  // namespace ropewalk
