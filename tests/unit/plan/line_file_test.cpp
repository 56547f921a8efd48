#include "plan/line_file.hpp"

#include "support/scratch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>
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
  std::vector<std::string> all(std::string_view text) {
    auto lines = LineFile::open(write(text));
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

}  // namespace
}  // namespace ropewalk
