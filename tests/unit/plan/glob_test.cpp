#include "plan/glob.hpp"

#include "plan/glob_pattern.hpp"

#include <gmock/gmock.h>

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace ropewalk {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class Glob : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/ropewalk-glob-XXXXXX";
    ASSERT_NE(::mkdtemp(name), nullptr);
    root_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(root_); }

  void file(const std::string& name) {
    std::filesystem::create_directories((root_ / name).parent_path());
    std::ofstream(root_ / name) << "x";
  }
  /// Matches below the folder, without its name; or the problem.
  std::vector<std::string> find(const std::vector<std::string>& patterns) {
    std::vector<std::string> full;
    for (const std::string& pattern : patterns) full.push_back(escape_glob(root_.string()) + "/" + pattern);
    const auto found = expand_globs(full);
    if (!found) return {found.error().list.at(0).code};
    std::vector<std::string> out;
    for (const std::string& path : *found) out.push_back(path.substr(root_.string().size() + 1));
    return out;
  }
  std::filesystem::path root_;
};

TEST_F(Glob, FindsFilesInBytewiseOrderDotfilesToo) {
  for (const char* name : {"b.c", "a.c", "B.c", ".hidden.c", "a.h", "sub/x.c"}) file(name);
  EXPECT_THAT(find({"*.c"}), ElementsAre(".hidden.c", "B.c", "a.c", "b.c"));
  EXPECT_THAT(find({"?.c"}), ElementsAre("B.c", "a.c", "b.c"));
  EXPECT_THAT(find({"[a-z].[!c]"}), ElementsAre("a.h"));
  EXPECT_THAT(find({"*.{h,c}", "a.*"}), ElementsAre(".hidden.c", "B.c", "a.c", "a.h", "b.c"));
  EXPECT_THAT(find({"*.zip"}), IsEmpty());
}

TEST_F(Glob, TwoStarsReachAnyDepth) {
  for (const char* name : {"a", "x/a", "x/y/a", "x/y/b"}) file(name);
  EXPECT_THAT(find({"**"}), ElementsAre("a", "x/a", "x/y/a", "x/y/b"));
  EXPECT_THAT(find({"**/a"}), ElementsAre("a", "x/a", "x/y/a"));
  EXPECT_THAT(find({"x/**/a"}), ElementsAre("x/a", "x/y/a"));
  EXPECT_THAT(find({"**/**/y/**"}), ElementsAre("x/y/a", "x/y/b"));
  EXPECT_THAT(find({"*/*"}), ElementsAre("x/a"));
}

TEST_F(Glob, FollowsLinksToFilesAndEntersNoLinkedFolder) {
  file("real/a");
  std::filesystem::create_symlink("real/a", root_ / "link");
  std::filesystem::create_directory_symlink("real", root_ / "folder");
  std::filesystem::create_directory_symlink("..", root_ / "real/up");
  std::filesystem::create_symlink("gone", root_ / "broken");
  ASSERT_EQ(::mkfifo((root_ / "fifo").c_str(), 0600), 0);
  EXPECT_THAT(find({"**"}), ElementsAre("link", "real/a"));
  EXPECT_THAT(find({"folder/*"}), ElementsAre("folder/a"));  // written out, so it is meant
}

TEST_F(Glob, TextMadeLiteralMatchesItself) {
  for (const char* name : {"[a]{b,c}*?/x", "a/x"}) file(name);
  EXPECT_THAT(find({escape_glob("[a]{b,c}*?") + "/*"}), ElementsAre("[a]{b,c}*?/x"));
}

TEST_F(Glob, MissingFoldersAndFilesAreErrors) {
  file("a");
  EXPECT_THAT(find({"nope/**"}), ElementsAre("R202"));
  EXPECT_THAT(find({"nope"}), ElementsAre("R202"));
  EXPECT_THAT(find({""}), ElementsAre("R202"));  // a folder
  EXPECT_THAT(find({"a"}), ElementsAre("a"));
}

TEST(GlobPattern, MistakesAreNamed) {
  EXPECT_EQ(glob_problem("a/*.{c,h}"), "");
  EXPECT_EQ(glob_problem(""), "it is empty");
  EXPECT_EQ(glob_problem("a{b"), "a '{' is not closed; write \\{ for itself");
  EXPECT_EQ(glob_problem("a}b"), "a '}' closes nothing; write \\} for itself");
  EXPECT_EQ(glob_problem("a[b"), "a '[' is not closed; write \\[ for itself");
  EXPECT_EQ(glob_problem("a\\"), "it ends in a single '\\'");
  EXPECT_EQ(glob_problem("{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}"),
            "its { } stand for more than 1,000 patterns");
}

TEST(GlobPattern, MatchesWithoutBacktrackingFarAndByCharacters) {
  const auto matches = [](std::string pattern, std::string_view name) {
    return detail::matches_part({detail::GlobPart::Kind::wildcard, std::move(pattern)}, name);
  };
  EXPECT_TRUE(matches("*a*b*c", "xxaxxbxxc"));
  EXPECT_FALSE(matches("*a*b*c", "xxaxxcxxb"));
  EXPECT_TRUE(matches("?", "\xC3\xBC"));
  EXPECT_TRUE(matches("[\xC3\xA0-\xC3\xBF]", "\xC3\xBC"));
  EXPECT_TRUE(matches("?", "\xFF"));
  EXPECT_TRUE(matches("[]x]", "]"));
  EXPECT_FALSE(matches("[^a]", "a"));
  EXPECT_TRUE(matches("\\*", "*"));
  EXPECT_FALSE(matches("\\*", "a"));
  EXPECT_FALSE(matches("*a*a*a*a*a*a*a*a*a*a*a*b", std::string(200, 'a')));
}

}  // namespace
}  // namespace ropewalk
