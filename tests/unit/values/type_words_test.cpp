#include "values/type_words.hpp"

#include <gmock/gmock.h>

namespace ropewalk {
namespace {

TEST(TypeWords, EachTypeHasOneNameThatIsReadBack) {
  for (const Type type : {Type::any, Type::boolean, Type::integer, Type::real, Type::text, Type::bytes, Type::path,
                          Type::duration, Type::size, Type::list, Type::map}) {
    EXPECT_NE(type_name(type), "?");
    EXPECT_EQ(find_word(type_words(), type_name(type)), type);
  }
  EXPECT_EQ(type_words().size(), 11u);
  EXPECT_EQ(find_word(type_words(), "number"), std::nullopt);
}

}  // namespace
}  // namespace ropewalk
