#include "plugin_files/search.hpp"
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
  const PluginFolders folders({one.path(), two.path()}, "/nowhere/plugins");
  EXPECT_EQ(folders.find("thing").value().file, two / "thing.so");
  one.write("thing.so", "");
  EXPECT_EQ(folders.find("thing").value().file, one / "thing.so");
}

TEST(Search, AMissingPluginIsToldWithTheFoldersAndTheNearestName) {
  const Scratch folder;
  folder.write("image.so", "");
  const auto found = PluginFolders({folder.path()}, "/nowhere/plugins").find("imgae");
  ASSERT_FALSE(found);
  const Error error = found.error().list.at(0);
  EXPECT_EQ(error.code, codes::kPluginNotFound);
  EXPECT_EQ(error.message, "there is no plugin 'imgae'; did you mean 'image'?");
  EXPECT_THAT(error.notes.at(0), HasSubstr("looked for imgae.so and imgae.py in: " + folder.path().string()));
  EXPECT_THAT(error.notes.at(0), HasSubstr("/nowhere/plugins"));
}

TEST(Search, L09_NamesWithSlashesOrDotsAreNeverPaths) {
  const Scratch folder;
  folder.write("ok.so", "");
  const PluginFolders folders({folder.path() / "sub"}, "/nowhere/plugins");
  for (const char* name : {"../ok", "./ok", "/ok", "", "OK", "ok.so", ".."}) EXPECT_FALSE(folders.find(name)) << name;
}

TEST(Search, L09_TheCurrentFolderIsNotSearchedUnasked) {
  const Scratch folder;
  folder.write("here.so", "");
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  EXPECT_FALSE(PluginFolders({}, "/nowhere/plugins").find("here"));
  EXPECT_EQ(PluginFolders({"."}, "/nowhere/plugins").find("here").value().file,
            std::filesystem::canonical(folder.path()) / "here.so");
  std::filesystem::current_path(before);
}

TEST(Search, TheEnvironmentAddsFoldersAfterThoseThatWereAskedFor) {
  const Scratch asked, environment;
  environment.write("a.so", "");
  ::setenv("ROPEWALK_PLUGIN_PATH", (":" + environment.path().string() + ":").c_str(), 1);
  const PluginFolders folders({asked.path()}, "/nowhere/plugins");
  EXPECT_EQ(folders.find("a").value().file, environment / "a.so");
  asked.write("a.so", "");
  EXPECT_EQ(folders.find("a").value().file, asked / "a.so");
  ::unsetenv("ROPEWALK_PLUGIN_PATH");
}

TEST(Search, AFolderThatIsNotTrustedComesLast) {
  const Scratch doubtful, trusted;
  doubtful.write("thing.so", "");
  const PluginFolders folders({{doubtful.path(), false}, trusted.path()}, "/nowhere/plugins");
  EXPECT_EQ(folders.find("thing").value().file, doubtful / "thing.so");
  EXPECT_FALSE(folders.find("thing").value().trusted);
  trusted.write("thing.so", "");
  EXPECT_EQ(folders.find("thing").value().file, trusted / "thing.so");
  EXPECT_TRUE(folders.find("thing").value().trusted);
  EXPECT_TRUE(
      PluginFolders({{doubtful.path(), false}, doubtful.path()}, "/nowhere/plugins").find("thing").value().trusted)
      << "named twice";
}

TEST(Search, NoFolderHidesAPluginThatShips) {
  const Scratch root, folder;
  std::filesystem::create_directory(root / "plugins");
  root.write("plugins/file.so", "");
  folder.write("file.so", "");
  const auto both = PluginFolders({folder.path()}, root / "plugins").find("file");
  ASSERT_FALSE(both);
  EXPECT_EQ(both.error().list.at(0).code, codes::kPluginAmbiguous);
  EXPECT_EQ(both.error().list.at(0).message, "there are two plugins 'file': " + (folder / "file.so").string() +
                                                 ", and " + (root / "plugins/file.so").string() +
                                                 ", which ships with ropewalk");
  EXPECT_EQ(PluginFolders({{folder.path(), false}}, root / "plugins").find("file").value().file,
            root / "plugins/file.so");
  std::filesystem::create_directory_symlink(root / "plugins", root / "link");
  EXPECT_TRUE(PluginFolders({root / "link"}, root / "plugins").find("file").value().shipped) << "the same file";
}

TEST(Search, AFileInPythonIsAPlugin) {
  const Scratch one, two;
  one.write("tasks.py", "import ropewalk\n");
  two.write("tasks.so", "");
  EXPECT_EQ(PluginFolders({one.path(), two.path()}, "/nowhere/plugins").find("tasks").value().file, one / "tasks.py");
  one.write("tasks.so", "");
  const auto both = PluginFolders({one.path()}, "/nowhere/plugins").find("tasks");
  ASSERT_FALSE(both);
  EXPECT_EQ(both.error().list.at(0).code, codes::kPluginAmbiguous);
  EXPECT_EQ(both.error().list.at(0).message,
            "there are two plugins 'tasks': " + (one / "tasks.so").string() + " and " + (one / "tasks.py").string());
}

TEST(Search, ModulesThatDoNotMentionRopewalkAreNotListed) {
  const Scratch folder;
  folder.write("tasks.py", "from ropewalk import task\n");
  folder.write("setup.py", "import setuptools\n");
  ::unsetenv("ROPEWALK_PLUGIN_PATH");
  ::setenv("XDG_DATA_HOME", "/nowhere", 1);
  EXPECT_THAT(PluginFolders({folder.path()}, "/nowhere/plugins").names(), ElementsAre("tasks"));
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
  EXPECT_THAT(PluginFolders({one.path(), two.path()}, "/nowhere/plugins").names(), ElementsAre("a", "b"));
}

}  // namespace
}  // namespace ropewalk
