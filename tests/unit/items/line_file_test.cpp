#include "items/line_file.hpp"

#include "support/scratch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace ropewalk {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string line(const LineFile& lines, std::uint64_t index) {
  std::string_view line;
  std::string problem;
  return lines.read(index, line, problem) ? std::string(line) : "problem: " + problem;
}

struct LineFiles : testing::Test {
  std::string write(std::string_view text) {
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }
  std::vector<std::string> all(std::string_view text, LineFormat format = {}) {
    auto lines = LineFile::open(write(text), format);
    std::vector<std::string> all;
    EXPECT_TRUE(lines && lines->grow(~std::uint64_t{0}, problem)) << problem;
    EXPECT_TRUE(lines->complete());
    for (std::uint64_t i = 0; i < lines->size(); ++i) all.push_back(line(*lines, i));
    return all;
  }
  test::Scratch folder;
  std::string path = folder / "lines";
  std::string problem;
};

TEST_F(LineFiles, LoseTheirEndsAndNothingElse) {
  EXPECT_THAT(all(""), ElementsAre());
  EXPECT_THAT(all("\n"), ElementsAre(""));
  EXPECT_THAT(all("a\nb"), ElementsAre("a", "b"));
  EXPECT_THAT(all("a\r\n\r\n b \n\rc\r"), ElementsAre("a", "", " b ", "\rc\r"));
}

TEST_F(LineFiles, MayEndWithAnotherCharacter) {
  using namespace std::string_view_literals;
  EXPECT_THAT(all("a\nb\0c\r\0\0d"sv, {.end = '\0'}), ElementsAre("a\nb", "c\r", "", "d"));
  EXPECT_THAT(all("a;b\n;c", {.end = ';'}), ElementsAre("a", "b\n", "c"));
  EXPECT_THAT(all("\0"sv, {.end = '\0'}), ElementsAre(""));
}

TEST_F(LineFiles, BecomeBlocksOfWholeLinesWithTheirEnds) {
  using namespace std::string_view_literals;
  EXPECT_THAT(all("a\nbb\nccc\nd", {.block_bytes = 5}), ElementsAre("a\nbb\n", "ccc\nd"));
  EXPECT_THAT(all("a\nbb\nccc\nd\n", {.block_bytes = 6}), ElementsAre("a\nbb\n", "ccc\nd\n"));
  EXPECT_THAT(all("long line\na\nlong line", {.block_bytes = 3}), ElementsAre("long line\n", "a\n", "long line"));
  EXPECT_THAT(all("a\r\n\nb\n", {.block_lines = 2}), ElementsAre("a\r\n\n", "b\n"));
  EXPECT_THAT(all("a\nb\nc\n", {.block_bytes = 100, .block_lines = 2}), ElementsAre("a\nb\n", "c\n"));
  EXPECT_THAT(all("a\nb\nc\n", {.block_bytes = 2, .block_lines = 2}), ElementsAre("a\n", "b\n", "c\n"));
  EXPECT_THAT(all("a\0b\0c"sv, {.end = '\0', .block_lines = 2}), ElementsAre("a\0b\0"sv, "c"));
  EXPECT_THAT(all("\xEF\xBB\xBF"
                  "a\n",
                  {.block_lines = 1}),
              ElementsAre("\xEF\xBB\xBF"
                          "a\n"))
      << "bytes are kept";
  EXPECT_THAT(all("", {.block_bytes = 5}), ElementsAre());
  EXPECT_THAT(all("\n", {.block_bytes = 5}), ElementsAre("\n"));
}

TEST_F(LineFiles, OfBlocksEveryByteIsInExactlyOneOfThem) {
  std::string text;
  for (int i = 0; i < 200'000; ++i) text += std::string(static_cast<std::size_t>(i) * 7919 % 61, 'x') + "\n";
  for (const std::uint64_t size : {1u, 100u, 4096u, 300'000u, 1u << 20}) {
    std::string joined;
    for (const std::string& block : all(text, {.block_bytes = size})) {
      EXPECT_TRUE(block.size() <= std::max<std::uint64_t>(size, 61)) << block.size();
      joined += block;
    }
    EXPECT_TRUE(joined == text) << size;
  }
}

TEST_F(LineFiles, OfBlocksSomeAreFoundAtATimeHoweverManyAreWanted) {
  const std::string text = std::string(1 << 20, 'x') + "\n";
  {
    std::ofstream file(path, std::ios::binary);
    for (int i = 0; i < 100; ++i) file << text;
  }
  auto lines = LineFile::open(path, {.block_bytes = 1 << 20});
  ASSERT_TRUE(lines && lines->grow(1'000'000, problem)) << problem;
  EXPECT_GE(lines->size(), 1u);
  EXPECT_LE(lines->size(), 33u) << "32 MiB and what follows";
  std::uint64_t before = 0;
  while (!lines->complete() && before < lines->size()) {
    before = lines->size();
    ASSERT_TRUE(lines->grow(1'000'000, problem)) << problem;
  }
  EXPECT_EQ(lines->size(), 100u);
  EXPECT_TRUE(line(*lines, 99) == text);
}

TEST_F(LineFiles, SkipAByteOrderMarkAtTheBeginningOnly) {
  using namespace std::string_view_literals;
  EXPECT_THAT(all("\xEF\xBB\xBFone\n\xEF\xBB\xBFtwo\n"), ElementsAre("one", "\xEF\xBB\xBFtwo"));
  EXPECT_THAT(all("\xEF\xBB\xBF"), ElementsAre());
  EXPECT_THAT(all("\xEF\xBB\xBF\n"), ElementsAre(""));
  EXPECT_THAT(all("\xEF\xBB"), ElementsAre("\xEF\xBB"));
  EXPECT_THAT(all("\xEF\xBB", {.skip_blank = true}), ElementsAre("\xEF\xBB"));
  EXPECT_THAT(all("\xEF\xBB\xBF\n 1", {.skip_blank = true}), ElementsAre(" 1"));
  EXPECT_THAT(all("\xEF\xBB\xBFname\0"sv, {.end = '\0'}), ElementsAre("\xEF\xBB\xBFname"))
      << "find -print0 writes names, not text";
}

TEST_F(LineFiles, SkipBlankLinesAndKeepTheirNumbers) {
  EXPECT_THAT(all("\n \t\r\n1\n\n\n2\r\n  \n3\n\n", {.skip_blank = true}), ElementsAre("1", "2", "3"));
  EXPECT_THAT(all("\n \n", {.skip_blank = true}), ElementsAre());
  std::string text;
  for (int i = 0; i < 200'000; ++i) text += (i % 3 == 0 ? std::string(i % 7, ' ') : std::to_string(i + 1)) + "\n";
  text.insert(0, std::string(1 << 20, '\n'));  // more than lies between two marks
  auto lines = LineFile::open(write(text), {.skip_blank = true});
  ASSERT_TRUE(lines && lines->grow(10'000'000, problem)) << problem;
  ASSERT_EQ(lines->size(), 200'000u - 66'667u);
  for (std::uint64_t i = 0; i < lines->size(); i += 311) {
    ASSERT_EQ(line(*lines, i), std::to_string(i / 2 * 3 + i % 2 + 2));
    ASSERT_EQ(lines->number(i), (1u << 20) + i / 2 * 3 + i % 2 + 2);
  }
}

TEST_F(LineFiles, AreReadInAnyOrder) {
  std::string text;
  for (int i = 0; i < 1'000'000; ++i) text += std::to_string(i) + "\n";
  auto lines = LineFile::open(write(text));
  ASSERT_TRUE(lines && lines->grow(10'000'000, problem)) << problem;
  ASSERT_EQ(lines->size(), 1'000'000u);
  for (std::uint64_t i = 0; i < 1'000'000; i += 997) ASSERT_EQ(line(*lines, i), std::to_string(i));
  for (std::uint64_t i = 999'999; i > 2'000; i -= 1'999) ASSERT_EQ(line(*lines, i), std::to_string(i));
}

TEST_F(LineFiles, AreFoundLittleByLittle) {
  std::string text;
  for (int i = 0; i < 1'000'000; ++i) text += std::to_string(i) + "\n";
  auto lines = LineFile::open(write(text));
  ASSERT_TRUE(lines && lines->grow(1, problem)) << problem;
  EXPECT_FALSE(lines->complete());
  const std::uint64_t first = lines->size();
  EXPECT_LT(first, 100'000u);
  EXPECT_EQ(line(*lines, first - 1), std::to_string(first - 1));
  ASSERT_TRUE(lines->grow(first + 1, problem)) << problem;
  EXPECT_GT(lines->size(), first);
  EXPECT_EQ(line(*lines, first), std::to_string(first));  // of a block of which the beginning had been read
}

TEST_F(LineFiles, ALineBeyondTheLimitIsAProblemOfItsOwn) {
  std::ofstream(path) << "before\n";
  std::filesystem::resize_file(path, LineFile::kLongestLine + 100);
  std::ofstream(path, std::ios::app) << "\nafter\n";
  auto lines = LineFile::open(path);
  ASSERT_TRUE(lines && lines->grow(10, problem)) << problem;
  ASSERT_EQ(lines->size(), 3u);
  EXPECT_EQ(line(*lines, 0), "before");
  EXPECT_EQ(line(*lines, 1), "problem: line 2 of '" + path + "' is larger than 64 MiB");
  EXPECT_EQ(line(*lines, 2), "after");
}

TEST_F(LineFiles, AFileThatIsShortenedIsAProblemAndNoSignal) {
  auto lines = LineFile::open(write("a\nb\n"));
  ASSERT_TRUE(lines && lines->grow(10, problem)) << problem;
  std::filesystem::resize_file(path, 1);
  EXPECT_EQ(line(*lines, 1), "problem: cannot read lines from '" + path + "': it was shortened meanwhile");
}

TEST_F(LineFiles, OfStandardInputAreKnownAsTheyAreWritten) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const Fd before(::dup(STDIN_FILENO)), reader(ends[0]);
  Fd writer(ends[1]);
  ASSERT_EQ(::dup2(reader.get(), STDIN_FILENO), STDIN_FILENO);
  auto lines = LineFile::open("-");
  ASSERT_TRUE(lines && lines->grow(10, problem)) << problem;
  EXPECT_EQ(lines->size(), 0u);
  ASSERT_EQ(::write(writer.get(), "one\ntw", 6), 6);
  ASSERT_TRUE(lines->grow(10, problem)) << problem;
  EXPECT_EQ(lines->size(), 1u);
  EXPECT_FALSE(lines->complete());
  ASSERT_EQ(::write(writer.get(), "o\nthree", 7), 7);
  writer.reset();
  ASSERT_TRUE(lines->grow(10, problem)) << problem;
  EXPECT_TRUE(lines->complete());
  ASSERT_EQ(lines->size(), 3u);
  EXPECT_EQ(line(*lines, 0), "one");
  EXPECT_EQ(line(*lines, 1), "two");
  EXPECT_EQ(line(*lines, 2), "three");
  ::dup2(before.get(), STDIN_FILENO);
}

TEST_F(LineFiles, OfAFifoAreAwaitedUntilItsWriterHasClosedIt) {
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  auto lines = LineFile::open(path);
  ASSERT_TRUE(lines && lines->grow(10, problem)) << problem;
  EXPECT_FALSE(lines->complete()) << "nobody has opened it for writing yet";
  Fd writer(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  ASSERT_TRUE(lines->grow(10, problem)) << problem;
  EXPECT_FALSE(lines->complete());
  ASSERT_EQ(::write(writer.get(), "\xEF\xBB", 2), 2);
  ASSERT_TRUE(lines->grow(10, problem)) << problem;
  ASSERT_EQ(::write(writer.get(), "\xBFone\ntwo", 8), 8);
  writer.reset();
  ASSERT_TRUE(lines->grow(10, problem)) << problem;
  EXPECT_TRUE(lines->complete());
  ASSERT_EQ(lines->size(), 2u);
  EXPECT_EQ(line(*lines, 0), "one");
  EXPECT_EQ(line(*lines, 1), "two");
}

TEST_F(LineFiles, OfAPipeByItsNumberAreThoseThatItsWriterHasLeft) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const Fd reader(ends[0]);
  ASSERT_EQ(::write(ends[1], "one\n", 4), 4);
  ::close(ends[1]);
  auto lines = LineFile::open("/dev/fd/" + std::to_string(reader.get()));
  ASSERT_TRUE(lines && lines->grow(10, problem)) << problem;
  EXPECT_TRUE(lines->complete());
  EXPECT_EQ(lines->size(), 1u);
}

TEST_F(LineFiles, ThatNeverEndAreRefused) {
  const auto said = [](const std::string& path) {
    const auto lines = LineFile::open(path);
    return lines ? std::string() : lines.error().list.at(0).message;
  };
  EXPECT_EQ(said("/dev/zero"), "cannot read lines from '/dev/zero': it is a device");
  EXPECT_EQ(said("/dev"), "cannot read lines from '/dev': it is a folder");
  EXPECT_EQ(said("/dev/null"), "");
  EXPECT_EQ(said("no/such"), "cannot read lines from 'no/such': there is no such file (relative to '" +
                                 std::filesystem::current_path().string() + "')");
}

}  // namespace
}  // namespace ropewalk
