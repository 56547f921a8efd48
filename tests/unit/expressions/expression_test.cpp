#include "expressions/expression.hpp"

#include "expressions/evaluate.hpp"
#include "support/plans.hpp"

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
    if (!piece.expression)
      out += fmt::format("'{}'", piece.literal);
    else
      out += fmt::format("<{} {}>", static_cast<int>(piece.expression->root), piece.expression->text);
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
  EXPECT_EQ(shape("${{ item-n }}"), "[4+6 W302 there is no 'item-n'; did you mean 'item'?]");
  EXPECT_EQ(shape("${{ params }}"), "[4+6 W301 'params' alone is no value]");
  EXPECT_EQ(shape("${{ stages.a }}"), "[4+8 W301 'stages.a' alone is no value]");
  EXPECT_EQ(shape("${{ stages.a.resluts }}"), "[13+7 W306 a stage has no 'resluts'; did you mean 'results'?]");
  EXPECT_EQ(shape("${{ workflow.folder }}"), "[13+6 W306 'workflow' has no 'folder']");
  EXPECT_EQ(shape("${{ item[-1] }}"), "[8+4 W301 between [ and ] stands a number from 0, a name in quotes, or *]");
  EXPECT_EQ(shape("${{ item[0 }}"), "[8+1 W301 this [ is not closed]");
  EXPECT_EQ(shape("${{ (item }}"), "[4+1 W301 this ( is not closed]");
  EXPECT_EQ(shape("${{ item. }}"), "[9+1 W301 ' ' is not expected here in ${{ }}]");
  EXPECT_EQ(shape("${{ item item }}"), "[9+4 W301 'item' is not expected here in ${{ }}]");
  EXPECT_EQ(shape("${{ a }} ${{ b }}"), "[4+1 W302 there is no 'a'][13+1 W302 there is no 'b']");
  EXPECT_EQ(shape("${{ index -1 }}"),
            "[10+1 W301 a minus between two values has a space on both sides, because names may contain '-']");
  EXPECT_EQ(shape("${{ 1-2 }}"),
            "[5+1 W301 a minus between two values has a space on both sides, because names may contain '-']");
  EXPECT_EQ(shape("${{ 1 < 2 < 3 }}"), "[10+1 W301 comparisons cannot be chained]");
  EXPECT_EQ(shape("${{ item = 1 }}"), "[9+1 W301 '=' compares nothing in ${{ }}]");
  EXPECT_EQ(shape("${{ item ? 1 }}"), "[9+1 W301 there is no '?' in ${{ }}]");
  EXPECT_EQ(shape("${{ item & 1 }}"), "[9+1 W301 '&' is no operator of ${{ }}]");
  EXPECT_EQ(shape("${{ true and false }}"), "[9+3 W301 'and' is no operator of ${{ }}]");
  EXPECT_EQ(shape("${{ 010 }}"), "[4+3 W301 '010' has a leading zero]");
  EXPECT_EQ(shape("${{ 5s }}"), "[4+2 W301 '5s' is no number]");
  EXPECT_EQ(shape("${{ 1e9999 }}"), "[4+6 W301 this number is too large or too small for a float]");
  EXPECT_EQ(shape("${{ 9223372036854775808 }}"), "[4+19 W301 this number is too large for an int (64 bits)]");
  EXPECT_EQ(shape("${{ 'a }}"), "[4+1 W301 this text in quotes is not closed]");
  EXPECT_EQ(shape("${{ trmi(item) }}"), "[4+4 W302 there is no function 'trmi'; did you mean 'trim'?]");
  EXPECT_EQ(shape("${{ trim }}"), "[4+4 W302 'trim' is a function]");
  EXPECT_EQ(shape("${{ trim() }}"), "[4+6 W309 'trim' is called with 0 values]");
  EXPECT_EQ(shape("${{ if(true, 1) }}"), "[4+11 W309 'if' is called with 2 values]");
}

TEST(Expression, CannotBeDeeperOrLongerThanAnybodyWrites) {
  const auto nested = [](int depth) {
    return "${{ " + std::string(static_cast<std::size_t>(depth), '(') + "1" +
           std::string(static_cast<std::size_t>(depth), ')') + " }}";
  };
  EXPECT_TRUE(parse_text(nested(60)).problems.empty());
  EXPECT_THAT(shape(nested(65)), testing::HasSubstr("nested more than 64 deep"));
  EXPECT_THAT(shape(nested(100000)), testing::HasSubstr("nested more than 64 deep"));
  EXPECT_THAT(shape("${{ " + std::string(100000, '!') + "true }}"), testing::HasSubstr("nested more than 64 deep"));
  std::string sum = "${{ 1";
  for (int i = 0; i < 2000; ++i) sum += " + 1";
  EXPECT_THAT(shape(sum + " }}"), testing::HasSubstr("an expression has at most 1000 parts"));
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
  EXPECT_EQ(value_of("${{ item.parts[*] }}", scope), R"([{"id": 1}, {"id": 2}])");
  EXPECT_EQ(value_of("${{ (item.parts[*].id)[1] }}", scope), "2") << "parentheses end what [*] goes over";
  EXPECT_EQ(value_of("${{ (item.parts)[*].id }}", scope), "[1, 2]");
  EXPECT_EQ(value_of("${{ (params.list[*])[0] }}", scope), "1");
  EXPECT_EQ(value_of("${{ item.nope }}", scope), "there is no member 'nope' (there is name, parts)");
  EXPECT_EQ(value_of("${{ item.parts[5] }}", scope), "'[5]' is asked of a list of 2");
  EXPECT_EQ(value_of("${{ item.name.x }}", scope), "'.x' is asked of text, which has no members");
  EXPECT_EQ(value_of("${{ item.name[*] }}", scope), "'[*]' is asked of text, which is no list");
}

TEST(Expression, FurtherStarsMakeOneListOfAllElements) {
  test::FakeResults results;
  results.results[0][0] =
      Map{{"parts", List{Map{{"id", 1}, {"tags", List{"a", "b"}}}, Map{{"id", 2}, {"tags", List{}}}}}};
  results.results[0][1] = Map{{"parts", List{}}};
  results.results[0][2] = Map{{"parts", List{Map{{"id", 3}, {"tags", List{"c"}}}}}};
  const Map params;
  const Scope scope{.params = params, .results = &results};
  EXPECT_EQ(value_of("${{ stages.s.results[*].parts[*].id }}", scope), "[1, 2, 3]");
  EXPECT_EQ(value_of("${{ stages.s.results[*].parts[*].tags[*] }}", scope), R"(["a", "b", "c"])");
  EXPECT_EQ(value_of("${{ len(stages.s.results[*].parts[*]) }}", scope), "3");
  EXPECT_EQ(value_of("${{ stages.s.results[*].parts[*].tags }}", scope), R"([["a", "b"], [], ["c"]])");
  EXPECT_EQ(value_of("${{ stages.s.results[*].parts }}", scope).substr(0, 9), R"([[{"id": )");
  EXPECT_EQ(value_of("${{ stages.s.results[*].parts[*].id[*] }}", scope), "'[*]' is asked of an int, which is no list");
}

TEST(Expression, Base64BecomesBytes) {
  static const Map kNone;
  const auto decoded = [](const std::string& text) {
    return value_of("${{ from_base64('" + text + "') }}", Scope{.params = kNone});
  };
  for (const char* text : {"", "YQ==", "YWI=", "YWJj", "AP/+", "Y2Fm6Q=="})
    EXPECT_EQ(decoded(text), fmt::format(R"({{"base64": "{}"}})", text));
  EXPECT_EQ(decoded("YQ="), "this is not base64 from character 4 on");
  EXPECT_EQ(decoded("Y!=="), "this is not base64 from character 2 on");
  EXPECT_EQ(decoded("Y==="), "this is not base64 from character 2 on");
}

/// Without anything to read.
std::string plain(const std::string& expression) {
  static const Map kParams{{"zero", 0}, {"t", "text"}, {"m", Map{{"a", 1}}}, {"l", List{3, 1, 2}}};
  static const Value kItem(Map{{"n", 4}, {"p", Path{"dir/file.tar.gz"}}, {"none", Value()}});
  return value_of("${{ " + expression + " }}", Scope{.params = kParams, .item = &kItem, .index = 7, .run_id = "r"});
}

TEST(Expression, OperatorsBindAsInOtherLanguages) {
  EXPECT_EQ(plain("1 + 2 * 3"), "7");
  EXPECT_EQ(plain("(1 + 2) * 3"), "9");
  EXPECT_EQ(plain("10 - 2 - 3"), "5");
  EXPECT_EQ(plain("-2 * -3"), "6");
  EXPECT_EQ(plain("- index + 1"), "-6");
  EXPECT_EQ(plain("7 / 2"), "3.5");
  EXPECT_EQ(plain("8 / 2"), "4.0");
  EXPECT_EQ(plain("7 % 3"), "1");
  EXPECT_EQ(plain("-1 % 3"), "2");
  EXPECT_EQ(plain("7.5 % 2"), "1.5");
  EXPECT_EQ(plain("1 + 0.5"), "1.5");
  EXPECT_EQ(plain("1 < 2 && 2 < 3 || false"), "true");
  EXPECT_EQ(plain("!(1 == 2)"), "true");
  EXPECT_EQ(plain("1 == 1.0"), "true");
  EXPECT_EQ(plain("'a' < 'b'"), "true");
  EXPECT_EQ(plain("\"it's\" == 'it'"), "false");
  EXPECT_EQ(plain("item.p != 'x'"), "true");
  EXPECT_EQ(plain("item.none == null"), "true");
  EXPECT_EQ(plain("item.none ?? 1 + 1"), "2");
  EXPECT_EQ(plain("item.n ?? 9 + 1"), "5");
  EXPECT_EQ(plain("params.l[index % 3]"), "1");
  EXPECT_EQ(plain("params.m['a']"), "1");
}

TEST(Expression, WhatIsAbsentHasADefaultAndWhatIsWrongHasNone) {
  EXPECT_EQ(plain("item.none ?? 'd'"), "\"d\"");
  EXPECT_EQ(plain("item.nope ?? 'd'"), "\"d\"");
  EXPECT_EQ(plain("item.nope.deeper ?? 'd'"), "\"d\"");
  EXPECT_EQ(plain("params.l[9] ?? 'd'"), "\"d\"");
  EXPECT_EQ(plain("null ?? null"), "null");
  EXPECT_EQ(plain("item.nope ?? item.neither ?? 3"), "3");
  EXPECT_EQ(plain("(1 / params.zero) ?? 3"), "this is a division by zero");
  EXPECT_EQ(plain("item.n.deeper ?? 3"), "'.deeper' is asked of an int, which has no members");
}

TEST(Expression, OnlyWhatIsNeededIsEvaluated) {
  EXPECT_EQ(plain("if(params.zero == 0, 'none', 1 / params.zero)"), "\"none\"");
  EXPECT_EQ(plain("params.zero == 0 || 1 / params.zero > 1"), "true");
  EXPECT_EQ(plain("params.zero != 0 && 1 / params.zero > 1"), "false");
  EXPECT_EQ(plain("if(1, 2, 3)"), "'if' takes a bool, but this is an int");
}

TEST(Expression, NumbersNeverWrapAndNeverBecomeInfinite) {
  EXPECT_EQ(plain("9223372036854775807 + 1"), "the number is too large for an int (64 bits)");
  EXPECT_EQ(plain("-9223372036854775808 - 1"), "the number is too large for an int (64 bits)");
  EXPECT_EQ(plain("4000000000 * 4000000000"), "the number is too large for an int (64 bits)");
  EXPECT_EQ(plain("-9223372036854775808 % -1"), "0");
  EXPECT_EQ(plain("1e308 * 10"), "the result is no finite number");
  EXPECT_EQ(plain("1 / 0"), "this is a division by zero");
  EXPECT_EQ(plain("1 % 0"), "this is a division by zero");
  EXPECT_EQ(plain("'a' + 1"), "'+' takes a number, but this is text");
  EXPECT_EQ(plain("'a' < 1"), "text and an int cannot be compared");
  EXPECT_EQ(plain("'1' == 1"), "text and an int cannot be compared");
}

TEST(Expression, TextHasTheEscapesOfYaml) {
  EXPECT_EQ(plain(R"('a\nb\t\\\'\"')"), R"("a\nb\t\\'\"")");
  EXPECT_EQ(plain(R"("a\nb\t\\\'\"")"), R"("a\nb\t\\'\"")");
  EXPECT_EQ(plain(R"('\0\e\r')"), R"("\u0000\u001b\r")");
  EXPECT_EQ(plain(R"('\x41\xe9\u20ac\U0001F600')"), "\"A\u00e9\u20ac\U0001F600\"");
  EXPECT_EQ(plain(R"(split('a\nb', '\n'))"), R"(["a", "b"])");
  EXPECT_EQ(plain("split('a\nb', '\\n')"), R"(["a", "b"])") << "YAML may have made a newline of one of them";
  EXPECT_EQ(plain(R"(len('\\'))"), "1");
}

TEST(Expression, UnknownEscapesAreRefusedWithTheirPlace) {
  EXPECT_EQ(shape(R"(${{ 'C:\data' }})"), R"([7+2 W301 there is no escape '\d' in text])");
  EXPECT_EQ(plain(R"('a\\u00e9')"), R"("a\\u00e9")") << "a backslash and letters";
  EXPECT_EQ(shape("${{ '\\\u00e9' }}"), "[5+3 W301 there is no escape '\\\u00e9' in text]") << "a whole character";
  EXPECT_EQ(shape(R"(${{ '\xg1' }})"), R"([5+2 W301 '\x' takes 2 hexadecimal digits of a character])");
  EXPECT_EQ(shape(R"(${{ '\ud800' }})"), R"([5+2 W301 '\u' takes 4 hexadecimal digits of a character])");
  EXPECT_EQ(shape(R"(${{ '\U00110000' }})"), R"([5+2 W301 '\U' takes 8 hexadecimal digits of a character])");
  EXPECT_EQ(shape(R"(${{ replace(item, '\', '/') }})"), "[25+1 W301 this text in quotes is not closed]");
  EXPECT_EQ(shape(R"(${{ '\)"), "[4+1 W301 this text in quotes is not closed]");
}

/// Whether a problem is that of a budget.
testing::Matcher<std::string> over_budget() {
  return testing::AnyOf("it makes more than 64 MiB of values", "it handles more than 10 million elements");
}

TEST(Expression, ListsAndMapsAreWrittenDown) {
  EXPECT_EQ(plain("[]"), "[]");
  EXPECT_EQ(plain("[1, 'a', [index], null]"), R"([1, "a", [7], null])");
  EXPECT_EQ(plain("[1, 2][1]"), "2");
  EXPECT_EQ(plain("[item, item][*].n"), "[4, 4]");
  EXPECT_EQ(plain("len([1, 2, 3]) + sum([1, 2])"), "6");
  EXPECT_EQ(plain("{}"), "{}");
  EXPECT_EQ(plain("{a: 1, 'b c': {d: index}}"), R"({"a": 1, "b c": {"d": 7}})");
  EXPECT_EQ(plain("{a:{b:{c:1}}}.a.b.c"), "1") << "the braces that close maps do not close the expression";
  EXPECT_EQ(value_of("${{ {a:{b:index}}}}", Scope{.params = {}, .index = 3}), R"({"a": {"b": 3}})");
  EXPECT_EQ(plain("{if: true, null: 2}['if']"), "true") << "any word is a name";
  EXPECT_EQ(plain("contains({a: 1}, 'a') && [1] == [1]"), "true");
}

TEST(Expression, WrongListsAndMapsAreRefusedWithTheirPlace) {
  EXPECT_EQ(shape("${{ [1, 2 }}"), "[4+1 W301 this [ is not closed]");
  EXPECT_EQ(shape("${{ [1 2] }}"), "[7+1 W301 '2' is not expected here in ${{ }}]");
  EXPECT_EQ(shape("${{ [1,] }}"), "[7+1 W301 ']' is not expected here in ${{ }}]");
  EXPECT_EQ(shape("${{ {a: 1, a: 2} }}"), "[11+1 W301 the map has two members a]");
  EXPECT_EQ(shape("${{ {a 1} }}"), "[5+1 W301 the value of this member is missing]");
  EXPECT_EQ(shape("${{ {1: 2} }}"), "[5+1 W301 a member of a map begins with its name]");
  EXPECT_THAT(shape("${{ {a: 1 }}"), testing::HasSubstr("W301"));
  EXPECT_THAT(shape("${{ " + std::string(70, '[') + std::string(70, ']') + " }}"), testing::HasSubstr("nested"));
  std::string long_map = "${{ {a0: 0";
  for (int i = 1; i < 1000; ++i) long_map += fmt::format(", a{}: {}", i, i);
  EXPECT_THAT(shape(long_map + "} }}"), testing::HasSubstr("at most 1000 parts"));
}

TEST(Expression, JsonIsParsed) {
  EXPECT_EQ(plain("json_parse('{\"a\": [1, 2.5, null, \"x\"]}')"), R"({"a": [1, 2.5, null, "x"]})");
  EXPECT_EQ(plain("json_parse(json(item)).n + 1"), "5");
  EXPECT_EQ(plain("json_parse('{\"a\": 1}').b ?? 'none'"), "\"none\"");
  EXPECT_EQ(plain("json_parse('[1, x]')"), "it is no JSON from character 5 on");
  EXPECT_EQ(plain("json_parse('')"), "it is no JSON from character 1 on");
  EXPECT_THAT(plain("json_parse(1)"), "'json_parse' takes text or a path, but this is an int");
  EXPECT_THAT(plain("len(concat(json_parse(json(range(900000))), json_parse(json(range(900000)))))"), over_budget());
}

TEST(Expression, FlattenReplacesListsByTheirElements) {
  EXPECT_EQ(plain("flatten([[1, 2], 3, [[4]], []])"), "[1, 2, 3, [4]]");
  EXPECT_EQ(plain("flatten([range(2), range(3)])"), "[0, 1, 0, 1, 2]");
  EXPECT_EQ(plain("flatten(range(2))"), "[0, 1]");
  EXPECT_EQ(plain("flatten([range(600000), range(600000)])"), "a list of more than 1000000 elements");
}

TEST(Expression, LinesEndWithLfOrCrlf) {
  EXPECT_EQ(plain("lines('')"), "[]");
  EXPECT_EQ(plain(R"(lines('a'))"), R"(["a"])");
  EXPECT_EQ(plain(R"(lines('a\n\nb\r\nc\n'))"), R"(["a", "", "b", "c"])");
  EXPECT_EQ(plain(R"(lines('\n'))"), R"([""])");
  EXPECT_EQ(plain(R"(lines('a\rb\r'))"), R"(["a\rb\r"])");
}

TEST(Expression, MatchGivesTheFirstMatchAndItsGroups) {
  EXPECT_EQ(plain(R"(match('img_12.jpg', '(\\d+)\\.(jpg|png)$'))"), R"(["12.jpg", "12", "jpg"])");
  EXPECT_EQ(plain("match('abc', 'x')"), "null");
  EXPECT_EQ(plain("match('abc', 'x')[1] ?? 'none'"), "\"none\"");
  EXPECT_EQ(plain("match('b', '(a)|(b)')"), R"(["b", null, "b"])");
  EXPECT_EQ(plain("match(item.p, 'gz$') != null"), "true");
  EXPECT_EQ(plain("match('', '^$')"), R"([""])");
  EXPECT_EQ(plain("match('\u00e4b', '(?i)\u00c4(.)')[1]"), "\"b\"");
  EXPECT_EQ(plain("match('a', '(')"), "this is no regular expression: missing ): (");
  EXPECT_THAT(plain(R"(match('a', '(a)\\1'))"), testing::StartsWith("this is no regular expression: "));
  EXPECT_THAT(plain("match('a', '" + std::string(101, '(') + std::string(101, ')') + "')"),
              "a regular expression has at most 100 groups");
}

TEST(Expression, RegularExpressionsCostWhatTheirSizeSays) {
  const std::string aaa(100'000, 'a');
  const Map params{{"a", aaa}};
  EXPECT_EQ(value_of("${{ match(params.a, '(a*)*b') }}", Scope{.params = params}), "null");
  EXPECT_THAT(plain("match('a', '((a{100}){100}){100}')"), testing::StartsWith("this is no regular expression: "));
  std::string many = "null";
  for (int i = 0; i < 200; ++i) many += fmt::format(" ?? match('', 'x\\\\pL{{{}}}')", 30 + i);
  EXPECT_THAT(plain(many), testing::AnyOf(over_budget(), testing::StartsWith("this is no regular expression: ")));
}

TEST(Expression, DatesAreTextAsStrftimeFormatsThem) {
  EXPECT_EQ(plain("date(0)"), "\"1970-01-01T00:00:00Z\"");
  EXPECT_EQ(plain("date(1795999443.9, '%Y-%m-%d %H:%M:%S %a %j %%')"), "\"2026-11-30 00:44:03 Mon 334 %\"");
  EXPECT_EQ(plain("date(253402300799)"), "\"9999-12-31T23:59:59Z\"");
  EXPECT_EQ(plain("date(253402300800)"), "it takes seconds since 1970, up to the year 9999");
  EXPECT_EQ(plain("date(-1)"), "it takes seconds since 1970, up to the year 9999");
  EXPECT_EQ(plain("date(0, '%Q')"), "the format has '%Q'; it knows such as %Y %m %d %H %M %S %j %a %b %F %T %z and %%");
  EXPECT_EQ(plain("date(0, 'at %')"), "a '%' at the end of the format; '%%' stands for itself");
  EXPECT_EQ(plain("date(0, '')"), "a format of no characters");
  EXPECT_EQ(plain("date(0, '%F', 'Mars')"), "after the format stands 'local', or nothing for UTC");
  EXPECT_EQ(plain("len(date(0, '%F', 'local'))"), "10");
}

TEST(Expression, ABudgetBoundsWhatAFewCharactersMake) {
  EXPECT_EQ(plain("len(range(999999))"), "999999");
  EXPECT_EQ(plain("len(concat(range(500000)))"), "500000");
  EXPECT_EQ(plain("len(range(900000)) + len(range(900000))"), "1800000") << "ranges are not made";
  EXPECT_EQ(plain("len(concat(range(900000))) + len(concat(range(900000)))"), "it makes more than 64 MiB of values");
  EXPECT_THAT(plain("len(concat(range(999999))) + len(concat(range(999999), 1))"), over_budget());
  EXPECT_THAT(plain("replace(join(range(99999), 'aaaaaaaaaa'), 'a', join(range(999), 'a'))"), over_budget());
  EXPECT_THAT(plain("json(range(999999)) == json(concat(range(999999)))"), over_budget());
  EXPECT_THAT(plain("basename(join(range(99999), '/'))"), "a path of more than 64 KiB");
  EXPECT_EQ(plain("(range(900000)[*])[0]"), "it makes more than 64 MiB of values");
}

TEST(Expression, ABudgetBoundsWorkThatMakesNothing) {
  const std::string letters =
      "replace(join(range(30000), '" + std::string(330, 'a') + "'), '0', 'a')";  // about 10 million
  EXPECT_THAT(plain("replace(" + letters + ", 'a', '')"), over_budget());
  const std::string text = "join(range(9999), '" + std::string(400, 'a') + "')";
  EXPECT_EQ(plain("contains(" + text + ", '" + std::string(50, 'a') + "b')"), "false");
}

TEST(Expression, ARangeIsLikeTheListOfItsElements) {
  EXPECT_EQ(plain("range(2, 4) == concat(2, 3, 4)"), "true");
  EXPECT_EQ(plain("range(2, 4) == range(2, 5)"), "false");
  EXPECT_EQ(plain("range(4, 2) == range(7, 3)"), "true") << "both are empty";
  EXPECT_EQ(plain("range(2, 4)[2]"), "4");
  EXPECT_EQ(plain("range(2, 4)[3]"), "'[3]' is asked of a list of 3");
  EXPECT_EQ(plain("range(2, 4)[*]"), "[2, 3, 4]");
  EXPECT_EQ(plain("concat(range(2), range(3), 'x')"), "[0, 1, 0, 1, 2, \"x\"]");
  EXPECT_EQ(plain("concat(sum(range(-2, 4)), min(range(3, 5)), max(range(3, 5)), len(range(3, 5)))"), "[7, 3, 5, 3]");
  EXPECT_EQ(plain("sum(range(9223372036854775800, 9223372036854775807))"),
            "the number is too large for an int (64 bits)");
  EXPECT_EQ(
      plain("concat(contains(range(3), 2), contains(range(3), 3), contains(range(3), 1.0), contains(range(3), 'a'))"),
      "[true, false, true, false]");
  EXPECT_EQ(plain("join(range(3), '-')"), "\"0-1-2\"");
  EXPECT_EQ(plain("json(range(3))"), "\"[0, 1, 2]\"");
  EXPECT_EQ(plain("sort(range(3))"), "[0, 1, 2]");
}

TEST(Expression, SortKeepsTheOrderOfEqualElementsAndTakesAnyMixOfNumbers) {
  EXPECT_EQ(plain("sort(concat(3, 1, -2, 1))"), "[-2, 1, 1, 3]");
  EXPECT_EQ(plain("sort(concat(2.5, 1, 1.0, -3))"), "[-3, 1, 1.0, 2.5]");
  EXPECT_EQ(plain("sort(split('abcdefghij,abcdefgh,b,,abcdefgha,a', ','))"),
            R"(["", "a", "abcdefgh", "abcdefgha", "abcdefghij", "b"])");
  EXPECT_EQ(plain("len(sort(concat(9007199254740993, 9007199254740992.0, 9007199254740992)))"), "3");
  EXPECT_EQ(plain("sort(concat(true))"), "a bool and a bool cannot be compared");
  EXPECT_EQ(plain("sort(range(5, 1))"), "[]");
  List numbers;
  for (std::int64_t i = 0; i < 1000; ++i) numbers.emplace_back(i * 7919 % 1000);
  List sorted;
  for (std::int64_t i = 0; i < 1000; ++i) sorted.emplace_back(i);
  const Map params{{"n", std::move(numbers)}};
  EXPECT_EQ(value_of("${{ sort(params.n) }}", Scope{.params = params}), to_json(Value(sorted)));
}

TEST(Expression, WorkOnWhatIsReadIsNotCharged) {
  List numbers;
  for (int i = 0; i < 200'000; ++i) numbers.emplace_back(std::int64_t{200'000 - i});
  const Map params{{"long", std::string(80 << 20, 'a')}, {"numbers", std::move(numbers)}};
  const Scope scope{.params = params};
  EXPECT_EQ(value_of("${{ contains(params.long, 'ab') }}", scope), "false");
  EXPECT_EQ(value_of("${{ len(params.long) }}", scope), std::to_string(80 << 20));
  EXPECT_EQ(value_of("${{ sort(params.numbers)[0] + sort(params.numbers)[1] }}", scope), "3");
}

TEST(Expression, ABudgetIsSpentAlikeEveryTime) {
  const auto spent = [](std::string_view text) {
    static const Map kNone;
    Budget budget;
    Value value;
    std::string problem;
    evaluate(*parse_text(text).pieces.at(0).expression, Scope{.params = kNone}, value, budget, problem);
    return std::pair(budget.steps(), budget.bytes());
  };
  const std::string_view text = "${{ len(split(join(sort(range(1000)), ', '), ',')) }}";
  EXPECT_EQ(spent(text), spent(text));
  EXPECT_GT(spent(text).first, 3000u);
  EXPECT_GT(spent(text).second, 1000 * sizeof(Value));
}

TEST(Expression, FunctionsOfLists) {
  EXPECT_EQ(plain("len(params.l)"), "3");
  EXPECT_EQ(plain("len('\u00e4b')"), "2");
  EXPECT_EQ(plain("range(3)"), "[0, 1, 2]");
  EXPECT_EQ(plain("range(2, 4)"), "[2, 3, 4]");
  EXPECT_EQ(plain("range(4, 2)"), "[]");
  EXPECT_EQ(plain("range(0, 1000000000000)"),
            "a list of more than 1000000 numbers; `foreach: {range: ...}` makes none");
  EXPECT_EQ(plain("range(-9223372036854775808, 9223372036854775807)"),
            "a list of more than 1000000 numbers; `foreach: {range: ...}` makes none");
  EXPECT_EQ(plain("len(concat(range(600000), range(600000)))"), "a list of more than 1000000 elements");
  EXPECT_EQ(plain("join(params.l, ', ')"), "\"3, 1, 2\"");
  EXPECT_EQ(plain("join(params.l)"), "\"312\"");
  EXPECT_EQ(plain("split('a,b,,c', ',')"), "[\"a\", \"b\", \"\", \"c\"]");
  EXPECT_EQ(plain("split('a', '')"), "it cannot be split at nothing");
  EXPECT_EQ(plain("concat('head', params.l, 4)"), "[\"head\", 3, 1, 2, 4]");
  EXPECT_EQ(plain("sort(params.l)"), "[1, 2, 3]");
  EXPECT_EQ(plain("sort(concat(1, 'a'))"), "an int and text cannot be compared");
  EXPECT_EQ(plain("min(params.l)"), "1");
  EXPECT_EQ(plain("max(1, 2.5, 2)"), "2.5");
  EXPECT_EQ(plain("min('b', 'a')"), "\"a\"");
  EXPECT_EQ(plain("max(range(0))"), "an empty list has none");
  EXPECT_EQ(plain("sum(params.l)"), "6");
  EXPECT_EQ(plain("sum(0.5, 1)"), "1.5");
  EXPECT_EQ(plain("sum(range(0))"), "0");
  EXPECT_EQ(plain("contains(params.l, 2)"), "true");
  EXPECT_EQ(plain("contains(params.m, 'b')"), "false");
  EXPECT_EQ(plain("contains(params.t, 'ex')"), "true");
  EXPECT_EQ(plain("len(3)"), "'len' takes a list, a map, text or bytes, but this is an int");
}

TEST(Expression, FunctionsOfTextAndPaths) {
  EXPECT_EQ(plain("trim('  a b \n')"), "\"a b\"");
  EXPECT_EQ(plain("replace('a-b-c', '-', '+')"), "\"a+b+c\"");
  EXPECT_EQ(plain("replace('a', '', 'b')"), "nothing cannot be replaced");
  EXPECT_EQ(plain("basename(item.p)"), "\"file.tar.gz\"");
  EXPECT_EQ(plain("basename('a/b/')"), "\"b\"");
  EXPECT_EQ(plain("dirname(item.p)"), "\"dir\"");
  EXPECT_EQ(plain("dirname('file')"), "\".\"");
  EXPECT_EQ(plain("stem(item.p)"), "\"file.tar\"");
  EXPECT_EQ(plain("ext(item.p)"), "\".gz\"");
  EXPECT_EQ(plain("abspath('/a/../b')"), "\"/b\"");
  EXPECT_EQ(plain("relpath('/a/b/c', '/a/d')"), "\"../b/c\"");
  EXPECT_EQ(plain("quote(item.p)"), "\"dir/file.tar.gz\"");
  EXPECT_EQ(plain("quote(\"it's; rm -rf /\")"), R"("'it'\\''s; rm -rf /'")");
  EXPECT_EQ(plain("quote('')"), "\"''\"");
  EXPECT_EQ(plain("format('{} of {{{}}}', 1, params.t)"), "\"1 of {text}\"");
  EXPECT_EQ(plain("format('{}')"), "it has more places than the 0 values");
  EXPECT_EQ(plain("format('x', 1)"), "it has 0 places for 1 values");
  EXPECT_EQ(plain("format('{')"), "its places are {}; a brace of its own is written twice");
}

TEST(Expression, FunctionsThatConvert) {
  EXPECT_EQ(plain("int('42')"), "42");
  EXPECT_EQ(plain("int('010')"), "'010' has a leading zero");
  EXPECT_EQ(plain("int(-2.9)"), "-2");
  EXPECT_EQ(plain("int(1e300)"), "the number is too large for an int (64 bits)");
  EXPECT_EQ(plain("float('0.5')"), "0.5");
  EXPECT_EQ(plain("float(2)"), "2.0");
  EXPECT_EQ(plain("text(1.0)"), "\"1.0\"");
  EXPECT_EQ(plain("text(params.l)"), "'text' takes a number, a bool, text or a path, but this is a list");
  EXPECT_EQ(plain("json(params.m)"), R"("{\"a\": 1}")");
  EXPECT_EQ(plain("round(2.5)"), "3");
  EXPECT_EQ(plain("round(2.345, 2)"), "2.35");
  EXPECT_EQ(plain("round(1.5, 99)"), "it rounds to 0..15 digits, not to 99");
  EXPECT_EQ(plain("run.id"), "\"r\"");
}

TEST(Expression, ReadsHowStagesEnded) {
  test::FakeResults results;
  results.results[0] = {{0, Map{{"x", 1}}}, {2, Map{{"x", 3}}}};
  const Map params;
  const Scope scope{.params = params, .results = &results};
  EXPECT_EQ(value_of("${{ stages.a.outcome }}", scope), "\"succeeded\"");
  EXPECT_EQ(value_of("${{ stages.a.failed > 0 && stages.a.tasks == 3 }}", scope), "true");
  EXPECT_EQ(value_of("${{ sum(stages.a.results[*].x) / stages.a.succeeded }}", scope), "2.0");
}

TEST(Expression, ReadsTheAttemptAndHowTheOneBeforeEnded) {
  const Map params;
  EXPECT_EQ(value_of("${{ 512 * attempt }}", Scope{.params = params}), "512");
  EXPECT_EQ(value_of("${{ previous.outcome ?? 'none' }}", Scope{.params = params}), "\"none\"");
  EXPECT_EQ(value_of("${{ previous.message }}", Scope{.params = params}), "there is no attempt before the first");
  const PreviousAttempt previous{.outcome = "out_of_memory", .message = "too much"};
  const PreviousAttempt exited{.outcome = "failed", .message = "'sh' exited with code 75", .exit_code = 75};
  EXPECT_EQ(value_of("${{ previous.exit + 1 }}", Scope{.params = params, .attempt = 2, .previous = &exited}), "76");
  EXPECT_EQ(value_of("${{ previous.exit ?? -1 }}", Scope{.params = params, .attempt = 2, .previous = &previous}), "-1");
  const Scope scope{.params = params, .attempt = 3, .previous = &previous};
  EXPECT_EQ(value_of("${{ [attempt, previous.outcome, previous.message] }}", scope),
            R"([3, "out_of_memory", "too much"])");
}

TEST(Expression, ReadsTheFailuresOfStages) {
  const Value item("a.jpg");
  test::FakeResults results;
  results.failures[0] = {{1, &item, "failed", "no picture"}, {7, nullptr, "crashed", "SIGSEGV"}};
  const Map params;
  const Scope scope{.params = params, .results = &results};
  EXPECT_EQ(value_of("${{ stages.a.failures }}", scope),
            R"([{"index": 1, "item": "a.jpg", "message": "no picture", "outcome": "failed"}, )"
            R"({"index": 7, "item": null, "message": "SIGSEGV", "outcome": "crashed"}])");
  EXPECT_EQ(value_of("${{ join(stages.a.failures[*].message, ', ') }}", scope), "\"no picture, SIGSEGV\"");
  EXPECT_EQ(value_of("${{ stages.a.failures[1].item ?? 'none' }}", scope), "\"none\"");
  EXPECT_EQ(value_of("${{ stages.a.failures[2].message ?? 'all good' }}", scope), "\"all good\"");
  EXPECT_EQ(value_of("${{ stages.a.failures[2] }}", scope), "failure [2] is asked of 2 failures");
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
