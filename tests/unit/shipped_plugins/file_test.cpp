// file in the fake host, compared with the file system and sha256sum.

#include "unit/shipped_plugins/loaded.hpp"

#include <sys/stat.h>
#include <unistd.h>

using ropewalk::FakeOutcome;
using ropewalk::FakeValue;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using List = FakeValue::List;

namespace {

FakeOutcome file(std::string_view task, const ropewalk::FakeHost::Params& params,
                 const ropewalk::FakeSituation& situation = {}) {
  FakeOutcome outcome = run_in(SHIPPED_PLUGINS "/file.so", task, params, situation);
  EXPECT_THAT(outcome.faults, IsEmpty());
  return outcome;
}

TEST(FileChecksum, EqualsTheOutputOfSha256sum) {
  const Folder folder;
  const std::filesystem::path path = folder.make("abc", "abc");
  const std::string digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  EXPECT_THAT(file("checksum", {{"path", path}}).results,
              ElementsAre(Pair("bytes", 3), Pair("digest", digest), Pair("line", digest + "  " + path.native()),
                          Pair("path", path)));
}

TEST(FileChecksum, SupportsFourDigests) {
  const Folder folder;
  const std::filesystem::path empty = folder.make("empty", "");
  const auto digest = [&](const char* algorithm) {
    return file("checksum", {{"path", empty}, {"algorithm", algorithm}}).text("digest");
  };
  EXPECT_EQ(digest("md5"), "d41d8cd98f00b204e9800998ecf8427e");
  EXPECT_EQ(digest("sha1"), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
  EXPECT_EQ(digest("sha256"), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(digest("sha512").substr(0, 16), "cf83e1357eefb8bd");
}

TEST(FileChecksum, EscapesOddNamesAsSha256sumDoes) {
  const Folder folder;
  for (const char* name : {"back\\slash", "new\nline", "carriage\rreturn", "  blank ", "\xff\xfe", "tab\t", "-"}) {
    const std::filesystem::path path = folder.make(name, std::string(300'000, 'x'));
    EXPECT_EQ(file("checksum", {{"path", path}}).text("line") + "\n", output_of("sha256sum -- '" + path.native() + "'"))
        << name;
  }
}

TEST(FileChecksum, ReportsWhyAFileCannotBeRead) {
  const Folder folder;
  const auto message = [](const std::filesystem::path& path) { return file("checksum", {{"path", path}}).message; };
  EXPECT_EQ(message(folder / "none"), "cannot read '" + (folder / "none").native() + "': No such file or directory");
  EXPECT_EQ(message(folder.path()), "cannot read '" + folder.path().native() + "': it is a folder");
  EXPECT_EQ(message("/dev/zero"), "cannot read '/dev/zero': it is not a regular file");
  ASSERT_EQ(mkfifo((folder / "fifo").c_str(), 0600), 0);
  EXPECT_EQ(message(folder / "fifo"), "cannot read '" + (folder / "fifo").native() + "': it is not a regular file");
}

TEST(FileChecksum, StopsBetweenTwoReads) {
  const Folder folder;
  const std::filesystem::path path = folder.make("big", std::string(1 << 20, 'x'));
  EXPECT_EQ(file("checksum", {{"path", path}}, {.cancel_at_check = 3}).kind, "stopped");
}

TEST(FileWrite, WritesLinesOrTextAndLeavesNothingElse) {
  const Folder folder;
  EXPECT_THAT(file("write", {{"path", folder / "lines"}, {"lines", List{"a", "", "b c"}}}).results,
              ElementsAre(Pair("bytes", 7), Pair("path", folder / "lines")));
  EXPECT_EQ(content_of(folder / "lines"), "a\n\nb c\n");
  EXPECT_EQ(file("write", {{"path", folder / "text"}, {"text", "no newline"}}).integer("bytes"), 10);
  EXPECT_EQ(content_of(folder / "text"), "no newline");
  EXPECT_EQ(file("write", {{"path", folder / "empty"}, {"lines", List{}}}).integer("bytes"), 0);
  EXPECT_THAT(names_in(folder), ElementsAre("empty", "lines", "text"));
}

TEST(FileWrite, WritesMoreThanOneBlock) {
  const Folder folder;
  List lines;
  std::string whole;
  for (int i = 0; i < 50'000; ++i) lines.push_back(std::to_string(i)), whole += std::to_string(i) + "\n";
  EXPECT_TRUE(file("write", {{"path", folder / "big"}, {"lines", lines}}).succeeded);
  EXPECT_EQ(content_of(folder / "big"), whole);
}

TEST(FileWrite, ReplacesAFileAndKeepsItsModeAndTheLinkToIt) {
  const Folder folder;
  folder.make("real", "old", 0600);
  std::filesystem::create_symlink("real", folder / "link");
  EXPECT_TRUE(file("write", {{"path", folder / "link"}, {"text", "new"}}).succeeded);
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "link"));
  EXPECT_EQ(content_of(folder / "real"), "new");
  EXPECT_EQ(std::filesystem::status(folder / "real").permissions(), std::filesystem::perms(0600));
}

TEST(FileWrite, ALinkThatLeadsOutOfItsFolderIsRejected) {
  const Folder folder, other;
  const std::filesystem::path victim = other.make("victim", "precious");
  std::filesystem::create_symlink(victim, folder / "link");
  EXPECT_EQ(file("write", {{"path", folder / "link"}, {"text", "new"}}).message,
            "cannot write '" + (folder / "link").native() + "': it is a link that leads out of its folder, to '" +
                std::filesystem::canonical(victim).native() + "'; name that file itself");
  EXPECT_EQ(content_of(victim), "precious");
}

TEST(FileWrite, E10_LeavesTheOldContentWhenItIsStopped) {
  const Folder folder;
  const std::filesystem::path path = folder.make("file", "old");
  EXPECT_EQ(file("write", {{"path", path}, {"text", "new"}}, {.cancel_at_check = 1}).kind, "stopped");
  EXPECT_EQ(content_of(path), "old");
  EXPECT_THAT(names_in(folder), ElementsAre("file"));
}

TEST(FileWrite, RejectsImpossibleParameters) {
  const Folder folder;
  const auto message = [](const ropewalk::FakeHost::Params& params) { return file("write", params).message; };
  EXPECT_EQ(message({{"path", folder / "x"}}), "give either 'lines' or 'text', not neither");
  EXPECT_EQ(message({{"path", folder / "x"}, {"text", ""}, {"lines", List{}}}),
            "give either 'lines' or 'text', not both");
  EXPECT_EQ(message({{"path", folder / "none" / "x"}, {"text", ""}}),
            "cannot write '" + (folder / "none").native() + "/x': No such file or directory");
  EXPECT_EQ(message({{"path", folder.path()}, {"text", ""}}),
            "cannot write '" + folder.path().native() + "': it is a folder");
  EXPECT_EQ(message({{"path", "/dev/null"}, {"text", ""}}), "cannot write '/dev/null': it is not a regular file");
  EXPECT_THAT(names_in(folder), IsEmpty());
}

TEST(FileStat, ReturnsKindSizeAndMode) {
  const Folder folder;
  const FakeOutcome outcome = file("stat", {{"path", folder.make("f", "12345", 0640)}});
  EXPECT_EQ(outcome.text("kind"), "file");
  EXPECT_EQ(outcome.integer("bytes"), 5);
  EXPECT_EQ(outcome.text("mode"), "0640");
  EXPECT_GT(outcome.value("modified").number(), 1.7e9);
  EXPECT_EQ(file("stat", {{"path", folder.path()}}).text("kind"), "folder");
  EXPECT_EQ(file("stat", {{"path", "/dev/null"}}).text("kind"), "device");
  EXPECT_EQ(file("stat", {{"path", folder / "none"}}).message,
            "cannot look at '" + (folder / "none").native() + "': No such file or directory");
}

}  // namespace
