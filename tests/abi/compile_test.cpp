// The headers compile as C and C++ with every available compiler.

#include "abi/command.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

namespace {

void expect_to_compile(const std::string& compiler, const std::string& flags, const std::string& header) {
  if (run_command("command -v " + compiler).code != 0) GTEST_SKIP() << compiler << " is not installed";
  const Ran ran =
      run_command("echo '#include <ropewalk/sdk/" + header + ">' | " + compiler +
                  " -fsyntax-only -Wall -Wextra -Werror -I " + quoted(SDK_FOLDER "/include") + " " + flags + " -");
  EXPECT_EQ(ran.code, 0) << compiler << " " << header << ":\n" << ran.output;
}

TEST(AbiHeader, IsC11) { expect_to_compile(C_COMPILER, "-x c -std=c11 -pedantic", "abi.h"); }
TEST(AbiHeader, IsC11ForClang) { expect_to_compile("clang", "-x c -std=c11 -pedantic", "abi.h"); }
TEST(AbiHeader, IsCxx20) { expect_to_compile(CXX_COMPILER, "-x c++ -std=c++20 -pedantic", "abi.h"); }
TEST(AbiHeader, IsCxx20ForClang) { expect_to_compile("clang++", "-x c++ -std=c++20 -pedantic", "abi.h"); }

TEST(SdkHeaders, EachCompilesAlone) {
  for (const auto& entry : std::filesystem::directory_iterator(SDK_FOLDER "/include/ropewalk/sdk"))
    if (entry.path().extension() == ".hpp")
      expect_to_compile(CXX_COMPILER, "-x c++ -std=c++20", entry.path().filename());
}

TEST(SdkHeaders, CompileForClang) {
  for (const char* header : {"task.hpp", "fake_host.hpp"}) expect_to_compile("clang++", "-x c++ -std=c++20", header);
}

}  // namespace
