// JSON as it is written, read by a reader that is not ours.

#include <ropewalk/value.hpp>

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include <string>

namespace ropewalk {
namespace {

TEST(Json, TextComesBackWhateverStandsBesideWhat) {
  const std::string pieces[] = {"\"", "\\", "\n", "\t", "\x01", "\x7f", "a", "é", "€", "😀", "\u202e", std::string(1, '\0')};
  for (const std::string& a : pieces)
    for (const std::string& b : pieces)
      for (const std::string& c : pieces) {
        const std::string text = a + b + c, json = to_json(Value(text));
        ASSERT_TRUE(nlohmann::json::accept(json)) << json;
        ASSERT_EQ(nlohmann::json::parse(json).get<std::string>(), text) << json;
        ASSERT_EQ(json.find_first_of("\x01\x7f\n\t"), std::string::npos) << json;
      }
}

TEST(Json, WhatIsNotUtf8IsReplacedAndHidesNothingBesideIt) {
  for (const std::string& bad : {std::string("\xff"), std::string("\xc3"), std::string("\xe2\x82"), std::string("\xf0\x9f\x98"), std::string("\xed\xa0\x80")})
    for (const std::string& beside : {std::string("\""), std::string("é"), std::string("a"), std::string("\\")}) {
      const std::string json = to_json(Value(bad + beside + bad));
      ASSERT_TRUE(nlohmann::json::accept(json)) << json;
      ASSERT_NE(nlohmann::json::parse(json).get<std::string>().find(beside), std::string::npos) << json;
    }
}

}  // namespace
}  // namespace ropewalk
