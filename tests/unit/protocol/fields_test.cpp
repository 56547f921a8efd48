#include "protocol/fields.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

namespace ropewalk::board {
namespace {

const std::vector<Type> kAll = {Type::boolean,  Type::integer, Type::real, Type::text, Type::bytes, Type::path,
                                Type::duration, Type::size,    Type::list, Type::map,  Type::any};

std::vector<Value> decode(const std::vector<Type>& types, std::string_view bytes) {
  std::vector<FieldView> views(types.size());
  EXPECT_TRUE(view_fields(types, bytes, views));
  std::vector<Value> values;
  for (std::size_t i = 0; i < types.size(); ++i) values.push_back(value_of(types[i], views[i]).value());
  return values;
}

TEST(Fields, EveryTypeDecodesToItsEncodedValue) {
  const std::vector<Value> values = {true,
                                     std::int64_t{-5},
                                     1.5,
                                     "text with \0 inside",
                                     Bytes{std::string("\0\xff", 2)},
                                     Path{"/tmp/\xff"},
                                     0.25,
                                     std::int64_t{1} << 40,
                                     List{1, "two", List{3.0}, nullptr},
                                     Map{{"a", 1}, {"b", Map{{"c", false}}}},
                                     "anything"};
  std::string bytes;
  encode_fields(kAll, values, bytes);
  EXPECT_EQ(bytes.size() % 8, 0u);
  EXPECT_EQ(decode(kAll, bytes), values);
}

TEST(Fields, Z03_AbsentAndEmptyAreDifferent) {
  const std::vector<Type> types = {Type::text, Type::text, Type::list};
  const std::vector<Value> values = {"", nullptr, List{}};
  std::string bytes;
  encode_fields(types, values, bytes);
  EXPECT_EQ(decode(types, bytes), values);
}

TEST(Fields, PresenceWorksForMoreThanSixtyFourFields) {
  const std::vector<Type> types(130, Type::integer);
  std::vector<Value> values(130);
  values[0] = 1, values[63] = 2, values[64] = 3, values[129] = 4;
  std::string bytes;
  encode_fields(types, values, bytes);
  EXPECT_EQ(decode(types, bytes), values);
}

TEST(Fields, P18_EveryTruncationAndEveryFlippedByteIsRejectedOrReadSafely) {
  const std::vector<Value> values = {true, 7, 2.0,        "abc",           Bytes{"x"},   Path{"p"},
                                     1.0,  2, List{1, 2}, Map{{"k", "v"}}, List{nullptr}};
  std::string bytes;
  encode_fields(kAll, values, bytes);
  std::vector<FieldView> views(kAll.size());
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(view_fields(kAll, std::string_view(bytes).substr(0, size), views)) << size;
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (const char flip : {'\x01', '\x80', '\xff'}) {
      std::string damaged = bytes;
      damaged[at] = static_cast<char>(damaged[at] ^ flip);
      if (!view_fields(kAll, damaged, views)) continue;
      for (std::size_t i = 0; i < kAll.size(); ++i) (void)value_of(kAll[i], views[i]);
    }
  }
}

TEST(Fields, IntsSetInPlaceAreTheSameBytesAsTheirEncoding) {
  for (const std::size_t count : {0, 1, 2, 63, 64, 65, 130}) {
    IntFields fields(count);
    std::vector<Value> values;
    for (std::size_t i = 0; i < count; ++i)
      values.emplace_back(fields.values()[i] = static_cast<std::int64_t>(i * i) - 7);
    std::string bytes;
    encode_fields(std::vector<Type>(count, Type::integer), values, bytes);
    EXPECT_EQ(fields.bytes(), bytes) << count;
  }
}

TEST(Fields, Z09_AnUnreadableOrMistypedNestedFieldIsRejected) {
  const auto holds = [](Type type, const Value& value) {
    std::string bytes;
    encode_fields(std::vector<Type>{type}, std::vector<Value>{value}, bytes);
    return FieldsCheck({type}).holds(bytes);
  };
  EXPECT_TRUE(holds(Type::list, List{1}));
  EXPECT_TRUE(holds(Type::map, Map{{"a", 1}}));
  EXPECT_TRUE(holds(Type::any, 7));
  EXPECT_FALSE(holds(Type::list, 7));
  EXPECT_FALSE(holds(Type::list, Map{}));
  EXPECT_FALSE(holds(Type::map, List{}));
  EXPECT_FALSE(holds(Type::any, List{std::numeric_limits<double>::infinity()}));
  std::string bytes;
  encode_fields(std::vector<Type>{Type::text}, std::vector<Value>{"no encoding"}, bytes);
  EXPECT_FALSE(FieldsCheck({Type::any}).holds(bytes));
}

TEST(Fields, TheQuickCheckAgreesWithReadingForAnyBytes) {
  std::minstd_rand chance(3);
  for (const std::vector<Type>& types : {std::vector<Type>{},
                                         {Type::integer},
                                         {Type::real, Type::boolean, Type::size},
                                         std::vector<Type>(63, Type::duration),
                                         std::vector<Type>(64, Type::integer),
                                         {Type::integer, Type::text},
                                         {Type::any}}) {
    FieldsCheck check(types);
    std::vector<FieldView> views(types.size());
    std::size_t held = 0;
    for (int i = 0; i < 3000; ++i) {
      std::uint64_t presence = (std::uint64_t{chance()} << 33 ^ std::uint64_t{chance()} << 11 ^ chance()) &
                               ((std::uint64_t{chance()} << 33) - 1);
      const auto mask = types.size() < 64 ? (std::uint64_t{1} << types.size()) - 1 : ~std::uint64_t{0};
      const std::size_t words =
          i % 3 == 0 ? chance() % 70 : static_cast<std::size_t>(std::popcount(presence & mask)) + chance() % 2;
      std::string bytes(types.empty() && i % 2 == 0 ? 0 : 8 + 8 * words + (i % 7 == 0 ? chance() % 8 : 0), '\0');
      std::memcpy(bytes.data(), &presence, std::min(bytes.size(), sizeof presence));
      const bool holds = check.holds(bytes);
      bool readable = view_fields(types, bytes, views);
      for (std::size_t field = 0; readable && field < types.size(); ++field)
        readable = is_readable(types[field], views[field]);
      ASSERT_EQ(holds, readable) << types.size() << " fields, " << bytes.size() << " bytes, presence " << presence;
      held += holds;
    }
    EXPECT_GT(held, 100u) << types.size();
    EXPECT_LT(held, 2900u) << types.size();
  }
}

}  // namespace
}  // namespace ropewalk::board
