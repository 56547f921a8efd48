#include "protocol/linked_start.hpp"

#include <gtest/gtest.h>

namespace ropewalk {
namespace {

TEST(LinkedStart, IsReadAsItWasWritten) {
  const LinkedStart start{.warden = 4711, .descriptors = 1024, .plugin = "kit", .identity = "1:2:3 4:5:6"};
  EXPECT_EQ(decode_linked_start(encode(start)), start);
}

TEST(LinkedStart, AValueThatIsCutOffOrOfSomebodyElseIsNone) {
  for (const char* value : {"", "1", "x 1024 kit 1:2:3", "0 1024 kit 1:2:3", "-7 1024 kit 1:2:3", "7 many kit 1:2:3",
                            "7 1024", "7 1024 kit", "7 1024  1:2:3", "7x 1024 kit 1:2:3"})
    EXPECT_EQ(decode_linked_start(value), std::nullopt) << '"' << value << '"';
}

}  // namespace
}  // namespace ropewalk
