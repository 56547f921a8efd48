// archive in the fake host, compared with the programs gzip and zstd.

#include "unit/shipped_plugins/loaded.hpp"

#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>

using ropewalk::FakeOutcome;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::StartsWith;

namespace {

FakeOutcome archive(std::string_view task, const ropewalk::FakeHost::Params& params,
                    const ropewalk::FakeSituation& situation = {}) {
  FakeOutcome outcome = run_in(SHIPPED_PLUGINS "/archive.so", task, params, situation);
  EXPECT_THAT(outcome.faults, IsEmpty());
  return outcome;
}

/// Bytes that compress a little, always the same, in more than one block.
std::string much() {
  std::string bytes;
  for (std::uint32_t i = 0, x = 1; i < 1'000'000; ++i)
    bytes += static_cast<char>('a' + (x = x * 1664525 + 1013904223) % 7777 / 500);
  return bytes;
}

bool is_installed(const char* program) { return !output_of(std::string("command -v ") + program).empty(); }

/// For both algorithms: the name, the suffix of its files and the program that reads and writes them.
class Archive : public testing::TestWithParam<std::pair<const char*, const char*>> {
 protected:
  std::string algorithm() const { return GetParam().first; }
  std::string suffix() const { return GetParam().second; }
  FakeOutcome compress(const std::filesystem::path& path) const {
    return archive("compress", {{"path", path}, {"algorithm", algorithm()}});
  }
  /// The bytes of a compressed file with this content.
  std::string compressed(const std::string& content) const {
    const Folder folder;
    EXPECT_TRUE(compress(folder.make("f", content)).succeeded);
    return content_of(folder / ("f" + suffix()));
  }
  const Folder folder;
};
INSTANTIATE_TEST_SUITE_P(With, Archive, testing::Values(std::pair{"zstd", ".zst"}, std::pair{"gzip", ".gz"}),
                         [](const auto& info) { return std::string(info.param.first); });

TEST_P(Archive, CompressionRoundTrips) {
  for (const std::string& content :
       {std::string(), std::string("x"), std::string(131072, '\0'), std::string(10'000'000, 'y'), much()}) {
    const std::filesystem::path path = folder.make("f", content), packed = folder / ("f" + suffix());
    const auto size = static_cast<std::int64_t>(content.size());
    const FakeOutcome in = compress(path);
    ASSERT_TRUE(in.succeeded) << in.message;
    const auto packed_size = static_cast<std::int64_t>(std::filesystem::file_size(packed));
    const double ratio = static_cast<double>(size) / static_cast<double>(packed_size);
    EXPECT_THAT(in.results, ElementsAre(Pair("bytes_in", size), Pair("bytes_out", packed_size), Pair("path", path),
                                        Pair("ratio", ratio), Pair("to", packed)));
    std::filesystem::remove(path);
    const FakeOutcome out = archive("decompress", {{"path", packed}});
    EXPECT_THAT(out.results, ElementsAre(Pair("bytes_in", packed_size), Pair("bytes_out", size), Pair("path", packed),
                                         Pair("ratio", ratio), Pair("to", path)));
    EXPECT_TRUE(content_of(path) == content) << content.size();
    EXPECT_THAT(names_in(folder), ElementsAre("f", "f" + suffix()));
  }
}

TEST_P(Archive, IsCompatibleWithTheProgramOfThatName) {
  if (!is_installed(GetParam().first)) GTEST_SKIP() << algorithm() << " is not installed";
  const std::string content = much();
  EXPECT_TRUE(compress(folder.make("ours", content)).succeeded);
  EXPECT_TRUE(output_of(algorithm() + " -dc '" + folder.path().native() + "/ours" + suffix() + "'") == content);
  folder.make("theirs", content);
  output_of(algorithm() + " -q '" + folder.path().native() + "/theirs'");
  EXPECT_TRUE(archive("decompress", {{"path", folder / ("theirs" + suffix())}, {"to", folder / "back"}}).succeeded);
  EXPECT_TRUE(content_of(folder / "back") == content);
}

TEST_P(Archive, TheSameInputGivesTheSameBytes) { EXPECT_EQ(compressed("same"), compressed("same")); }

TEST_P(Archive, ReadsSeveralStreamsInOneFile) {
  const std::filesystem::path path =
      folder.make("f" + suffix(), compressed("one, ") + compressed("") + compressed("two"));
  EXPECT_TRUE(archive("decompress", {{"path", path}}).succeeded);
  EXPECT_EQ(content_of(folder / "f"), "one, two");
}

TEST_P(Archive, AFileTruncatedAtAnyByteIsRejected) {
  const std::string whole = compressed("some words, and some words more");
  for (std::size_t size = 4; size < whole.size(); ++size) {
    const std::filesystem::path path = folder.make("f" + suffix(), whole.substr(0, size));
    const FakeOutcome outcome = archive("decompress", {{"path", path}});
    EXPECT_EQ(outcome.kind, "permanent");
    EXPECT_EQ(outcome.message, "cannot decompress '" + path.native() + "': it ends before the data does") << size;
  }
  EXPECT_THAT(names_in(folder), ElementsAre("f" + suffix()));
}

TEST_P(Archive, ADamagedFileIsRejectedAndNothingIsWritten) {
  const std::string whole = compressed(much());
  const std::filesystem::path path = folder / ("f" + suffix());
  const std::string library = algorithm() == "zstd" ? "libzstd" : "zlib";
  std::string changed = whole, longer = whole + "more";
  changed[whole.size() / 2] ^= 1;
  for (const std::string& content : {changed, longer}) {
    folder.make("f" + suffix(), content);
    EXPECT_THAT(
        archive("decompress", {{"path", path}}).message,
        testing::AnyOf(StartsWith("cannot decompress '" + path.native() + "': " + library + " refuses its data: "),
                       "cannot decompress '" + path.native() + "': it ends before the data does"));
    EXPECT_THAT(names_in(folder), ElementsAre("f" + suffix()));
  }
}

TEST_P(Archive, ReplacesAFileOnlyWithACompleteOne) {
  const std::string whole = compressed(much());
  folder.make("f", "old", 0600);
  const std::filesystem::path path = folder.make("f" + suffix(), whole.substr(0, whole.size() / 2));
  EXPECT_FALSE(archive("decompress", {{"path", path}}).succeeded);
  EXPECT_EQ(content_of(folder / "f"), "old");
  folder.make("f" + suffix(), whole);
  EXPECT_TRUE(archive("decompress", {{"path", path}}).succeeded);
  EXPECT_TRUE(content_of(folder / "f") == much());
  EXPECT_EQ(std::filesystem::status(folder / "f").permissions(), std::filesystem::perms(0600));
}

TEST_P(Archive, LeavesOnlyTheOldContentWheneverItIsStopped) {
  const std::filesystem::path path = folder.make("f", much()), packed = folder.make("f" + suffix(), "old");
  const ropewalk::FakeHost::Params params{{"path", path}, {"algorithm", algorithm()}};
  std::uint32_t checks = 1;
  for (; checks < 1000; ++checks) {
    const FakeOutcome outcome = archive("compress", params, {.cancel_at_check = checks});
    if (outcome.succeeded) break;
    ASSERT_EQ(outcome.kind, "stopped");
    ASSERT_EQ(content_of(packed), "old");
    ASSERT_THAT(names_in(folder), ElementsAre("f", "f" + suffix()));
  }
  EXPECT_GT(checks, 8u);  // once per block, and a block is an eighth of the file
}

TEST_P(Archive, StopsWhileAFewBytesExpandToMany) {
  const std::filesystem::path path = folder.make("f" + suffix(), compressed(std::string(10'000'000, '\0')));
  ASSERT_LT(std::filesystem::file_size(path), 64u << 10);
  EXPECT_EQ(archive("decompress", {{"path", path}}, {.cancel_at_check = 20}).kind, "stopped");
  EXPECT_THAT(names_in(folder), ElementsAre("f" + suffix()));
}

TEST_P(Archive, LeavesNothingOnAFullDisk) {
  const std::filesystem::path path = folder.make("f", much());
  rlimit whole{};
  getrlimit(RLIMIT_FSIZE, &whole);
  const rlimit small{4096, whole.rlim_max};
  std::signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &small);
  const FakeOutcome outcome = compress(path);
  setrlimit(RLIMIT_FSIZE, &whole);
  EXPECT_EQ(outcome.message, "cannot write '" + path.native() + suffix() + "': File too large");
  EXPECT_THAT(names_in(folder), ElementsAre("f"));
}

TEST_P(Archive, ANewFileIsAsPrivateAsItsInput) {
  const mode_t before = umask(0022);
  folder.make("f", "secret", 0600);
  EXPECT_TRUE(compress(folder / "f").succeeded);
  folder.make("g", "all may read it", 0666);
  EXPECT_TRUE(compress(folder / "g").succeeded);
  umask(before);
  EXPECT_EQ(std::filesystem::status(folder / ("f" + suffix())).permissions(), std::filesystem::perms(0600));
  EXPECT_EQ(std::filesystem::status(folder / ("g" + suffix())).permissions(), std::filesystem::perms(0644));
}

TEST_P(Archive, FollowsNoLinkAtADerivedName) {
  const std::filesystem::path victim = folder.make("victim", "precious"), plain = folder.make("f", much());
  const std::filesystem::path packed = folder / ("f" + suffix());
  std::filesystem::create_symlink("victim", packed);
  const auto why = [](const std::filesystem::path& path) {
    return "cannot write '" + path.native() +
           "': it is a link, which is not followed, since nobody has named this file";
  };
  EXPECT_EQ(compress(plain).message, why(packed));
  std::filesystem::remove(packed);
  EXPECT_TRUE(compress(plain).succeeded);
  std::filesystem::remove(plain);
  std::filesystem::create_symlink("victim", plain);
  EXPECT_EQ(archive("decompress", {{"path", packed}}).message, why(plain));
  EXPECT_EQ(content_of(victim), "precious");
}

TEST(ArchiveCompress, HigherLevelsAreSmaller) {
  const Folder folder;
  const std::filesystem::path path = folder.make("f", output_of("cat /usr/share/common-licenses/*"));
  const auto size = [&](const char* algorithm, int level) {
    return archive("compress", {{"path", path}, {"algorithm", algorithm}, {"level", level}}).integer("bytes_out");
  };
  EXPECT_LT(size("zstd", 19), size("zstd", 1));
  EXPECT_LT(size("gzip", 9), size("gzip", 1));
  EXPECT_EQ(archive("compress", {{"path", path}, {"algorithm", "gzip"}, {"level", 10}}).message,
            "'level' is 10, but gzip has 1 to 9");
  EXPECT_EQ(archive("compress", {{"path", path}, {"algorithm", "lzma"}}).message,
            "there is no algorithm 'lzma' (has: zstd, gzip)");
}

TEST(ArchiveCompress, CreatesTheFoldersOfItsOutput) {
  const Folder folder;
  EXPECT_TRUE(archive("compress", {{"path", folder.make("f", "x")}, {"to", folder / "a/b/f.zst"}}).succeeded);
  EXPECT_TRUE(archive("decompress", {{"path", folder / "a/b/f.zst"}, {"to", folder / "c/f"}}).succeeded);
  EXPECT_EQ(content_of(folder / "c/f"), "x");
}

TEST(ArchiveCompress, RejectsImpossibleParameters) {
  const Folder folder;
  const std::string f = folder.make("f", "x").native();
  std::filesystem::create_symlink("f", folder / "link");
  const auto message = [](const std::filesystem::path& path, const std::filesystem::path& to) {
    return archive("compress", {{"path", path}, {"to", to}}).message;
  };
  EXPECT_EQ(message(folder / "none", folder / "new/x"),
            "cannot read '" + (folder / "none").native() + "': No such file or directory");
  EXPECT_EQ(message(folder.path(), folder / "x"), "cannot read '" + folder.path().native() + "': it is a folder");
  EXPECT_EQ(message(f, f), "cannot write '" + f + "': it is the file that is read");
  EXPECT_EQ(message(f, folder / "link"),
            "cannot write '" + (folder / "link").native() + "': it is the file that is read");
  EXPECT_EQ(message(f, "/dev/null"), "cannot write '/dev/null': it is not a regular file");
  EXPECT_EQ(message(f, folder / "f/x"), "cannot make the folder '" + f + "': Not a directory");
  EXPECT_THAT(names_in(folder), ElementsAre("f", "link"));
}

TEST(ArchiveDecompress, NamesTheCauseOfUnreadableInput) {
  const Folder folder;
  const auto problem = [&](const std::string& name, const std::string& content) {
    const std::filesystem::path path = folder.make(name, content);
    const std::string message = archive("decompress", {{"path", path}}).message,
                      before = "cannot decompress '" + path.native() + "': ";
    EXPECT_THAT(message, StartsWith(before));
    return message.substr(std::min(message.size(), before.size()));
  };
  EXPECT_EQ(problem("a.gz", ""), "it is empty");
  EXPECT_EQ(problem("a.gz", "plain text"), "it begins like neither zstd nor gzip");
  EXPECT_EQ(problem("a.txt", "\x1f\x8b..."), "its name is not NAME.gz, so say in 'to' where it goes");
  EXPECT_EQ(problem(".gz", "\x1f\x8b..."), "its name is not NAME.gz, so say in 'to' where it goes");
  EXPECT_EQ(problem("a.gz", "\x28\xb5\x2f\xfd..."), "its name is not NAME.zst, so say in 'to' where it goes");
}

}  // namespace
