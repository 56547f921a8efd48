// `ropewalk new`: what it makes is used in tests/install; here is what it refuses.

#include "program.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

namespace ropewalk::test {
namespace {

using testing::HasSubstr;

TEST(New, APluginOverwritesNothing) {
  const Folder folder;
  std::filesystem::create_directory(folder.path("hello"));
  folder.file("hello/kept", "kept");
  const ProgramEnd there = ropewalk({"new", "plugin", "hello"}, {.folder = folder.path()});
  EXPECT_EQ(there.exit_code, 2);
  EXPECT_THAT(there.err, HasSubstr("error[C120]: cannot make 'hello': it exists already, and nothing is overwritten"));
  EXPECT_EQ(read_file(folder.path("hello/kept")), "kept");
  EXPECT_FALSE(std::filesystem::exists(folder.path("hello/CMakeLists.txt")));
  folder.file("a-file", "kept too");
  EXPECT_EQ(ropewalk({"new", "plugin", "a-file"}, {.folder = folder.path()}).exit_code, 2);
  EXPECT_EQ(read_file(folder.path("a-file")), "kept too");
}

TEST(New, APluginNeedsANameThatAPluginCanHave) {
  const Folder folder;
  for (const char* name : {"Hello", "1st", "../up", "a b", "-", "sim"}) {
    const ProgramEnd refused = ropewalk({"new", "plugin", name}, {.folder = folder.path()});
    EXPECT_EQ(refused.exit_code, 2) << name;
    EXPECT_THAT(refused.err, HasSubstr("error[C1")) << name;
    EXPECT_THAT(refused.err, HasSubstr("\n     = ")) << "without a fix";
  }
  EXPECT_THAT(ropewalk({"new", "plugin", "sim"}, {.folder = folder.path()}).err,
              HasSubstr("a plugin 'sim' ships with ropewalk"));
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(New, AWorkflowOverwritesNothingAndFollowsNoLink) {
  const Folder folder;
  EXPECT_EQ(ropewalk({"new", "workflow", "sums"}, {.folder = folder.path()}).exit_code, 0);
  const std::string made = read_file(folder.path("sums.yaml"));
  EXPECT_THAT(made, HasSubstr("name: sums\n"));
  std::filesystem::create_symlink(folder.path("elsewhere"), folder.path("link.yaml"));
  for (const char* name : {"sums", "sums.yaml", "link"}) {
    const ProgramEnd refused = ropewalk({"new", "workflow", name}, {.folder = folder.path()});
    EXPECT_EQ(refused.exit_code, 2) << name;
    EXPECT_THAT(refused.err, HasSubstr("error[C120]: cannot make '")) << name;
  }
  EXPECT_EQ(read_file(folder.path("sums.yaml")), made);
  EXPECT_FALSE(std::filesystem::exists(folder.path("elsewhere")));
  EXPECT_THAT(ropewalk({"new", "workflow", "no/such/folder"}, {.folder = folder.path()}).err,
              HasSubstr("No such file or directory"));
}

TEST(New, APluginIsInOneLanguage) {
  const Folder folder;
  const ProgramEnd refused = ropewalk({"new", "plugin", "hello", "--python", "--c"}, {.folder = folder.path()});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.err, HasSubstr("error[C1"));
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

}  // namespace
}  // namespace ropewalk::test
