#include "base/demangle.hpp"

#include <gmock/gmock.h>

namespace ropewalk {
namespace {

TEST(Demangle, TheMangledNameInABacktraceLineIsReplaced) {
  EXPECT_EQ(demangled("#1 a.so  _ZN8Checksum3runERi+0x1c"), "#1 a.so  Checksum::run(int&)+0x1c");
  EXPECT_EQ(demangled("#12 a+b.so  _ZL4headPKc+0x0"), "#12 a+b.so  head(char const*)+0x0");
}

TEST(Demangle, LinesWithoutAMangledNameStayUnchanged) {
  for (const char* line : {"", "wrote to address 0x0 (a null pointer)", "#3 libc.so.6  0x8a1f2", "#3 a.so  main+0x4",
                           "#3 a.so  _Znonsense+0x4", "#0 a.so  _ZN8Checksum", "  _Z", "+0x4  _Z"})
    EXPECT_EQ(demangled(line), line);
}

TEST(Demangle, VeryLongNamesAreCut) {
  const std::string name(300, 'n');
  EXPECT_EQ(demangled("#0 a.so  _Z300" + name + "v+0x4"), "#0 a.so  " + name.substr(0, 197) + "...+0x4");
  const std::string longer = "#0 a.so  _Z600" + std::string(600, 'n') + "v+0x4";
  EXPECT_EQ(demangled(longer), longer);
}

}  // namespace
}  // namespace ropewalk
