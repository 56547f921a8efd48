// Checks written JSON with an independent parser.

#include <ropewalk/value.hpp>

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include <string>

namespace ropewalk {
namespace {

TEST(Json, TextIsReadBackWhateverItsNeighbours) {
  const std::string pieces[] = {"\"", "\\", "\n", "\t", "\x01",   "\x7f",
                                "a",  "é",  "€",  "😀",  "\u202e", std::string(1, '\0')};
  for (const std::string& a : pieces)
    for (const std::string& b : pieces)
      for (const std::string& c : pieces) {
        const std::string text = a + b + c, json = to_json(Value(text));
        ASSERT_TRUE(nlohmann::json::accept(json)) << json;
        ASSERT_EQ(nlohmann::json::parse(json).get<std::string>(), text) << json;
        ASSERT_EQ(json.find_first_of("\x01\x7f\n\t"), std::string::npos) << json;
      }
}

TEST(Json, TextAndPathsThatAreNotUtf8BecomeBase64Everywhere) {
  const std::string bad = "caf\xe9 \"1\"\n";
  const std::string base64 = R"({"base64": "Y2Fm6SAiMSIK"})";
  EXPECT_EQ(to_json(Value(bad)), base64);
  EXPECT_EQ(to_json(Value(Path{bad})), base64);
  EXPECT_EQ(to_json(Value(Bytes{bad})), base64);
  EXPECT_EQ(to_json(Value(List{Value("a"), Value(bad)})), R"(["a", )" + base64 + "]");
  EXPECT_EQ(to_json(Value(Map{{"stdout", Value(bad)}})), R"({"stdout": )" + base64 + "}");
  for (const std::string& stray : {std::string("\xff"), std::string("\xc3"), std::string("\xe2\x82"),
                                   std::string("\xf0\x9f\x98"), std::string("\xed\xa0\x80")}) {
    EXPECT_EQ(to_json(Value(stray)), to_json(Value(Bytes{stray})));
    EXPECT_EQ(to_json(Value("é" + stray)), to_json(Value(Bytes{"é" + stray})));
  }
}

TEST(Json, AMessageStaysAStringAndShowsItsStrayBytes) {
  std::string out;
  append_json_string(out, "cannot open 'caf\xe9': \xe2\x82\"é\"");
  EXPECT_EQ(out, R"("cannot open 'caf\\xe9': \\xe2\\x82\"é\"")");
  EXPECT_EQ(nlohmann::json::parse(out).get<std::string>(), R"(cannot open 'caf\xe9': \xe2\x82"é")");
}

TEST(Json, ControlCharactersOfATerminalAreEscaped) {
  std::string out;
  append_json_string(out, "\x1b\x7f \u009b31m \u202e\u2066 \ufeff\ufdd0 \u00e9\u20ac\uff01");
  EXPECT_EQ(out, R"("\u001b\u007f \u009b31m \u202e\u2066 \ufeff\ufdd0 )"
                 "\u00e9\u20ac\uff01\"");
}

TEST(Json, AKeyThatIsNotUtf8StaysAKey) { EXPECT_EQ(to_json(Value(Map{{"caf\xe9", Value(1)}})), R"({"caf\\xe9": 1})"); }

}  // namespace
}  // namespace ropewalk
