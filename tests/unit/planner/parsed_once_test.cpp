// Planning reads scalars many times, and parses each one once.

#include "support/plans.hpp"

#include <gmock/gmock.h>

#include <string>
#include <string_view>

namespace ropewalk {
namespace {

using test::plan_of;

/// Scalars of the text with an expression: each stands on a line of its own.
std::uint64_t written(std::string_view text) {
  std::uint64_t count = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    count += text.substr(at, end - at).find("${{") != std::string_view::npos;
    at = end + 1;
  }
  return count;
}

std::uint64_t parsed(const std::string& text) {
  const auto plan = plan_of(text);
  EXPECT_TRUE(plan) << (plan ? "" : plan.error().list.front().message);
  return plan ? plan->parsed : 0;
}

TEST(ParsedOnce, EveryKindOfScalar) {
  const std::string text = R"(ropewalk: 1
params: {n: 3, name: x, folders: [a, b]}
vars:
  twice: ${{ params.n * 2 }}
  label: run ${{ params.name }} of ${{ vars.twice }}
env:
  LABEL: ${{ vars.label }}
stages:
  - name: hash
    task: file.checksum
    foreach:
      glob: ${{ params.name }}/**
      exclude:
        - "*.${{ params.name }}"
    workers: ${{ params.n }}
    with:
      path: ${{ item }}
  - name: pairs
    task: sim.echo
    needs: [hash]
    foreach:
      matrix:
        folder: ${{ params.folders }}
        number: [1, 2]
      exclude:
        - folder: ${{ params.folders[0] }}
          number: 1
    vars:
      both: ${{ item.folder }}-${{ item.number }}
    outputs:
      both: ${{ vars.both }}
    with:
      value: ${{ vars.both }} after ${{ stages.hash.tasks }}
  - name: last
    task: sim.echo
    needs: [hash, pairs]
    if: ${{ stages.pairs.succeeded > 0 }}
    foreach: ${{ stages.hash.results }}
    with:
      value: ${{ item.path ?? vars.label }}
)";
  EXPECT_EQ(parsed(text), written(text));
}

TEST(ParsedOnce, DefaultsThatManyStagesTake) {
  std::string text = R"(ropewalk: 1
params: {n: 3}
defaults:
  vars:
    next: ${{ index + params.n }}
  outputs:
    doubled: ${{ vars.next * 2 }}
  with:
    value: ${{ vars.next }} ${{ item }}
stages:
)";
  for (int i = 0; i < 20; ++i) text += "  - {name: s" + std::to_string(i) + ", task: sim.echo, foreach: {range: 3}}\n";
  EXPECT_EQ(parsed(text), written(text));
}

TEST(ParsedOnce, CopiesOfADefaultAreResolvedApart) {
  const auto plan = plan_of(R"(ropewalk: 1
defaults:
  with:
    value: ${{ vars.all[vars.at] }}
stages:
  - {name: a, task: sim.echo, vars: {all: [1, 2, 3], at: 0}}
  - {name: b, task: sim.echo, vars: {all: [1, 2, 3], at: 2}}
)");
  ASSERT_TRUE(plan) << plan.error().list.front().message;
  EXPECT_THAT(test::parameters_of(*plan, 0), testing::ElementsAre("0=int 1"));
  EXPECT_THAT(test::parameters_of(*plan, 1), testing::ElementsAre("0=int 3"));
  EXPECT_EQ(plan->parsed, 1u);
}

TEST(ParsedOnce, PlainTextIsNotParsed) {
  EXPECT_EQ(
      parsed("ropewalk: 1\nstages:\n  - {name: a, task: sim.echo, foreach: {glob: \"*.txt\"}, with: {value: plain}}\n"),
      0u);
}

}  // namespace
}  // namespace ropewalk
