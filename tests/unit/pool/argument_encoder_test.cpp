#include "pool/argument_encoder.hpp"

#include <gmock/gmock.h>

#include <string>
#include <utility>
#include <vector>

namespace ropewalk {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TaskDescription blur() {
  TaskDescription type;
  type.name = "blur";
  const auto add = [&](const char* name, Type of, bool required) -> Field& {
    Field& field = type.params.emplace_back();
    field.name = name;
    field.type = of;
    field.required = required;
    return field;
  };
  add("input", Type::path, true);
  Field& width = add("width", Type::integer, false);
  width.minimum = Value(16);
  width.maximum = Value(8192);
  add("mode", Type::text, false).choices = {"fast", "good"};
  add("scale", Type::real, false);
  return type;
}

std::vector<std::pair<std::string, std::string>> refusals(std::initializer_list<Argument> arguments,
                                                          const TaskDescription& type = blur()) {
  ArgumentEncoder encoder("image.blur", type);
  encoder.begin();
  for (const Argument& argument : arguments) encoder.take(argument.name, argument.value);
  encoder.end();
  std::vector<std::pair<std::string, std::string>> all;
  for (const Error& error : encoder.errors()) all.emplace_back(error.code, error.message);
  return all;
}
using Refusal = std::pair<std::string, std::string>;

TEST(ArgumentEncoder, EncodesByPositionAndConvertsAsAPlanDoes) {
  ArgumentEncoder encoder("image.blur", blur());
  encoder.begin();
  encoder.take("scale", 2);
  encoder.take("input", "a.png");
  encoder.end();
  ASSERT_TRUE(encoder.errors().empty());
  std::string bytes, expected;
  board::Blobs blobs;
  encoder.encode(bytes, blobs);
  board::encode_fields(std::vector{Type::path, Type::integer, Type::text, Type::real},
                       std::vector<Value>{Path{"a.png"}, {}, {}, 2.0}, expected);
  EXPECT_EQ(bytes, expected);
}

TEST(ArgumentEncoder, WhatDoesNotFitIsToldInTheWordsOfAPlan) {
  EXPECT_THAT(refusals({{"inptu", "a"}}),
              ElementsAre(Refusal("W202", "task 'image.blur' takes no parameter 'inptu'; did you mean 'input'?")))
      << "and it is not missing as well";
  EXPECT_THAT(refusals({}), ElementsAre(Refusal("W203", "task 'image.blur' needs the parameter 'input' (path)")));
  EXPECT_THAT(refusals({{"input", "a"}, {"width", 9000}}),
              ElementsAre(Refusal("W205", "parameter 'width' must be at most 8192, this is 9000")));
  EXPECT_THAT(refusals({{"input", "a"}, {"width", "wide"}}),
              ElementsAre(Refusal("W204", "parameter 'width' wants an int, but this is text")));
  const auto mode = refusals({{"input", "a"}, {"mode", "fats"}});
  ASSERT_EQ(mode.size(), 1u);
  EXPECT_EQ(mode[0].first, "W206");
  EXPECT_THAT(mode[0].second, HasSubstr("did you mean 'fast'?"));
  EXPECT_THAT(refusals({{"input", "a"}, {"input", "b"}}),
              ElementsAre(Refusal("R416", "parameter 'input' is given twice")));
}

TEST(ArgumentEncoder, OfAGroupOneIsGiven) {
  TaskDescription type = blur();
  type.exactly_one = {{"width", "scale"}};
  EXPECT_THAT(refusals({{"input", "a"}}, type),
              ElementsAre(Refusal("W203", "task 'image.blur' needs one of the parameters 'width' and 'scale'")));
  EXPECT_THAT(
      refusals({{"input", "a"}, {"width", 20}, {"scale", 2.0}}, type),
      ElementsAre(Refusal("W223", "task 'image.blur' takes one of the parameters 'width' and 'scale', not both")));
  EXPECT_THAT(refusals({{"input", "a"}, {"width", 20}}, type), ElementsAre());
}

TEST(ArgumentEncoder, ATaskHasNothingOfTheOneBefore) {
  ArgumentEncoder encoder("image.blur", blur());
  encoder.begin();
  encoder.take("input", "a");
  encoder.take("width", 100);
  encoder.end();
  encoder.begin();
  encoder.take("width", 100);
  encoder.end();
  ASSERT_EQ(encoder.errors().size(), 1u);
  EXPECT_EQ(encoder.errors()[0].code, "W203");
}

}  // namespace
}  // namespace ropewalk
