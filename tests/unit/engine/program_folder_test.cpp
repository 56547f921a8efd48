// Where the engine finds its programs and the plugins that ship, in a build tree and in an installation.

#include "engine/program_folder.hpp"

#include "support/scratch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

namespace ropewalk {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(ProgramFolder, ANamedFolderIsTheOnlyOneThatIsSearched) {
  const test::Scratch scratch;
  std::filesystem::create_directory(scratch / "bin");
  scratch.write("bin/ropewalk-host", "");
  const ProgramFolder place = find_program_folder(scratch / "bin/", scratch / "other");
  EXPECT_TRUE(place.found);
  EXPECT_EQ(place.programs, scratch / "bin");
  EXPECT_EQ(place.plugins, scratch / "plugins");
  EXPECT_THAT(place.searched, ElementsAre(scratch / "bin"));
}

TEST(ProgramFolder, PluginsOfAnInstallationAreRelativeToItsPrefix) {
  for (const char* prefix : {"/usr", "/a/moved prefix"}) {
    const std::filesystem::path plugins = shipped_plugins_of(std::filesystem::path(prefix) / "libexec/ropewalk");
    EXPECT_TRUE(plugins.native().starts_with(std::string(prefix) + "/lib")) << plugins;
    EXPECT_TRUE(plugins.native().ends_with("/ropewalk/plugins")) << plugins;
  }
  EXPECT_EQ(shipped_plugins_of("/somewhere/build/bin"), "/somewhere/build/plugins");
}

TEST(ProgramFolder, MissingProgramsAreOneErrorWithEveryFolderThatWasSearched) {
  const test::Scratch scratch;
  const ProgramFolder place = find_program_folder(scratch / "a", {});
  EXPECT_FALSE(place.found);
  EXPECT_EQ(place.programs, scratch / "a");
  const Error error = no_programs(place);
  EXPECT_EQ(error.code, "R101");
  ASSERT_EQ(error.notes.size(), 2u);
  EXPECT_THAT(error.notes[0], HasSubstr((scratch / "a").string()));
  EXPECT_THAT(error.notes[1], HasSubstr("EngineOptions::programs"));
}

}  // namespace
}  // namespace ropewalk
