#include "plugin/search.hpp"
#include "support/scratch.hpp"

#include <ropewalk/codes.hpp>

#include <gmock/gmock.h>

#include <cstdlib>

namespace ropewalk {
namespace {

using test::Scratch;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(Search, TheFirstFolderThatHasItWins) {
  const Scratch one, two;
  two.write("thing.so", "");
  const PluginFolders folders({one.path(), two.path()}, "/nowhere/bin");
  EXPECT_EQ(folders.find("thing").value(), two / "thing.so");
  one.write("thing.so", "");
  EXPECT_EQ(folders.find("thing").value(), one / "thing.so");
}

TEST(Search, AMissingPluginIsToldWithTheFoldersAndTheNearestName) {
  const Scratch folder;
  folder.write("image.so", "");
  const auto found = PluginFolders({folder.path()}, "/nowhere/bin").find("imgae");
  ASSERT_FALSE(found);
  const Error error = found.error().list.at(0);
  EXPECT_EQ(error.code, codes::kPluginNotFound);
  EXPECT_EQ(error.message, "there is no plugin 'imgae'; did you mean 'image'?");
  EXPECT_THAT(error.notes.at(0), HasSubstr("looked for imgae.so in: " + folder.path().string()));
  EXPECT_THAT(error.notes.at(0), HasSubstr("/nowhere/plugins"));
}

TEST(Search, L09_NamesWithSlashesOrDotsAreNeverPaths) {
  const Scratch folder;
  folder.write("ok.so", "");
  const PluginFolders folders({folder.path() / "sub"}, "/nowhere/bin");
  for (const char* name : {"../ok", "./ok", "/ok", "", "OK", "ok.so", ".."}) EXPECT_FALSE(folders.find(name)) << name;
}

TEST(Search, L09_TheCurrentFolderIsNotSearchedUnasked) {
  const Scratch folder;
  folder.write("here.so", "");
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  EXPECT_FALSE(PluginFolders({}, "/nowhere/bin").find("here"));
  EXPECT_EQ(PluginFolders({"."}, "/nowhere/bin").find("here").value(), std::filesystem::canonical(folder.path()) / "here.so");
  std::filesystem::current_path(before);
}

TEST(Search, TheEnvironmentAddsFoldersAfterThoseThatWereAskedFor) {
  const Scratch asked, environment;
  environment.write("a.so", "");
  ::setenv("ROPEWALK_PLUGIN_PATH", (":" + environment.path().string() + ":").c_str(), 1);
  const PluginFolders folders({asked.path()}, "/nowhere/bin");
  EXPECT_EQ(folders.find("a").value(), environment / "a.so");
  asked.write("a.so", "");
  EXPECT_EQ(folders.find("a").value(), asked / "a.so");
  ::unsetenv("ROPEWALK_PLUGIN_PATH");
}

TEST(Search, NamesAreThoseThatCanBeFoundOnceEach) {
  const Scratch one, two;
  one.write("b.so", "");
  one.write("Not-a-name.so", "");
  one.write("readme.txt", "");
  two.write("b.so", "");
  two.write("a.so", "");
  ::unsetenv("ROPEWALK_PLUGIN_PATH");
  ::setenv("XDG_DATA_HOME", "/nowhere", 1);
  EXPECT_THAT(PluginFolders({one.path(), two.path()}, "/nowhere/bin").names(), ElementsAre("a", "b"));
}

}  // namespace
}  // namespace ropewalk
