// Small workflows that ask for much: each becomes a plan or a diagnostic with a place, within the steps and bytes of a
// plan's budget and within a bound of memory. Time is not measured: what is counted here is the same on every machine.

#include "support/live_bytes.hpp"
#include "support/plans.hpp"

#include "base/suggest.hpp"
#include "base/text.hpp"
#include "expressions/budget.hpp"
#include "expressions/expression.hpp"

#include <ropewalk/redaction.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <string>
#include <vector>

namespace ropewalk::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

constexpr std::size_t kMaxBytes = 56u << 20;          // with what the program itself has, this stays below 64 MiB
constexpr std::size_t kBytesOfAByte = 150;            // of a workflow that is not small: its tree, stages, ...
constexpr std::uint64_t kMaxAllocations = 3'000'000;  // about 30 ns each

/// "3:7 W308", or nothing: it became a plan.
struct Planned {
  std::vector<std::string> diagnostics, notes, codes;
  std::uint64_t steps = 0;
  std::size_t longest = 0;  ///< bytes of a message or note
};

Planned planned(const std::string& text, PlanOptions options = {}) {
  Planned made;
  const LiveBytes before = live_bytes;
  live_bytes.most = live_bytes.now;
  std::uint64_t input = 4 * text.size();  // what the budget grows by
  {
    const auto plan = plan_of(text, std::move(options));
    if (plan) {
      made.steps = plan->steps;
      input += 4096 * plan->stages.size();
      EXPECT_LE(plan->bytes, Budget::kPlanBytes + input);
      EXPECT_LE(plan->steps, Budget::kPlanSteps + input);
      for (const PlannedStage& stage : plan->stages)
        EXPECT_TRUE(!stage.items_read.empty() || stage.streams_from || stage.items->reads_files() ||
                    stage.items->open(Scope{.params = plan->params}).has_value());
    } else {
      const Errors errors = plan.error();
      for (const Error& error : errors.list) {
        made.diagnostics.push_back(fmt::format("{}:{} {}", error.place.line, error.place.column, error.code));
        made.codes.push_back(error.code);
        made.longest = std::max(made.longest, error.message.size());
        for (const std::string& note : error.notes)
          made.notes.push_back(note), made.longest = std::max(made.longest, note.size());
      }
      EXPECT_LE(errors.list.size(), 20u);
    }
  }
  EXPECT_LE(live_bytes.most - before.now, kMaxBytes + kBytesOfAByte * text.size());
  EXPECT_LE(live_bytes.allocations - before.allocations, kMaxAllocations + text.size() * 2);
  return made;
}

std::string repeated(std::size_t count, std::string_view what) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += what;
  return text;
}

template <class Make>
std::string lines(std::size_t count, const Make& make) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += make(i) + "\n";
  return text;
}

/// An expression for 16 to the power of `times` letters 'a'.
std::string letters(int times) {
  const std::string sixteen = "'" + std::string(16, 'a') + "'";
  std::string made = sixteen;
  for (int i = 1; i < times; ++i) made = fmt::format("replace({}, 'a', {})", made, sixteen);
  return made;
}

std::string stage_with(const std::string& value) {
  return "ropewalk: 1\nstages:\n- name: s\n  task: sim.echo\n  with: {value: \"${{ " + value + " }}\"}\n";
}

TEST(PlanningCosts, ATextIsSearchedInLinearTime) {
  // Each position begins like what is looked for, and none goes on like it.
  EXPECT_THAT(
      planned(stage_with(fmt::format("contains({}, format('{{}}b{{}}', {}, {}))", letters(5), letters(4), letters(4))))
          .diagnostics,
      SizeIs(0));
  EXPECT_THAT(
      planned(stage_with(fmt::format("len(split({}, format('{{}}b', {})))", letters(5), letters(4)))).diagnostics,
      SizeIs(0));
  EXPECT_THAT(planned(stage_with(fmt::format("len(replace({}, format('b{{}}', {}), 'x'))", letters(5), letters(4))))
                  .diagnostics,
              SizeIs(0));
  EXPECT_THAT(planned(stage_with(fmt::format("contains({}, 'b')", letters(7)))).codes, ElementsAre("W308"));
  std::string text(4096, 'a');
  EXPECT_EQ(find_in(text, std::string(2048, 'a') + "b", 0), std::string::npos);
  text += 'b';
  EXPECT_EQ(find_in(text, std::string(2048, 'a') + "b", 0), 2048u);
}

TEST(PlanningCosts, ListsOfRangesAreKeptAsRanges) {
  const std::string vars =
      lines(30, [](std::size_t i) { return fmt::format("  v{}: \"${{{{ range(999999) }}}}\"", i); });
  EXPECT_LT(planned("ropewalk: 1\nvars:\n" + vars + "stages:\n- {name: s, task: sim.noop}\n").steps, 10'000u);
  const std::string stages = lines(30, [](std::size_t i) {
    return fmt::format(
        "- {{name: s{0}, task: sim.echo, foreach: \"${{{{ vars.v{0} }}}}\", with: {{value: \"${{{{ vars.v{0}[item] + "
        "len(vars.v0) + sum(vars.v1) + max(vars.v2) }}}}\"}}}}",
        i);
  });
  EXPECT_LT(planned("ropewalk: 1\nvars:\n" + vars + "stages:\n" + stages).steps, 100'000u);
}

TEST(PlanningCosts, OneBudgetCoversAPlan) {
  const std::string vars =
      lines(30, [](std::size_t i) { return fmt::format("  v{}: \"${{{{ concat(range(200000), 1) }}}}\"", i); });
  const Planned refused = planned("ropewalk: 1\nvars:\n" + vars + "stages:\n- {name: s, task: sim.noop}\n");
  EXPECT_THAT(refused.diagnostics, ElementsAre("5:12 W308"));
  EXPECT_THAT(refused.notes,
              ElementsAre("all that a workflow has evaluated before it runs handles at most 10 million elements and "
                          "makes at most 32 MiB",
                          "let tasks make what is large, or read it from a file with foreach: {lines: FILE}"));
  // Also of what may never be asked for.
  EXPECT_THAT(planned(stage_with("item ?? len(concat(range(900000), 1))")).codes, ElementsAre("W307"));
  EXPECT_THAT(planned(stage_with("if(true, 1, len(concat(range(900000), 1)))")).diagnostics, ElementsAre("5:38 W308"));
}

TEST(PlanningCosts, AVarIsSharedByThoseThatReadIt) {
  const std::string list = "  files: [" + repeated(10'000, "some/name, ") + "x]\n";
  const std::string stages = lines(300, [](std::size_t i) {
    return fmt::format(
        "- {{name: s{}, task: sim.types, foreach: \"${{{{ vars.files }}}}\", with: {{names: \"${{{{ vars.files }}}}\", "
        "text: \"${{{{ item }}}}\"}}}}",
        i);
  });
  EXPECT_LT(planned("ropewalk: 1\nvars:\n" + list + "stages:\n" + stages).steps, 2'000'000u);
}

TEST(PlanningCosts, AMatrixIsCountedAndNotListed) {
  const auto matrix = [](const std::string& exclude) {
    return "ropewalk: 1\nstages:\n- name: s\n  task: sim.echo\n  foreach: {matrix: {a: \"${{ range(1000) }}\", b: "
           "\"${{ range(1000) }}\", c: \"${{ range(999) }}\"}, exclude: [" +
           exclude + "]}\n  with: {value: \"${{ item.a }}\"}\n";
  };
  EXPECT_LT(planned(matrix("{a: 1}")).steps, 10'000u);
  const auto plan = plan_of(matrix("{a: 1}, {b: 2, c: 3}"));
  ASSERT_TRUE(plan.has_value());
  const auto items = plan->stages[0].items->open(Scope{.params = plan->params});
  ASSERT_TRUE(items.has_value());
  EXPECT_EQ((*items)->size(), 999'000'000u - 999'000 - 999);
  EXPECT_EQ(to_json((*items)->at((*items)->size() - 1)), R"({"a": 999, "b": 999, "c": 998})");
  // Excludes that could fit in any combination of ways.
  std::string axes, excludes;
  for (int i = 0; i < 48; ++i) axes += fmt::format("a{}: [0, 1], ", i);
  for (int i = 0; i < 24; ++i) excludes += fmt::format("{{a{}: 1, a{}: 1}}, ", i, 47 - i);
  EXPECT_THAT(planned("ropewalk: 1\nstages:\n- name: s\n  task: sim.noop\n  foreach: {matrix: {" + axes +
                      "}, exclude: [" + excludes + "]}\n")
                  .codes,
              ElementsAre("W217"))
      << "too many items";
  std::string ones;
  for (int i = 0; i < 29; ++i) ones += fmt::format("a{}: [0, 1], ", i);
  excludes.clear();
  for (int i = 0; i < 14; ++i) excludes += fmt::format("{{a{}: 1, a{}: 1}}, ", i, 28 - i);
  EXPECT_THAT(planned("ropewalk: 1\nstages:\n- name: s\n  task: sim.noop\n  foreach: {matrix: {" + ones +
                      "}, exclude: [" + excludes + "]}\n")
                  .diagnostics,
              SizeIs(testing::Le(1u)));
  // Elements that name no axis, of which there are many.
  const std::string wide = lines(20'000, [](std::size_t i) { return fmt::format("      a{}: [1]", i); });
  EXPECT_THAT(planned("ropewalk: 1\nstages:\n- name: s\n  task: sim.noop\n  foreach:\n    matrix:\n" + wide +
                      "    include: [" + repeated(10'000, "{}, ") + "{}]\n")
                  .diagnostics,
              SizeIs(20));
}

TEST(PlanningCosts, BracesOfAPatternAreBounded) {
  const auto glob = [](const std::string& pattern) {
    return "ropewalk: 1\nstages:\n- name: s\n  task: sim.noop\n  foreach: {glob: '" + pattern + "'}\n";
  };
  EXPECT_THAT(planned(glob(repeated(300'000, "{a}"))).diagnostics, ElementsAre("5:19 W209"));
  EXPECT_THAT(planned(glob(std::string(300'000, '{') + "a" + std::string(300'000, '}'))).diagnostics,
              ElementsAre("5:19 W209"));
  EXPECT_THAT(planned(glob("{" + std::string(2000, ',') + "}" + std::string(100'000, 'x'))).diagnostics,
              ElementsAre("5:19 W308"));
  EXPECT_THAT(planned(glob(repeated(90, "{a}"))).diagnostics, SizeIs(0));
}

TEST(PlanningCosts, WhatDefaultsGiveToEachStageIsPaidForByEachStage) {
  const std::string stages =
      lines(2000, [](std::size_t i) { return fmt::format("- {{name: s{}, task: sim.echo}}", i); });
  EXPECT_THAT(planned("ropewalk: 1\ndefaults:\n  with: {value: [" + repeated(20'000, "1, ") + "1]}\nstages:\n" + stages)
                  .diagnostics,
              ElementsAre("3:17 W308"));
  const std::string env = lines(5000, [](std::size_t i) { return fmt::format("  N{}: x", i); });
  EXPECT_THAT(planned("ropewalk: 1\nenv:\n" + env + "stages:\n" + stages).diagnostics, ElementsAre("3:3 W308"));
  // Keys that are for other tasks cost nothing, and small defaults are free.
  const std::string others = lines(5000, [](std::size_t i) { return fmt::format("    n{}: x", i); });
  EXPECT_THAT(planned("ropewalk: 1\ndefaults:\n  with:\n    value: 1\n" + others + "stages:\n" + stages).codes,
              SizeIs(20));
  EXPECT_THAT(
      planned("ropewalk: 1\ndefaults: {with: {value: [1, 2, 3]}, env: {A: b}}\nvars: {a: [1, 2]}\nstages:\n" + stages)
          .diagnostics,
      SizeIs(0));
  for (const char* key : {"vars", "outputs"})
    EXPECT_THAT(planned("ropewalk: 1\ndefaults:\n  " + std::string(key) + ":\n" +
                        lines(5000, [](std::size_t i) { return fmt::format("    n{}: x", i); }) + "stages:\n" + stages)
                    .diagnostics,
                ElementsAre("4:5 W308"));
  // It has too many parts as well, W301.
  EXPECT_THAT(
      planned("ropewalk: 1\ndefaults: {workers: \"${{ 1" + repeated(800, " + 1") + " }}\"}\nstages:\n" + stages).codes,
      testing::Contains("W308"));
  const std::string own = lines(2000, [](std::size_t i) {
    return fmt::format("- {{name: s{}, task: sim.echo, vars: {{x: 1}}, with: {{value: \"${{{{ vars.x }}}}\"}}}}", i);
  });
  EXPECT_THAT(
      planned("ropewalk: 1\nvars:\n" +
              lines(5000, [](std::size_t i) { return fmt::format("  v{}: some text that is not so short", i); }) +
              "stages:\n" + own)
          .diagnostics,
      SizeIs(0));
}

TEST(PlanningCosts, StagesThatAllWaitForAllAreBounded) {
  std::string reads;
  for (int i = 0; i < 3000; ++i) reads += fmt::format("${{{{ stages.s{}.outcome }}}}", i);
  const std::string stages =
      lines(3000, [](std::size_t i) { return fmt::format("- {{name: s{}, task: sim.echo}}", i); });
  EXPECT_THAT(planned("ropewalk: 1\ndefaults: {with: {value: \"" + reads + "\"}}\nstages:\n" + stages).codes,
              testing::Contains("W308"));
  const std::string chain = lines(5000, [](std::size_t i) {
    return fmt::format("- {{name: s{}, task: sim.noop, needs: [{}]}}", i,
                       i == 0 ? std::string() : fmt::format("s{}", i - 1));
  });
  EXPECT_THAT(planned("ropewalk: 1\nstages:\n" + chain).diagnostics, SizeIs(0));
  const std::string pairs =
      lines(5000, [](std::size_t i) { return fmt::format("- {{name: s{}, task: sim.noop, needs: [s{}]}}", i, i ^ 1); });
  EXPECT_THAT(planned("ropewalk: 1\nstages:\n" + pairs).diagnostics, SizeIs(20));
}

TEST(PlanningCosts, ManyMistakesCostAsMuchAsFew) {
  const std::string unknown = lines(5000, [](std::size_t i) {
    return fmt::format("- {{name: some-long-name-{}, task: sim.noop, needs: [some-longer-name-{}]}}", i, i + 1);
  });
  EXPECT_THAT(planned("ropewalk: 1\nstages:\n" + unknown).codes, SizeIs(20));
  const std::string params = lines(10'000, [](std::size_t i) { return fmt::format("  some-name-{}: 1", i); });
  const std::string good = lines(3000, [](std::size_t i) {
    return fmt::format("- {{name: s{0}, task: sim.echo, with: {{value: \"${{{{ params.some-name-{0} }}}}\"}}}}", i);
  });
  EXPECT_THAT(planned("ropewalk: 1\nparams:\n" + params + "stages:\n" + good).diagnostics, SizeIs(0));
  const std::string bad = lines(3000, [](std::size_t i) {
    return fmt::format("- {{name: s{0}, task: sim.echo, with: {{value: \"${{{{ params.some-naem-{0} }}}}\"}}}}", i);
  });
  const Planned refused = planned("ropewalk: 1\nparams:\n" + params + "stages:\n" + bad);
  EXPECT_THAT(refused.codes, SizeIs(20));
  EXPECT_LE(refused.longest, 2100u);
  const std::string vars =
      lines(5000, [](std::size_t i) { return fmt::format("  some-name-{0}: \"${{{{ vars.other-name-{0} }}}}\"", i); });
  EXPECT_THAT(planned("ropewalk: 1\nvars:\n" + vars + "stages:\n- {name: s, task: sim.noop}\n").codes, SizeIs(20));
  EXPECT_THAT(planned("ropewalk: 1\nstages:\n- {name: s, task: sim.echo, with: {value: \"" +
                      repeated(100'000, "${{ a }}") + "\"}}\n")
                  .codes,
              SizeIs(20));
  const std::string keys = lines(20'000, [](std::size_t i) { return fmt::format("some-key-{}: 1", i); });
  EXPECT_THAT(planned("ropewalk: 1\n" + keys + "stages:\n- {name: s, task: sim.noop}\n").codes, SizeIs(20));
}

TEST(PlanningCosts, LongNamesMakeNoLongMessages) {
  const std::string name(1'000'000, 'n');
  for (const std::string& text :
       {"ropewalk: 1\nstages:\n- {name: s, task: sim." + name + "}\n",
        "ropewalk: 1\nstages:\n- {name: s, task: sim.noop, needs: [" + name + "]}\n",
        "ropewalk: 1\n" + std::string(1000, 'k') + ": 1\nstages:\n- {name: s, task: sim.noop}\n",
        stage_with("params." + name), stage_with("'" + name + "'.x"), stage_with("int('" + name + "')"),
        "ropewalk: 1\nparams: {p: {type: int, default: " + name + "}}\nstages:\n- {name: s, task: sim.noop}\n"}) {
    const Planned refused = planned(text);
    EXPECT_THAT(refused.diagnostics, SizeIs(testing::Ge(1u)));
    EXPECT_LE(refused.longest, 2100u);
  }
}

TEST(PlanningCosts, SuggestionsCompareSomeCandidatesOnly) {
  std::vector<std::string> names;
  for (int i = 0; i < 100'000; ++i) names.push_back(fmt::format("some-rather-long-name-with-a-number-{}", i));
  const LiveBytes before = live_bytes;
  EXPECT_NE(nearest("some-rather-long-name-with-a-numbre-7", names), "");
  EXPECT_EQ(nearest(std::string(1'000'000, 'x'), names), "");
  EXPECT_LE(live_bytes.allocations - before.allocations, 1000u);
}

TEST(PlanningCosts, SecretsThatRepeatThemselvesAreFoundInLinearTime) {
  Redaction redaction;
  redaction.add(Value(std::string(200'000, 'a')));
  EXPECT_EQ(redaction.text(std::string(400'000, 'a')), "***");
  EXPECT_EQ(redaction.text(std::string(199'999, 'a') + "b"), "***b") << "it may have been cut";
  EXPECT_EQ(redaction.text("b" + std::string(100'000, 'a')), "b***");
  EXPECT_EQ(redaction.undecided("b" + std::string(199'000, 'a')), 199'000u);
}

TEST(PlanningCosts, NestingIsBounded) {
  EXPECT_THAT(planned(stage_with(repeated(5000, "format('{}', ") + "1" + std::string(5000, ')'))).codes,
              ElementsAre("W301"));
  EXPECT_THAT(planned(stage_with(repeated(5000, "-") + "1")).codes, ElementsAre("W301"));
  EXPECT_THAT(planned("ropewalk: 1\nvars: {a: " + std::string(5000, '[') + std::string(5000, ']') +
                      "}\nstages:\n- {name: s, task: sim.noop}\n")
                  .diagnostics,
              SizeIs(1));
  EXPECT_THAT(planned(stage_with("item" + repeated(5000, " + item"))).codes, SizeIs(1));
  EXPECT_THAT(planned("ropewalk: 1\nvars:\n  a: &a [x]\n" +
                      lines(20, [](std::size_t i) { return fmt::format("  b{0}: &b{0} [*a, *a, *a]", i); }) +
                      "stages:\n- {name: s, task: sim.noop}\n")
                  .diagnostics,
              SizeIs(testing::Ge(1u)));
}

}  // namespace
}  // namespace ropewalk::test
