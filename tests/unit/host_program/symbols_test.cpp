#include "host/line.hpp"
#include "host/symbols.hpp"

#include <gmock/gmock.h>

#include <cstdlib>
#include <string>
#include <sys/mman.h>

namespace ropewalk::host {
namespace {

[[gnu::noinline]] int a_function_with_local_linkage(volatile int* number) { return *number + 1; }

TEST(Symbols, NameAFunctionOfThisProgramThatNobodyElseSees) {
  ASSERT_TRUE(read_modules());
  volatile int number = 1;
  EXPECT_EQ(a_function_with_local_linkage(&number), 2);
  const auto address = reinterpret_cast<std::uintptr_t>(&a_function_with_local_linkage);
  const Module* const module = find_module(address);
  ASSERT_NE(module, nullptr);
  EXPECT_EQ(module->name(), "host_test");
  const Symbol symbol = find_symbol(*module, address + 1);
  EXPECT_THAT(std::string(symbol.name), testing::HasSubstr("a_function_with_local_linkage"));
  EXPECT_EQ(symbol.offset, 1u);
}

TEST(Symbols, NameAFunctionOfALibraryThatHasNoOtherTable) {
  ASSERT_TRUE(read_modules());
  const auto address = reinterpret_cast<std::uintptr_t>(&std::abort);
  const Module* const module = find_module(address);
  ASSERT_NE(module, nullptr);
  const Symbol symbol = find_symbol(*module, address + 3);
  EXPECT_EQ(symbol.name, "abort");
  EXPECT_EQ(symbol.offset, 3u);
}

TEST(Symbols, DataAndHolesAreNoCode) {
  ASSERT_TRUE(read_modules());
  static int data = 0;
  EXPECT_EQ(find_module(reinterpret_cast<std::uintptr_t>(&data)), nullptr);
  EXPECT_EQ(find_module(0), nullptr);
}

TEST(Symbols, CodeThatIsInNoFileHasNoName) {
  void* const code = ::mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(code, MAP_FAILED);
  ASSERT_TRUE(read_modules());
  const Module* const module = find_module(reinterpret_cast<std::uintptr_t>(code));
  ASSERT_NE(module, nullptr);
  EXPECT_EQ(find_symbol(*module, reinterpret_cast<std::uintptr_t>(code) + 5).name, "");
  ::munmap(code, 4096);
}

TEST(Line, IsPutTogetherAndCutWhereItIsFull) {
  EXPECT_EQ(Line().text("#").number(0).text(" ").hex(0xdeadbeef).number(18446744073709551615u).view(),
            "#0 0xdeadbeef18446744073709551615");
  EXPECT_EQ(Line().text(std::string(5000, 'x')).number(7).view(), std::string(768, 'x'));
}

}  // namespace
}  // namespace ropewalk::host
