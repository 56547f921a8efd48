#include "plan/expression.hpp"

#include "plan/evaluate.hpp"
#include "plans.hpp"

#include <gmock/gmock.h>

namespace ropewalk {
namespace {

using testing::ElementsAre;

/// Literals in quotes, expressions as root and steps.
std::string shape(std::string_view text) {
  const ParsedText parsed = parse_text(text);
  std::string out;
  for (const ExpressionProblem& problem : parsed.problems)
    out += fmt::format("[{}+{} {} {}]", problem.at, problem.length, problem.code, problem.message);
  if (!out.empty()) return out;
  for (const Piece& piece : parsed.pieces) {
    if (!piece.expression) out += fmt::format("'{}'", piece.literal);
    else out += fmt::format("<{} {}>", static_cast<int>(piece.expression->root), piece.expression->text);
  }
  return out;
}

TEST(Expression, TextIsLiteralsAndExpressions) {
  EXPECT_EQ(shape(""), "");
  EXPECT_EQ(shape("plain"), "'plain'");
  EXPECT_EQ(shape("${{ item }}"), "<1 item>");
  EXPECT_EQ(shape("${{item}}"), "<1 item>");
  EXPECT_EQ(shape("a${{ params.root-dir }}/b-${{ index }}"), "'a'<0 params.root-dir>'/b-'<2 index>");
  EXPECT_EQ(shape("${{ stages.a-b.results[*].line }}"), "<3 stages.a-b.results[*].line>");
  EXPECT_EQ(shape("${{ stages.a.result.x[ 3 ].y }}"), "<4 stages.a.result.x[ 3 ].y>");
  EXPECT_EQ(shape("cost: $5 {{x}} $${{ item }}"), "'cost: $5 {{x}} ${{ item }}'");
}

TEST(Expression, ProblemsSayWhatAndWhere) {
  EXPECT_EQ(shape("${{ }}"), "[0+6 W301 there is nothing in this ${{ }}]");
  EXPECT_EQ(shape("x ${{ item"), "[2+3 W301 this ${{ is not closed with }}]");
  EXPECT_EQ(shape("${{"), "[0+3 W301 this ${{ is not closed with }}]");
  EXPECT_EQ(shape("${{ parms.x }}"), "[4+5 W302 there is no 'parms'; did you mean 'params'?]");
  EXPECT_EQ(shape("${{ params }}"), "[4+6 W301 'params' alone is no value]");
  EXPECT_EQ(shape("${{ stages.a }}"), "[4+8 W301 'stages.a' alone is no value]");
  EXPECT_EQ(shape("${{ stages.a.resluts }}"), "[13+7 W306 a stage has no 'resluts'; did you mean 'results'?]");
  EXPECT_EQ(shape("${{ item[x] }}"), "[8+1 W301 between [ and ] stands a number from 0, or *]");
  EXPECT_EQ(shape("${{ item[0 }}"), "[8+1 W301 this [ is not closed]");
  EXPECT_EQ(shape("${{ item. }}"), "[9+1 W301 ' ' is not expected here in ${{ }}]");
  EXPECT_EQ(shape("${{ item item }}"), "[9+1 W301 'i' is not expected here in ${{ }}]");
  EXPECT_EQ(shape("${{ a }} ${{ b }}"), "[4+1 W302 there is no 'a'][13+1 W302 there is no 'b']");
}

TEST(Expression, WhatIsDesignedButNotBuiltIsNamed) {
  EXPECT_EQ(shape("${{ index + 1 }}"), "[10+1 W215 the operator '+' in ${{ }} is not in this version]");
  EXPECT_EQ(shape("${{ item ?? 3 }}"), "[9+2 W215 the operator '?" "?' in ${{ }} is not in this version]");
  EXPECT_EQ(shape("${{ trim(item) }}"), "[4+4 W215 the function 'trim' in ${{ }} is not in this version]");
  EXPECT_EQ(shape("${{ vars.x }}"), "[4+4 W215 'vars' in ${{ }} is not in this version]");
  EXPECT_EQ(shape("${{ 'x' }}"), "[4+1 W215 text in quotes in ${{ }} is not in this version]");
  EXPECT_EQ(shape("${{ 5 }}"), "[4+1 W215 a number in ${{ }} is not in this version]");
  EXPECT_EQ(shape("${{ stages.a.failed }}"), "[13+6 W215 'failed' of a stage in ${{ }} is not in this version]");
}

/// The value as JSON, or the problem.
std::string value_of(std::string_view text, const Scope& scope) {
  Value value;
  std::string problem;
  const ParsedText parsed = parse_text(text);
  return evaluate(*parsed.pieces.at(0).expression, scope, value, problem) ? to_json(value) : problem;
}

TEST(Expression, ReadsParamsItemAndIndex) {
  const Map params{{"n", 5}, {"list", List{1, 2, 3}}};
  const Value item(Map{{"name", "x"}, {"parts", List{Map{{"id", 1}}, Map{{"id", 2}}}}});
  const Scope scope{.params = params, .results = nullptr, .item = &item, .index = 7};
  EXPECT_EQ(value_of("${{ params.n }}", scope), "5");
  EXPECT_EQ(value_of("${{ params.list[2] }}", scope), "3");
  EXPECT_EQ(value_of("${{ index }}", scope), "7");
  EXPECT_EQ(value_of("${{ item.name }}", scope), "\"x\"");
  EXPECT_EQ(value_of("${{ item.parts[*].id }}", scope), "[1, 2]");
  EXPECT_EQ(value_of("${{ item.parts[1].id }}", scope), "2");
  EXPECT_EQ(value_of("${{ item.nope }}", scope), "there is no member 'nope' (there is name, parts)");
  EXPECT_EQ(value_of("${{ item.parts[5] }}", scope), "'[5]' is asked of a list of 2");
  EXPECT_EQ(value_of("${{ item.name.x }}", scope), "'.x' is asked of text, which has no members");
  EXPECT_EQ(value_of("${{ item.name[*] }}", scope), "'[*]' is asked of text, which is no list");
}

TEST(Expression, ReadsResultsByAscendingIndexOfWhatSucceeded) {
  test::FakeResults results;
  results.results[0] = {{0, Map{{"x", 1}}}, {2, Map{{"x", 3}}}};
  const Map params;
  const Scope scope{.params = params, .results = &results};
  EXPECT_EQ(value_of("${{ stages.a.results }}", scope), R"([{"x": 1}, {"x": 3}])");
  EXPECT_EQ(value_of("${{ stages.a.results[*].x }}", scope), "[1, 3]");
  EXPECT_EQ(value_of("${{ stages.a.results[1].x }}", scope), "3");
  EXPECT_EQ(value_of("${{ stages.a.results[2].x }}", scope), "result [2] is asked of 2 results");
  EXPECT_EQ(value_of("${{ stages.a.result.x }}", scope), "1");
  EXPECT_EQ(value_of("${{ stages.a.results }}", Scope{.params = params}), "no results can be read here");
}

}  // namespace
}  // namespace ropewalk
