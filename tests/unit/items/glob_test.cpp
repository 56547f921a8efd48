#include "items/glob.hpp"

#include "items/glob_pattern.hpp"

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
  std::vector<std::string> find(const std::vector<std::string>& patterns,
                                const std::vector<std::string>& excludes = {}) {
    std::vector<std::string> full;
    for (const std::string& pattern : patterns) full.push_back(escape_glob(root_.string()) + "/" + pattern);
    const auto found = expand_globs(full, excludes);
    if (!found) return {found.error().list.at(0).code};
    std::vector<std::string> out;
    for (const std::string& path : found->paths) out.push_back(path.substr(root_.string().size() + 1));
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

TEST_F(Glob, ASlashAtTheEndFindsFolders) {
  for (const char* name : {"a/b/x", "a/c/.d/x", "f"}) file(name);
  std::filesystem::create_directory_symlink("a", root_ / "link");
  EXPECT_THAT(find({"*/"}), ElementsAre("a", "link"));
  EXPECT_THAT(find({"**/"}), ElementsAre("a", "a/b", "a/c", "a/c/.d", "link"));
  EXPECT_THAT(find({"a/*//"}), ElementsAre("a/b", "a/c"));
  EXPECT_THAT(find({"{a,f}/"}), ElementsAre("R202")) << "f is no folder";
  EXPECT_THAT(find({"a/"}), ElementsAre("a"));
  EXPECT_THAT(find({"x*/"}), IsEmpty());
}

TEST_F(Glob, WhatAnExcludeMatchesIsLeftOutWithAllThatIsInIt) {
  for (const char* name :
       {"a.c", "a.o", ".git/x/y", "src/.hidden", "src/gen/a.c", "src/gen/deep/b.c", "src/b.c", "src/b.o"})
    file(name);
  EXPECT_THAT(find({"**"}, {"*.o", ".*"}), ElementsAre("a.c", "src/b.c", "src/gen/a.c", "src/gen/deep/b.c"));
  EXPECT_THAT(find({"**"}, {"**/src/gen/**", "*.{o,git}", ".hidden"}), ElementsAre("a.c", "src/b.c"));
  EXPECT_THAT(find({"**/*.c"}, {"gen/"}), ElementsAre("a.c", "src/b.c"));
  EXPECT_THAT(find({"**/*.c"}, {"a.c/"}), ElementsAre("a.c", "src/b.c", "src/gen/a.c", "src/gen/deep/b.c"))
      << "a.c is no folder";
  EXPECT_THAT(find({"src/b.c", "src/gen/a.c"}, {"gen"}), ElementsAre("src/b.c"));
  EXPECT_THAT(find({"**/"}, {"gen", ".git"}), ElementsAre("src"));
  EXPECT_THAT(find({"**"}, {"src/**"}).size(), 8u) << "a relative pattern does not match an absolute path";
  EXPECT_THAT(find({"**"}, {root_.string() + "/src/**", ".git"}), ElementsAre("a.c", "a.o"));
}

TEST_F(Glob, AnExcludedFolderIsNotEntered) {
  file("open/x");
  file("closed/x");
  std::filesystem::permissions(root_ / "closed", std::filesystem::perms::none);
  const auto found = expand_globs({root_.string() + "/**"}, {"closed"});
  std::filesystem::permissions(root_ / "closed", std::filesystem::perms::owner_all);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->unreadable_count, 0u);
  EXPECT_THAT(found->paths, ElementsAre(root_.string() + "/open/x"));
}

TEST(GlobPattern, IsComparedWithAWholePathOrItsLastPart) {
  const auto matches = [](std::string_view pattern, std::string_view path, bool folder = false) {
    return detail::matches_path(detail::split_pattern(pattern), path, folder);
  };
  EXPECT_TRUE(matches("*.o", "a/b.o"));
  EXPECT_TRUE(matches("b.o", "./a/b.o"));
  EXPECT_FALSE(matches("a/*.o", "x/a/b.o"));
  EXPECT_TRUE(matches("./a/*.o", "a/b.o"));
  EXPECT_TRUE(matches("**/a/*.o", "x/y/a/b.o"));
  EXPECT_TRUE(matches("**/a/*.o", "a/b.o"));
  EXPECT_TRUE(matches("**/a/**", "/x/a/b/c"));
  EXPECT_FALSE(matches("**/a/**", "x/a"));
  EXPECT_TRUE(matches("/x/**", "/x/a"));
  EXPECT_FALSE(matches("x/**", "/x/a"));
  EXPECT_TRUE(matches("**", "a"));
  EXPECT_TRUE(matches("a/", "x/a", true));
  EXPECT_FALSE(matches("a/", "x/a", false));
  EXPECT_FALSE(matches(".*", "./a"));
  EXPECT_FALSE(matches(".*", ".."));
  EXPECT_TRUE(matches("../a/*", "../a/b"));
  EXPECT_TRUE(matches("**/**/**/**/**/**/z", std::string(2000, 'a') + "/b/c/d/e/f/z"));
}

TEST_F(Glob, TextMadeLiteralMatchesItself) {
  for (const char* name : {"[a]{b,c}*?/x", "a/x"}) file(name);
  EXPECT_THAT(find({escape_glob("[a]{b,c}*?") + "/*"}), ElementsAre("[a]{b,c}*?/x"));
}

TEST_F(Glob, MissingFoldersAndFilesAreErrors) {
  file("a");
  EXPECT_THAT(find({"nope/**"}), ElementsAre("R202"));
  EXPECT_THAT(find({"nope"}), ElementsAre("R202"));
  EXPECT_THAT(find({"a"}), ElementsAre("a"));
}

std::string problem_of(std::string_view pattern) {
  Budget budget;
  return glob_problem(pattern, budget);
}

TEST(GlobPattern, MistakesAreNamed) {
  EXPECT_EQ(problem_of("a/*.{c,h}"), "");
  EXPECT_EQ(problem_of(""), "it is empty");
  EXPECT_EQ(problem_of("a{b"), "a '{' is not closed; write \\{ for itself");
  EXPECT_EQ(problem_of("a}b"), "a '}' closes nothing; write \\} for itself");
  EXPECT_EQ(problem_of("a[b"), "a '[' is not closed; write \\[ for itself");
  EXPECT_EQ(problem_of("a\\"), "it ends in a single '\\'");
  EXPECT_EQ(problem_of("{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}"),
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
